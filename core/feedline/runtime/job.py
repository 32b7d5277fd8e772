# SPDX-License-Identifier: Apache-2.0
"""Jobs: the user's handle on what was submitted."""

from __future__ import annotations

import html
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from qiskit.primitives import BasePrimitiveJob

from feedline.errors import InputError, JobError, WaitTimeoutError
from feedline.work import Inputs, Partial, Work

from . import progress
from .event import FINAL, JobStatus
from .exit import watch_callbacks
from .task import Task

if TYPE_CHECKING:
    from feedline.processor import Backend

    from .lane import Lane

_log = logging.getLogger("feedline.runtime")

GRACE_S = 10.0
"""How long an interrupted wait stays for the job to be cancelled."""


class Job(BasePrimitiveJob[Any, JobStatus]):
    """A handle on one submitted piece of work; everything but the waits returns at once.

    Made by the primitives, not by users.
    """

    def __init__(self, work: Work, task: Task, lane: Lane) -> None:
        super().__init__(task.id)
        self._task = task
        self._lane = lane
        self._inputs = work.inputs
        self._options = work.options
        self._callbacks = _call_back(work.callback, self) if work.callback is not None else None

    def status(self) -> JobStatus:
        """Where it is in its life."""
        return self._task.status

    def result(self, timeout: float | None = None) -> Any:
        """Wait for the primitive's result. Ctrl-C cancels the job.

        Args:
            timeout: Seconds to wait at most; ``None`` waits as long as it takes.

        Raises:
            JobError: If it was cancelled or stopped, or failed for a reason that has no error of its own.
            FeedlineError: What the job failed with (`ProviderError`, `CapabilityError`, ...).
            WaitTimeoutError: If the time is over first.
        """
        task = self._task
        if task.status not in FINAL:
            self._refuse_deadlock()
            with cancel_on_interrupt(self):
                self._await(timeout)
        if self._callbacks is not None and self._callbacks is not threading.current_thread():
            self._callbacks.join(timeout)
        if task.error is not None:
            raise task.error.with_traceback(task.trace)
        return task.result

    def wait_for_final_state(self, timeout: float | None = None) -> None:
        """Wait until the status is final, whichever it is.

        Raises:
            WaitTimeoutError: If the time is over first.
        """
        if self._task.status not in FINAL:
            self._refuse_deadlock()
            if not self._task.wait(timeout):
                raise self._late(timeout)

    def stream(self, timeout: float | None = None) -> Iterator[Partial]:
        """Iterate over all news of the job, from its start until it is final; any number may listen.

        Args:
            timeout: Seconds to wait for the next piece of news.

        Raises:
            WaitTimeoutError: If nothing comes in that time.
        """
        index = 0
        while True:
            try:
                partial = self._task.partial(index, timeout)
            except TimeoutError:
                raise self._late(timeout, "news of job") from None
            if partial is None:
                return
            yield partial
            index += 1

    def partial(self) -> list[Partial]:
        """The news with results so far, a complete pub each, in the order in which they came."""
        with self._task.lock:
            return [news for news in self._task.partials if news.pub >= 0]

    def cancel(self) -> bool:
        """Cancel it, queued or running; ``False`` if it is final already."""
        return self._lane.cancel(self._task)

    def done(self) -> bool:
        """Whether it has a result."""
        return self._task.status is JobStatus.DONE

    def running(self) -> bool:
        """Whether it is being worked on."""
        return self._task.status is JobStatus.RUNNING

    def cancelled(self) -> bool:
        """Whether it was cancelled."""
        return self._task.status is JobStatus.CANCELLED

    def errored(self) -> bool:
        """Whether it failed."""
        return self._task.status is JobStatus.ERROR

    def in_final_state(self) -> bool:
        """Whether its status never changes again."""
        return self._task.status in FINAL

    def error_message(self) -> str | None:
        """Why it has no result, with the remedy; ``None`` if it has one or is not final."""
        error = self._task.error
        return None if error is None else str(error)

    def metrics(self) -> dict[str, Any]:
        """Where its time went (seconds), its shots, its chunks, and when it was created, ran and finished."""
        timing = self._task.timing
        return {**timing.metrics(), "usage": {"quantum_seconds": timing.execute_s}}

    def time_per_step(self) -> dict[str, datetime]:
        """When it was created, ran and was completed, as far as it has come, UTC; the names are Qiskit's old ones."""
        timing = self._task.timing
        steps = {"CREATED": timing.created_s, "RUNNING": timing.running_s, "COMPLETED": timing.finished_s}
        return {name: datetime.fromtimestamp(at_s, UTC) for name, at_s in steps.items() if at_s is not None}

    def usage(self) -> float:
        """Seconds of device time."""
        return self._task.timing.execute_s

    def backend(self) -> Backend:
        """Where it runs."""
        return self._task.backend

    @property
    def backend_name(self) -> str:
        """Name of where it runs."""
        name: str = self._task.backend.name
        return name

    @property
    def creation_date(self) -> datetime:
        """When it was submitted, UTC."""
        return datetime.fromtimestamp(self._task.timing.created_s, UTC)

    @property
    def primitive(self) -> str:
        """What made it: ``sampler``, ``estimator``, ``executor`` or ``run``."""
        return self._task.primitive

    @property
    def session_id(self) -> str | None:
        """The session or batch it belongs to, or ``None``."""
        return None if self._task.lease is None else self._task.lease.id

    @property
    def inputs(self) -> Inputs:
        """What was asked."""
        return self._inputs

    @property
    def options(self) -> Mapping[str, Any]:
        """The options it was asked with."""
        return self._options

    @property
    def tags(self) -> list[str]:
        """The user's labels."""
        return list(self._task.tags)

    def update_tags(self, new_tags: Sequence[str]) -> list[str]:
        """Replace the labels, in the job record too.

        Raises:
            InputError: If they are not a list of texts.
        """
        if isinstance(new_tags, str) or not all(isinstance(tag, str) for tag in new_tags):
            raise InputError(f"Tags of job {self.job_id()} are {new_tags!r}.", remedy="Give a list of texts.")
        self._task.relabel(list(new_tags))
        return self.tags

    def _await(self, timeout: float | None) -> None:
        """Wait; from the second second on behind a progress bar if somebody looks."""
        at_first = progress.PATIENCE_S if timeout is None else min(timeout, progress.PATIENCE_S)
        if self._task.wait(at_first):
            return
        left = None if timeout is None else timeout - at_first
        wait = progress.follow if progress.is_wanted() else Task.wait
        if not wait(self._task, left):
            raise self._late(timeout)

    def _late(self, timeout: float | None, what: str = "the result of job") -> WaitTimeoutError:
        task = self._task
        return WaitTimeoutError(
            f"Waited {timeout:g} s for {what} {task.id} ({task.primitive} on '{task.backend.name}'), "
            f"which is {task.status}, {task.share:.0%} done.",
            remedy="Wait longer (timeout=None waits as long as it takes), or cancel() it.",
        )

    def _refuse_deadlock(self) -> None:
        """A thread that runs jobs cannot wait for one that it would have to run itself."""
        if self._lane.is_current_thread():
            raise JobError(
                f"Job {self.job_id()} cannot be waited for on the thread that runs it.",
                remedy="Wait in another thread; a callback or plugin hook must not block.",
            )

    def __repr__(self) -> str:
        task = self._task
        return f"<Job {task.id}: {task.primitive} on '{task.backend.name}', {task.status}>"

    def _repr_html_(self) -> str:
        task, timing = self._task, self._task.timing
        rows = {
            "job": task.id,
            "primitive": task.primitive,
            "backend": task.backend.name,
            "status": f"{task.status} ({task.share:.0%})" if task.status not in FINAL else str(task.status),
            "device time": f"{timing.execute_s:.3g} s",
        }
        if task.error is not None:
            rows["error"] = task.error.what
        cells = (f"<tr><th>{key}</th><td>{html.escape(value)}</td></tr>" for key, value in rows.items())
        return f"<table>{''.join(cells)}</table>"


@contextmanager
def cancel_on_interrupt(job: Job, grace_s: float = GRACE_S) -> Iterator[None]:
    """Have Ctrl-C in the block cancel the job: outputs are safe before `KeyboardInterrupt` goes on.

    Args:
        job: The job.
        grace_s: How long to wait for it to end.
    """
    try:
        yield
    except KeyboardInterrupt:
        if job.cancel():
            try:
                job.wait_for_final_state(grace_s)
            except WaitTimeoutError:
                _log.warning("Job %s did not end within %g s of being cancelled.", job.job_id(), grace_s)
        raise


def _call_back(callback: Callable[[str, Partial], None], job: Job) -> threading.Thread:
    """Start a thread that hands every piece of news to the user's function: a slow one holds up no device."""

    def deliver() -> None:
        for partial in job.stream():
            try:
                callback(job.job_id(), partial)
            except Exception:  # noqa: BLE001 - users' code may raise anything, and the job goes on
                _log.warning("The callback of job %s raised; the job goes on.", job.job_id(), exc_info=True)

    thread = threading.Thread(target=deliver, name=f"feedline-callback-{job.job_id()}", daemon=True)
    thread.start()
    watch_callbacks(thread)
    return thread
