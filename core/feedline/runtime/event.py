# SPDX-License-Identifier: Apache-2.0
"""What happens to a job: its statuses, and the news of a change."""

from __future__ import annotations

from enum import StrEnum

import attrs


class JobStatus(StrEnum):
    """Where a job is in its life."""

    INITIALIZING = "INITIALIZING"
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    DONE = "DONE"
    CANCELLED = "CANCELLED"
    ERROR = "ERROR"
    INTERRUPTED = "INTERRUPTED"
    """The process that ran it died; what had arrived by then can be read."""


FINAL = frozenset({JobStatus.DONE, JobStatus.CANCELLED, JobStatus.ERROR, JobStatus.INTERRUPTED})
"""Statuses that never change again."""


@attrs.frozen(kw_only=True, slots=True)
class JobEvent:
    """A job changed its status.

    Attributes:
        job_id: The job.
        status: Its new status.
        backend_name: Where it runs.
        primitive: ``sampler``, ``estimator``, ``executor`` or ``run``.
        at_s: When, in seconds since the epoch.
        error: Why it has no result, if it has none, else ``None``.
    """

    job_id: str
    status: JobStatus
    backend_name: str
    primitive: str
    at_s: float
    error: str | None = None
