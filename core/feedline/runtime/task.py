# SPDX-License-Identifier: Apache-2.0
"""A task: one job as the runtime sees it, with its state, its news and its times."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

import attrs

from feedline.work import Later, Partial

from .event import FINAL, JobEvent, JobStatus

if TYPE_CHECKING:
    from feedline.errors import FeedlineError
    from feedline.execution import Chunk
    from feedline.work import Inputs, Work

    from .clock import Clock
    from .lease import Lease
    from .warm import Prepared

_log = logging.getLogger("feedline.runtime")


class Journal(Protocol):
    """The job store as the runtime uses it; none of its methods raises or blocks for long."""

    def create(  # noqa: D102 - one record, written in one call
        self,
        job_id: str,
        primitive: str,
        backend_name: str,
        created_s: float,
        session_id: str | None,
        tags: list[str],
        options: Mapping[str, Any],
        inputs: Inputs,
    ) -> None: ...
    def status(  # noqa: D102
        self,
        job_id: str,
        status: JobStatus,
        *,
        at_s: float,
        error: str | None = None,
        metrics: Mapping[str, Any] | None = None,
    ) -> None: ...
    def chunk(self, job_id: str, execution_index: int, chunk: Chunk) -> None: ...  # noqa: D102
    def pub(self, job_id: str, pub: int, result: Any) -> None: ...  # noqa: D102
    def result(self, job_id: str, result: Any) -> None: ...  # noqa: D102
    def tags(self, job_id: str, tags: list[str]) -> None: ...  # noqa: D102
    def session(self, details: Mapping[str, Any]) -> None: ...  # noqa: D102


class Listeners(Protocol):
    """Who hears of job events: the plugin host."""

    @property
    def has_job_listeners(self) -> bool:
        """Whether anybody does."""

    def job_event(self, event: JobEvent) -> None:
        """Tell them."""


@attrs.frozen(slots=True, eq=False)
class Services:
    """What every part of one runtime shares.

    Attributes:
        clock: Its time.
        store: Gives where jobs are recorded, or ``None``.
        listeners: Gives whom to tell of job events; ``None`` for nobody.
    """

    clock: Clock
    store: Callable[[], Journal | None]
    listeners: Callable[[], Listeners] | None = None


@attrs.define(slots=True, eq=False)
class Timing:
    """Where a job's time went; points in time are seconds since the epoch."""

    created_s: float
    created_at: float
    running_s: float | None = None
    finished_s: float | None = None
    queue_s: float = 0.0
    open_s: float = 0.0
    compile_s: float = 0.0
    execute_s: float = 0.0
    fold_s: float = 0.0
    shots: int = 0
    compiled: int = 0
    reused: int = 0
    chunks: list[tuple[int, slice, float, float]] = attrs.field(factory=list)

    def metrics(self) -> dict[str, Any]:
        """Everything as JSON."""
        return {
            "timestamps": {
                "created": iso(self.created_s),
                "running": iso(self.running_s),
                "finished": iso(self.finished_s),
            },
            "queue_s": self.queue_s,
            "open_s": self.open_s,
            "compile_s": self.compile_s,
            "execute_s": self.execute_s,
            "fold_s": self.fold_s,
            "shots": self.shots,
            "compiled": self.compiled,
            "reused": self.reused,
            "chunks": [
                {
                    "execution": index,
                    "points": [points.start, points.stop],
                    "started_s": start,
                    "stopped_s": stop,
                }
                for index, points, start, stop in self.chunks
            ],
        }


@attrs.frozen(slots=True, eq=False)
class Stop:
    """Why a task has to end before its time, and as what."""

    status: JobStatus
    error: FeedlineError


