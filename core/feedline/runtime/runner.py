# SPDX-License-Identifier: Apache-2.0
"""The runner: owns a lane's device, and runs one task at a time on it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from feedline.engine import Watch, run_plan
from feedline.errors import FeedlineError, JobError, ProviderError

from .event import FINAL, JobStatus
from .task import Stop
from .warm import Prepared, Stopwatch, WarmDevice

if TYPE_CHECKING:
    from feedline.execution import Chunk, Execution
    from feedline.processor import Backend
    from feedline.work import Work

    from .clock import Clock
    from .task import Task

_log = logging.getLogger("feedline.runtime")


class Runner:
    """Runs tasks on the device of one lane; opens it when needed and keeps it warm.

    `stop` may be called from any thread, everything else from the lane's only.

    Args:
        clock: The runtime's.
        offer: Called with the device just before a job executes.

    Attributes:
        warm: The open device, or ``None``.
    """

    def __init__(self, clock: Clock, offer: Callable[[WarmDevice], None]) -> None:
        self.warm: WarmDevice | None = None
        self._clock = clock
        self._offer = offer
        self._gate = threading.Lock()
        self._executing: Task | None = None
        self._is_suspect = False

    def run(self, task: Task) -> Stop | Any:
        """Run a task to its end; returns its result, or why there is none."""
        try:
            return self._run(task)
        except BaseException as error:  # noqa: BLE001 - a provider's SystemExit must not end the lane
            return self._verdict(task, error)

    def stop(self, task: Task, stop: Stop) -> None:
        """Have a task end soon as `stop` says: now if it executes, else before it would."""
        with self._gate:
            if task.stop is None:
                task.stop = stop
            if self._executing is not task:
                return
        threading.Thread(target=self._insist, args=(task,), name="feedline-abort", daemon=True).start()

    def open_for(self, backend: Backend) -> WarmDevice:
        """The device, serving this description; reopened if it cannot change over."""
        warm = self.warm
        if warm is not None and warm.backend is not backend and not warm.adopt(backend):
            self.close()
            warm = None
        if warm is None:
            warm = self.warm = WarmDevice.open(backend, self._clock)
        return warm

    def rest(self) -> None:
        """Tell the device that nothing is to be done for a while; one that cannot rest is closed."""
        if self.warm is not None and not self.warm.rest():
            self.close()

    def close(self) -> None:
        """Let go of the device."""
        warm, self.warm = self.warm, None
        if warm is not None:
            warm.close()

    def _run(self, task: Task) -> Any:
        work, timing = task.work, task.timing
        assert work is not None, "a finished task is never run"
        asked_s = self._clock.now_s()
        warm = self.open_for(task.backend)
        timing.open_s = self._clock.now_s() - asked_s
        prepared = self._prepare(task, work, warm)
        self._offer(warm)
        began_s = self._clock.now_s()
        results = self._execute(task, work, prepared)
        result = work.plan.fold.finish(results, work.metadata)
        timing.fold_s = max(0.0, self._clock.now_s() - began_s - timing.execute_s)
        return result

    def _prepare(self, task: Task, work: Work, warm: WarmDevice) -> Prepared:
        """Take what a batch has prepared, or prepare now."""
        timing, prepared = task.timing, task.prepared
        if prepared is None or not prepared.is_good_for(warm):
            prepared = warm.prepare(work.plan.executions)
        timing.compile_s = prepared.seconds_s
        timing.compiled, timing.reused = prepared.compiled, prepared.reused
        return prepared

    def _execute(self, task: Task, work: Work, prepared: Prepared) -> list[Any]:
        executions = prepared.executions
        stopwatch = Stopwatch(prepared.warm.device, self._clock)
        with self._gate:
            if task.stop is not None:
                raise task.stop.error
            self._executing = task
        if work.max_execution_time_s is not None:
            self._limit(task, work.max_execution_time_s)

        def took(chunk: Chunk, share: float) -> None:
            task.took(chunk, share, _shots(chunk, executions[chunk.execution]))

        watch = Watch(chunk=took, pub=task.folded)
        try:
            return run_plan(work.plan, executions, stopwatch, provider=task.backend.name, watch=watch)
        except BaseException as error:
            self._is_suspect = not stopwatch.is_clean or (task.stop is None and isinstance(error, ProviderError))
            raise
        finally:
            task.timing.execute_s = stopwatch.execute_s
            with self._gate:
                self._executing = None

    def _verdict(self, task: Task, error: BaseException) -> Stop:
        """Why a task has no result."""
        if self._is_suspect:
            _log.warning("Device of '%s' is closed after job %s; the next job reopens it.", task.backend.name, task.id)
            self._is_suspect = False
            self.close()
        if task.stop is not None:
            if error is not task.stop.error:
                task.stop.error.__cause__ = error
            return task.stop
        if isinstance(error, FeedlineError):
            return Stop(JobStatus.ERROR, error)
        fault = JobError(
            f"Job {task.id} on '{task.backend.name}' failed: {type(error).__name__}: {error}",
            remedy="This is a fault of Feedline or of a plugin; report it with the traceback above.",
        )
        fault.__cause__ = error
        return Stop(JobStatus.ERROR, fault)

    def _abort(self, task: Task) -> bool:
        """Abort the device if it executes this task; the gate is held, so that no other task is hit."""
        if self._executing is not task or self.warm is None:
            return False
        try:
            self.warm.device.abort()
        except BaseException:  # noqa: BLE001 - a provider's SystemExit must not stop the insisting
            _log.exception("Device of '%s' raised in abort.", task.backend.name)
        return True

    def _insist(self, task: Task) -> None:
        """Abort again while it does not help: the first call may have come just before `execute` began."""
        pause_s = 0.1
        while True:
            with self._gate:
                if not self._abort(task):
                    return
            if task.wait(pause_s):
                return
            pause_s = min(2 * pause_s, 5.0)

    def _limit(self, task: Task, limit_s: float) -> None:
        """Start a thread that stops the task when its device time is over."""
        error = JobError(
            f"Job {task.id} on '{task.backend.name}' was stopped: its {limit_s:g} s of device time are over.",
            remedy="Raise options.max_execution_time, or ask for fewer shots; partial results are kept.",
        )
        until_s = self._clock.now_s() + limit_s

        def watch() -> None:
            with task.ended:
                while task.status not in FINAL and self._clock.now_s() < until_s:
                    self._clock.wait(task.ended, until_s)
            with self._gate:
                is_executing = self._executing is task
            if is_executing:
                self.stop(task, Stop(JobStatus.ERROR, error))

        threading.Thread(target=watch, name="feedline-limit", daemon=True).start()


def _shots(chunk: Chunk, execution: Execution) -> int:
    """How many shots a checked chunk is made of."""
    if chunk.bits is not None:
        return int(chunk.bits.shape[0] * chunk.bits.shape[1])
    if chunk.counts is not None:
        return int(chunk.counts.weight.sum())
    if chunk.iq is not None:
        return int(chunk.iq.shape[0] * (chunk.iq.shape[1] if chunk.iq.ndim == 3 else execution.shots))
    if chunk.raw is not None:
        return int(chunk.raw.shape[0] * chunk.raw.shape[1])
    return 0
