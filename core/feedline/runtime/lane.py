# SPDX-License-Identifier: Apache-2.0
"""A lane: the one queue, and the one thread, of one quantum processor."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from feedline.errors import JobError

from . import exit as process_exit
from .batch import Preparer
from .event import JobStatus
from .lease import Lease
from .runner import Runner
from .task import Stop, Task

if TYPE_CHECKING:
    from .task import Services
    from .warm import WarmDevice

REST_S = 2.0
"""How long a device has had nothing to do, in no session, when its outputs are switched off."""


class Lane:
    """Runs jobs one after another, first come first served, but an active lease's before all others.

    Its thread starts with the first job and ends, with the device closed, when nothing came for
    `keep_warm_s` seconds.

    Args:
        device_id: The processor.
        services: What the runtime shares.
        keep_warm_s: How long the device stays open without a job.
        retire: Called when the thread wants to end, with the lane's condition free; ends it with
            `try_end` and may forget the lane.
    """

    def __init__(
        self, device_id: str, services: Services, *, keep_warm_s: float, retire: Callable[[Lane], bool]
    ) -> None:
        self.device_id = device_id
        self.leases: set[Lease] = set()
        self._services = services
        self._clock = services.clock
        self._keep_warm_s = keep_warm_s
        self._retire = retire
        self._condition = threading.Condition(threading.Lock())
        self._queue: deque[Task | Lease] = deque()
        self._lease: Lease | None = None
        self._running: Task | None = None
        self._thread: threading.Thread | None = None
        self._idle_since_s = 0.0
        self._is_stopping = False
        self._is_rested = True
        self._runner = Runner(services.clock, self._offer)
        self._preparer = Preparer(self._condition)

    def is_current_thread(self) -> bool:
        """Whether the caller is on the lane's thread."""
        return threading.current_thread() is self._thread

    def put(self, task: Task) -> None:
        """Queue a task.

        Raises:
            SessionError: If its session is closed.
            JobError: If the runtime has shut down.
        """
        with self._condition:
            if self._is_stopping:
                raise shut_down(self.device_id)
            lease = task.lease
            if lease is None:
                self._queue.append(task)
            else:
                lease.check_accepting()
                lease.pending.append(task)
                if lease is not self._lease and len(lease.pending) == 1:
                    self._queue.append(lease)
                    self._record(lease)
                self._preparer.offer(self._lease, self._runner.warm)
            if self._thread is not None:
                self._condition.notify_all()
                return
            try:
                self._start()
            except RuntimeError as error:  # the interpreter is ending
                self._thread = None
                self._remove(task)
                raise shut_down(self.device_id) from error

    def cancel(self, task: Task) -> bool:
        """Cancel a task, queued or running; ``False`` if it is neither."""
        with self._condition:
            is_queued = self._remove(task)
            is_running = self._running is task
            self._condition.notify_all()
        if is_queued:
            task.finish(JobStatus.CANCELLED, error=_cancelled(task, "before it started"))
        elif is_running:
            self._runner.stop(task, Stop(JobStatus.CANCELLED, _cancelled(task, "while it ran")))
        return is_queued or is_running

    def close(self, lease: Lease, why: str, *, drop: bool = False) -> None:
        """Close a lease; its jobs are finished first, or dropped."""
        with self._condition:
            dropped = list(lease.pending) if drop else []
            running = lease.running if drop else None
            for task in dropped:
                self._remove(task)
            lease.close(why)
            if lease is self._lease and lease.is_over:
                self._release(lease)
            self._forget_if_over(lease)
            self._condition.notify_all()
            is_idle = self._thread is None
        for task in dropped:
            task.finish(JobStatus.CANCELLED, error=_cancelled(task, "before it started", why))
        if running is not None:
            self._runner.stop(running, Stop(JobStatus.CANCELLED, _cancelled(running, "while it ran", why)))
        if is_idle:
            self._retire(self)

    def stop(self, *, drop: bool) -> None:
        """Accept nothing more; finish what there is, or drop it; then close the device and end."""
        with self._condition:
            self._is_stopping = True
            leases = list(self.leases)
            waiting = [party for party in self._queue if isinstance(party, Task)] if drop else []
            running = self._running if drop else None
        for lease in leases:
            self.close(lease, "the runtime shut down", drop=drop)
        for task in waiting:
            self.cancel(task)
        if running is not None:
            self.cancel(running)
        with self._condition:
            self._condition.notify_all()

    def wait_idle(self, timeout_s: float | None) -> bool:
        """Wait until the thread has ended and the device is closed."""
        with self._condition:
            return self._condition.wait_for(lambda: self._thread is None, timeout_s)

    def try_end(self) -> bool:
        """End the thread unless something came in the meantime."""
        with self._condition:
            is_somebody_elses = self._thread is not None and not self.is_current_thread()
            if self._queue or self._lease is not None or is_somebody_elses:
                return False
            self._thread = None
            self._condition.notify_all()
            return True

    def guard(self) -> threading.Condition:
        """What to hold while reading a lease of this lane."""
        return self._condition

    def _start(self) -> None:
        process_exit.watch_lane(self)
        self._idle_since_s = self._clock.now_s()
        self._thread = threading.Thread(target=self._serve, name=f"feedline-lane-{self.device_id}", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while self._turn():
            pass

    def _turn(self) -> bool:
        """Do the next thing; ``False`` ends the thread. Nothing of a job outlives its turn."""
        task, lost = self._next()
        for dropped, error in lost:
            dropped.finish(JobStatus.CANCELLED, error=error)
        if task is not None:
            self._run(task)
        elif not lost and self._is_over():
            self._runner.close()
            return not self._retire(self)
        elif not lost:
            self._runner.rest()
            self._is_rested = True
        return True

    def _is_over(self) -> bool:
        with self._condition:
            return self._is_cold()

    def _run(self, task: Task) -> None:
        with self._condition:
            self._preparer.finish(task)
            self._is_rested = False
        task.start()
        outcome = self._runner.run(task)
        with self._condition:
            self._running = None
            self._idle_since_s = self._clock.now_s()
            if task.lease is not None:
                task.lease.complete(task)
        if isinstance(outcome, Stop):
            task.finish(outcome.status, error=outcome.error)
        else:
            task.finish(JobStatus.DONE, result=outcome)

    def _next(self) -> tuple[Task | None, list[tuple[Task, JobError]]]:
        """Wait for the next task; also returns those that will not run. Neither: it is time to rest, or to end."""
        with self._condition:
            while True:
                lost = self._settle()
                task = self._pick()
                if task is not None or lost or self._is_cold() or self._is_tired():
                    return task, lost
                self._clock.wait(self._condition, self._wake_s())

    def _wake_s(self) -> float | None:
        """When to look again though nothing was submitted."""
        if self._lease is not None:
            return self._lease.wake_s
        return self._idle_since_s + (self._keep_warm_s if self._is_rested else min(REST_S, self._keep_warm_s))

    def _is_tired(self) -> bool:
        """Whether the device has had nothing to do, in no session, for long enough to switch its outputs off."""
        if self._lease is not None or self._queue or self._is_rested:
            return False
        return self._clock.now_s() >= self._idle_since_s + REST_S

    def _settle(self) -> list[tuple[Task, JobError]]:
        """Release a lease that is over or idle, take up the next; returns the tasks that time ran out on."""
        lost: list[tuple[Task, JobError]] = []
        while True:
            lease = self._lease
            if lease is not None:
                lost += lease.expire()
                if not lease.is_over and not lease.is_idle_too_long:
                    return lost
                self._release(lease)
                continue
            if not self._queue or isinstance(self._queue[0], Task):
                return lost
            lease = self._queue[0]
            lost += lease.expire()
            self._queue.popleft()
            if lease.pending:
                self._lease = lease
                lease.activate()
                self._record(lease)
            else:
                self._forget_if_over(lease)

    def _pick(self) -> Task | None:
        """Take the next task off its queue."""
        task: Task | None = None
        if self._lease is not None and self._lease.pending:
            task = self._lease.pending.popleft()
            self._lease.start(task)
        elif self._lease is None and self._queue:
            head = self._queue.popleft()
            task = head if isinstance(head, Task) else None  # _settle leaves a task at the head, or nothing
        self._running = task
        return task

    def _is_cold(self) -> bool:
        if self._lease is not None or self._queue:
            return False
        return self._is_stopping or self._clock.now_s() >= self._idle_since_s + self._keep_warm_s

    def _release(self, lease: Lease) -> None:
        self._lease = None
        self._idle_since_s = self._clock.now_s()
        lease.release()
        self._record(lease)
        self._forget_if_over(lease)

    def _forget_if_over(self, lease: Lease) -> None:
        if lease in self.leases and lease.is_over and lease is not self._lease:
            self.leases.discard(lease)
            self._record(lease)

    def _remove(self, task: Task) -> bool:
        """Take a task out of the queue it is in."""
        waiting = self._queue if task.lease is None else task.lease.pending
        if task not in waiting:
            return False
        waiting.remove(task)
        if task.lease is not None and not task.lease.pending and task.lease in self._queue:
            self._queue.remove(task.lease)
            self._forget_if_over(task.lease)
        return True

    def _record(self, lease: Lease) -> None:
        store = self._services.store()
        if store is not None:
            store.session(lease.details())

    def _offer(self, warm: WarmDevice) -> None:
        """A job is about to execute: whoever can prepare the next one meanwhile may begin."""
        with self._condition:
            self._preparer.offer(self._lease, warm)


def shut_down(device_id: str) -> JobError:
    """The error of work that comes too late."""
    return JobError(
        f"A job for '{device_id}' was not accepted: the runtime has shut down.",
        remedy="Submit jobs before the program ends.",
    )


def _cancelled(task: Task, when: str, why: str = "") -> JobError:
    because = f": {why}" if why else ""
    return JobError(
        f"Job {task.id} on '{task.backend.name}' was cancelled {when}{because}.",
        remedy="Submit it again if its result is needed; partial results are kept with the job.",
    )
