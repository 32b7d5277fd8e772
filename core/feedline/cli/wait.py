# SPDX-License-Identifier: Apache-2.0
"""Waiting for a job; Ctrl-C cancels it and says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_CANCEL_S = 10.0


class Cancelled(Exception):
    """Ctrl-C ended a run."""


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
    """Cancel the job and wait until it has stopped."""
    from feedline.errors import JobError, WaitTimeoutError

    job.cancel()
    try:
        job.result(timeout=_CANCEL_S)
    except WaitTimeoutError:
        return Cancelled(
            f"Interrupted; job {job.job_id()} was told to stop and has not yet after {_CANCEL_S:g} s."
        )
    except JobError:
        pass
    return Cancelled(f"Interrupted; job {job.job_id()} is cancelled.")