class Task:
    """One job inside the runtime; `Job` is the user's handle on it."""

    def __init__(self, work: Work, services: Services, lease: Lease | None = None) -> None:
        clock = services.clock
        created_s = clock.wall_s()
        self.id = new_id(created_s)
        self.work: Work | None = work
        self.primitive = work.primitive
        self.backend = work.backend
        self.lease = lease
        self.tags = list(work.tags)
        self.status = JobStatus.INITIALIZING
        self.partials: list[Partial] = []
        self.share = 0.0
        self.result: Any = None
        self.error: FeedlineError | None = None
        self.trace: TracebackType | None = None
        self.stop: Stop | None = None
        self.prepared: Prepared | None = None
        self.timing = Timing(created_s, clock.now_s())
        self.lock = threading.Lock()
        self.ended = threading.Condition(self.lock)
        self._news: threading.Condition | None = None
        self._services = services
        self._store = services.store()

    def enter(self) -> None:
        """Record the task, before it is put into a queue."""
        store, work = self._store, self.work
        if store is not None and work is not None:
            session_id = None if self.lease is None else self.lease.id
            created_s, backend = self.timing.created_s, self.backend.name
            store.create(self.id, self.primitive, backend, created_s, session_id, self.tags, work.options, work.inputs)
        self.status = JobStatus.QUEUED
        self._announce(JobStatus.QUEUED, self.timing.created_s)

    def start(self) -> None:
        """Leave the queue."""
        clock, timing = self._services.clock, self.timing
        timing.running_s = clock.wall_s()
        timing.queue_s = clock.now_s() - timing.created_at
        self.status = JobStatus.RUNNING
        if self._store is not None:
            self._store.status(self.id, JobStatus.RUNNING, at_s=timing.running_s)
        self._announce(JobStatus.RUNNING, timing.running_s)

    def took(self, chunk: Chunk, share: float, shots: int) -> None:
        """Note a checked chunk."""
        timing = self.timing
        timing.shots += shots
        self.share = share
        timing.chunks.append((chunk.execution, chunk.points, chunk.started_s, chunk.stopped_s))
        if self._store is not None:
            self._store.chunk(self.id, chunk.execution, chunk)
        self._publish(Partial(pub=-1, result=None, share=share))

    def folded(self, pub: int, result: Any) -> None:
        """Note a pub's result."""
        if self._store is not None:
            self._store.pub(self.id, pub, result)
        self._publish(Partial(pub=pub, result=result, share=self.share))

    def finish(self, status: JobStatus, *, result: Any = None, error: FeedlineError | None = None) -> None:
        """Give the task its final status, once, and wake everybody who waits for it."""
        timing, store = self.timing, self._store
        timing.finished_s = self._services.clock.wall_s()
        if timing.running_s is None:
            timing.queue_s = self._services.clock.now_s() - timing.created_at
        if error is not None:
            error.add_note(f"Job {self.id} ({self.primitive} on '{self.backend.name}').")
        if store is not None:
            if error is None:
                store.result(self.id, result)
            said = None if error is None else str(error)
            store.status(self.id, status, at_s=timing.finished_s, error=said, metrics=Later(timing.metrics))
        self._announce(status, timing.finished_s, error)
        with self.lock:
            self.result, self.error = result, error
            self.trace = None if error is None else error.__traceback__
            self.status = status
            self.work = self.prepared = None
            self.ended.notify_all()
            if self._news is not None:
                self._news.notify_all()

    def relabel(self, tags: list[str]) -> None:
        """Replace the user's labels, in the record too."""
        self.tags = list(tags)
        if self._store is not None:
            self._store.tags(self.id, tags)

    def wait(self, timeout_s: float | None) -> bool:
        """Wait for the final status; ``False`` if the time is over first."""
        with self.lock:
            return self.ended.wait_for(lambda: self.status in FINAL, timeout_s)

    def partial(self, index: int, timeout_s: float | None) -> Partial | None:
        """Wait for one piece of news; ``None`` if the task ended without it.

        Raises:
            TimeoutError: If neither happened in time.
        """
        with self.lock:
            if self._news is None:
                self._news = threading.Condition(self.lock)
            if not self._news.wait_for(lambda: len(self.partials) > index or self.status in FINAL, timeout_s):
                raise TimeoutError
            return self.partials[index] if len(self.partials) > index else None

    def _publish(self, partial: Partial) -> None:
        with self.lock:
            self.partials.append(partial)
            if self._news is not None:
                self._news.notify_all()

    def _announce(self, status: JobStatus, at_s: float, error: FeedlineError | None = None) -> None:
        """Tell plugins that listen; none of them can hurt the job."""
        if self._services.listeners is None:
            return
        try:
            listeners = self._services.listeners()
            if listeners.has_job_listeners:
                said = None if error is None else str(error)
                listeners.job_event(
                    JobEvent(
                        job_id=self.id,
                        status=status,
                        backend_name=self.backend.name,
                        primitive=self.primitive,
                        at_s=at_s,
                        error=said,
                    )
                )
        except Exception:  # noqa: BLE001 - a listener may raise anything, and the job goes on
            _log.exception("A listener raised on job %s turning %s; the job is not affected.", self.id, status)


def new_id(at_s: float) -> str:
    """A short id that sorts by time: milliseconds since the epoch, then randomness, in hex."""
    return f"{int(at_s * 1000):011x}{os.urandom(5).hex()}"


def iso(at_s: float | None) -> str | None:
    """A point in time as text, UTC."""
    return None if at_s is None else datetime.fromtimestamp(at_s, UTC).isoformat()
