# SPDX-License-Identifier: Apache-2.0
"""A lease: what a session or batch holds of a lane. Its lane's condition guards it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from feedline.errors import JobError, SessionError

from .task import iso, new_id

if TYPE_CHECKING:
    from feedline.processor import Backend

    from .clock import Clock
    from .task import Task


class Lease:
    """The state of one session or batch: which jobs wait, and whose turn the device is.

    While it is active only its jobs run. It becomes active when its first job reaches the head of the
    lane, and inactive when it has been idle for longer than its time-to-live, is over, or is closed
    and drained.

    Args:
        kind: ``dedicated`` or ``batch``.
        backend: What it was opened for.
        clock: The runtime's.
        max_time_s: How long it may last from its first activation, or ``None``.
        ttl_s: How long it may be idle before others run.
    """

    def __init__(self, kind: str, backend: Backend, clock: Clock, *, max_time_s: float | None, ttl_s: float) -> None:
        self.kind = kind
        self.backend = backend
        self.max_time_s = max_time_s
        self.ttl_s = ttl_s
        self.created_s = clock.wall_s()
        self.id = new_id(self.created_s)
        self.pending: deque[Task] = deque()
        self.running: Task | None = None
        self.is_active = False
        self.is_accepting = True
        self.why_closed = ""
        self.busy_s = 0.0
        self._clock = clock
        self._held_s = 0.0
        self._since_s = 0.0
        self._idle_since_s = 0.0
        self._expires_s: float | None = None
        self._closed_s: float | None = None
        self._last: dict[str, float | None] = {"started": None, "completed": None}
        self._spans: list[list[float | None]] = []

    @property
    def is_over(self) -> bool:
        """Whether it accepts nothing and has nothing left to do."""
        return not (self.is_accepting and not self.is_expired) and not self.pending and self.running is None

    @property
    def is_expired(self) -> bool:
        """Whether its max_time is over; the clock does not pause."""
        return self._expires_s is not None and self._clock.now_s() >= self._expires_s

    @property
    def is_idle_too_long(self) -> bool:
        """Whether it holds the device without using it for longer than its time-to-live."""
        is_idle = not self.pending and self.running is None
        return is_idle and self._clock.now_s() >= self._idle_since_s + self.ttl_s

    @property
    def wake_s(self) -> float | None:
        """When the lane has to look at it again if nothing else happens."""
        idle_s = None if self.pending or self.running is not None else self._idle_since_s + self.ttl_s
        times_s = [time_s for time_s in (idle_s, self._expires_s) if time_s is not None]
        return min(times_s) if times_s else None

    def check_accepting(self) -> None:
        """Refuse work when closed.

        Raises:
            SessionError: Says which session, and why.
        """
        why = self.why_closed or (self._max_time_words() if self.is_expired else "")
        if why:
            raise SessionError(
                f"The {self.name} {self.id} on '{self.backend.name}' is closed: {why}.",
                remedy=f"Open a new one: {'Batch' if self.kind == 'batch' else 'Session'}(backend).",
            )

    @property
    def name(self) -> str:
        """What users call it."""
        return "batch" if self.kind == "batch" else "session"

    def activate(self) -> None:
        """Take the device."""
        now_s = self._clock.now_s()
        if self.max_time_s is not None and self._expires_s is None:
            self._expires_s = now_s + self.max_time_s
        self.is_active = True
        self._since_s = self._idle_since_s = now_s
        self._spans.append([self._clock.wall_s(), None])

    def release(self) -> None:
        """Give the device back."""
        self.is_active = False
        self._held_s += self._clock.now_s() - self._since_s
        self._spans[-1][1] = self._clock.wall_s()
        self._note_closing()

    def start(self, task: Task) -> None:
        """Note that a job of it begins."""
        self.running = task
        self._last["started"] = self._clock.wall_s()

    def complete(self, task: Task) -> None:
        """Note that it ended."""
        self.running = None
        self.busy_s += task.timing.execute_s
        self._idle_since_s = self._clock.now_s()
        self._last["completed"] = self._clock.wall_s()

    def close(self, why: str) -> None:
        """Accept nothing more."""
        self.why_closed = self.why_closed or why
        self.is_accepting = False
        self._note_closing()

    def expire(self) -> list[tuple[Task, JobError]]:
        """Close it if its max_time is over; returns the jobs that will not run, and what to tell them."""
        if not self.is_expired:
            return []
        self.close(self._max_time_words())
        lost = [(task, self._lost(task)) for task in self.pending]
        self.pending.clear()
        return lost

    def state(self) -> str:
        """``open`` (never active), ``active``, ``inactive`` (idle for too long) or ``closed``."""
        if self.is_over:
            return "closed"
        return "active" if self.is_active else "inactive" if self._spans else "open"

    def held_s(self) -> float:
        """Seconds for which it has held the device."""
        return self._held_s + (self._clock.now_s() - self._since_s if self.is_active else 0.0)

    def details(self) -> dict[str, Any]:
        """Everything there is to know, as JSON."""
        first_s = self._spans[0][0] if self._spans else None
        return {
            "id": self.id,
            "backend_name": self.backend.name,
            "interactive_timeout": self.ttl_s,
            "max_time": self.max_time_s,
            "active_timeout": self.max_time_s,
            "state": self.state(),
            "accepting_jobs": self.is_accepting and not self.is_expired,
            "last_job_started": iso(self._last["started"]),
            "last_job_completed": iso(self._last["completed"]),
            "started_at": iso(self.created_s),
            "closed_at": iso(self._closed_s),
            "activated_at": iso(first_s),
            "mode": self.kind,
            "usage_time": self.held_s(),
            "timestamps": [{"activated": iso(start_s), "released": iso(end_s)} for start_s, end_s in self._spans],
        }

    def _note_closing(self) -> None:
        if self._closed_s is None and not self.is_active and self.is_over:
            self._closed_s = self._clock.wall_s()

    def _max_time_words(self) -> str:
        return f"its max_time of {self.max_time_s:g} s is over"

    def _lost(self, task: Task) -> JobError:
        return JobError(
            f"Job {task.id} was cancelled before it started: the {self.name} {self.id} is closed, "
            f"{self._max_time_words()}.",
            remedy=f"Open a new {self.name} with a longer max_time and submit it again.",
        )
