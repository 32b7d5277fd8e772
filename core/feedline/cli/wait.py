# SPDX-License-Identifier: Apache-2.0
"""Waiting for a job; Ctrl-C cancels it and says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_GRACE_S = 5.0


class Cancelled(Exception):
    """Ctrl-C, or a signal that is treated like it, ended a run."""


def result_of(submit: Callable[[], Any]) -> tuple[Any, Any]:
    """Submit a job and wait for it.

    Returns:
        The job and its result.

    Raises:
        Cancelled: If Ctrl-C was pressed; by then the job is cancelled and the backend let go.
    """
    job = None
    try:
        job = submit()
        return job, job.result()
    except KeyboardInterrupt:
        if job is None:
            raise
        raise _cancelled(job) from None


def _cancelled(job: Any) -> Cancelled:
    """Make sure that the job stops (its wait has told it so), and say what became of it."""
    from feedline.errors import WaitTimeoutError

    name = f"job {job.job_id()}"
    if job.cancel():
        try:
            job.wait_for_final_state(_GRACE_S)
        except WaitTimeoutError:
            return Cancelled(f"Interrupted; {name} was told to stop and has not yet.")
    if job.done():
        return Cancelled(f"Interrupted; {name} was done already, `feedline job` shows it.")
    return Cancelled(f"Interrupted; {name} is cancelled.")
