# SPDX-License-Identifier: Apache-2.0
"""Sessions and batches: a lease on a device, so that a loop of jobs is not queued again and again."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from .clock import seconds
from .lease import Lease
from .mode import pop_session, push_session, resolve_backend

if TYPE_CHECKING:
    from feedline.processor import Backend
    from feedline.work import Work

    from .job import Job
    from .service import RuntimeService
    from .submit import Runtime


class Usage(float):
    """Seconds for which a session has held its device; also tells how long the device was busy.

    Attributes:
        busy_s: Seconds for which the device worked on its jobs.
    """

    busy_s: float

    def __new__(cls, held_s: float, busy_s: float) -> Self:
        """Make it of both."""
        usage = super().__new__(cls, held_s)
        usage.busy_s = busy_s
        return usage

    @property
    def utilization(self) -> float:
        """Share of the held time in which the device was busy."""
        return self.busy_s / self if self else 0.0


class Session:
    """A dedicated lease on a device: once its first job has come to its turn, only its jobs run.

    It ends when it is closed and its jobs are done, or when `max_time` is over; while it is idle for
    longer than `interactive_ttl` others run, and its next job takes its turn again.

    Args:
        backend: A backend, any object that a plugin wraps, or a backend's name.
        max_time: How long it may last, from its first job on: seconds, or a text such as ``2h 30m``.
            The clock does not pause. When it is over the running job is finished, waiting ones are not.
        create_new: ``False`` joins the newest session that is still open on this backend.
        interactive_ttl: How long it may be idle before others run.
        runtime: The runtime that it belongs to, if not the process's own.

    Raises:
        InputError: If the backend or a duration cannot be understood.
        SessionError: If there is no session to join.
    """

    _kind = "dedicated"

    def __init__(
        self,
        backend: object,
        max_time: float | str | None = None,
        *,
        create_new: bool = True,
        interactive_ttl: float | str = "1m",
        runtime: Runtime | None = None,
    ) -> None:
        from . import submit

        self._runtime = submit.runtime() if runtime is None else runtime
        described = resolve_backend(backend)
        max_time_s = None if max_time is None else seconds(max_time, "max_time")
        ttl_s = seconds(interactive_ttl, "interactive_ttl")
        if create_new:
            clock = self._runtime.services.clock
            self._lease = Lease(self._kind, described, clock, max_time_s=max_time_s, ttl_s=ttl_s)
            self._lane = self._runtime.add_lease(self._lease)
        else:
            self._lane, self._lease = self._runtime.newest_lease(self._kind, described)

    @classmethod
    def from_id(cls, session_id: str, *, runtime: Runtime | None = None) -> Session:
        """The session of that id, if it is open in this process.

        Raises:
            NotFoundError: If it is not.
        """
        from . import submit

        chosen = submit.runtime() if runtime is None else runtime
        lane, lease = chosen.find_lease(session_id)
        session = object.__new__(Batch if lease.kind == "batch" else Session)
        session._runtime, session._lane, session._lease = chosen, lane, lease
        return session

    @property
    def session_id(self) -> str:
        """Its id."""
        return self._lease.id

    @property
    def service(self) -> RuntimeService:
        """The service that keeps its jobs."""
        from .service import RuntimeService

        return RuntimeService()

    def backend(self) -> Backend:
        """What it was opened for."""
        return self._lease.backend

    def submit(self, work: Work) -> Job:
        """Queue a piece of work; what primitives call.

        Raises:
            SessionError: If it is closed.
        """
        return self._runtime.submit_leased(work, self._lane, self._lease)

    def details(self) -> dict[str, Any]:
        """Its limits, state and times; the keys are those of the IBM client."""
        with self._lane.guard():
            return self._lease.details()

    def status(self) -> str:
        """``Pending``, ``In progress, accepting new jobs``, the same with ``not``, or ``Closed``."""
        details = self.details()
        if details["state"] == "closed":
            return "Closed"
        if not details["accepting_jobs"]:
            return "In progress, not accepting new jobs"
        return "In progress, accepting new jobs" if details["state"] == "active" else "Pending"

    def usage(self) -> Usage:
        """Seconds for which it has held the device; ``.busy_s`` of them the device worked."""
        with self._lane.guard():
            return Usage(self._lease.held_s(), self._lease.busy_s)

    def close(self) -> None:
        """Accept no more jobs; those submitted are finished, then others run."""
        self._lane.close(self._lease, "close() was called")

    def cancel(self) -> None:
        """Accept no more jobs, drop those that wait and abort the one that runs."""
        self._lane.close(self._lease, "cancel() was called", drop=True)

    def __enter__(self) -> Self:
        """Make it what ``mode=None`` means."""
        push_session(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it; after Ctrl-C, cancel it."""
        pop_session(self)
        if kind is not None and issubclass(kind, KeyboardInterrupt):
            self.cancel()
        else:
            self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.session_id} on '{self.backend().name}', {self.status()}>"


class Batch(Session):
    """A session for jobs that do not depend on each other: the next are prepared while one executes.

    Takes the same arguments as `Session`.
    """

    _kind = "batch"
