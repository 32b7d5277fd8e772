# SPDX-License-Identifier: Apache-2.0
"""The runtime: takes work, finds the lane of its device, hands out a job."""

from __future__ import annotations

import functools
import os
import threading
import weakref
from typing import TYPE_CHECKING

from feedline.errors import FeedlineError, NotFoundError, SessionError

from .clock import Clock, RealClock
from .event import JobStatus
from .job import Job
from .lane import Lane, shut_down
from .task import Journal, Listeners, Services, Task

if TYPE_CHECKING:
    from collections.abc import Callable

    from feedline.processor import Backend
    from feedline.work import Work

    from .lease import Lease
    from .mode import Mode

KEEP_WARM_S = 60.0
"""How long a device stays open without a job."""


def submit(work: Work, mode: Mode) -> Job:
    """Queue a piece of work; what primitives call.

    Raises:
        SessionError: If the mode's session is closed.
    """
    return runtime().submit(work) if mode.session is None else mode.session.submit(work)


@functools.cache
def runtime() -> Runtime:
    """The runtime of this process; made on first use."""
    os.register_at_fork(after_in_child=runtime.cache_clear)  # threads do not survive a fork
    return Runtime(store=_default_store, listeners=_plugin_host)


class Runtime:
    """Lanes, one per device, and what they share.

    Args:
        clock: Where time comes from.
        store: Where jobs are recorded, or a function that tells; ``None`` records nothing.
        listeners: Gives whom to tell of job events, or ``None``.
        keep_warm_s: How long a device stays open without a job.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        store: Journal | Callable[[], Journal] | None = None,
        listeners: Callable[[], Listeners] | None = None,
        keep_warm_s: float = KEEP_WARM_S,
    ) -> None:
        find_store = store if callable(store) else lambda: store
        self.services = Services(RealClock() if clock is None else clock, find_store, listeners)
        self._jobs: weakref.WeakValueDictionary[str, Job] = weakref.WeakValueDictionary()
        self._keep_warm_s = keep_warm_s
        self._lanes: dict[str, Lane] = {}
        self._lock = threading.Lock()
        self._is_shut_down = False

    def submit(self, work: Work) -> Job:
        """Queue work that belongs to no session.

        Raises:
            JobError: If the runtime has shut down.
        """
        task = Task(work, self.services)
        task.enter()
        try:
            with self._lock:
                lane = self._lane(work.backend)
                lane.put(task)
        except FeedlineError as error:
            task.finish(JobStatus.CANCELLED, error=error)
            raise
        return self._job(work, task, lane)

    def submit_leased(self, work: Work, lane: Lane, lease: Lease) -> Job:
        """Queue work of a session.

        Raises:
            SessionError: If it is closed, or the work is for another device.
        """
        if work.backend.device_id != lane.device_id:
            raise SessionError(
                f"The {lease.name} {lease.id} is on '{lease.backend.name}', the job is for '{work.backend.name}'.",
                remedy="Leave mode= to the session, or open one on the other backend.",
            )
        with lane.guard():
            lease.check_accepting()
        task = Task(work, self.services, lease)
        task.enter()
        try:
            lane.put(task)
        except FeedlineError as error:
            task.finish(JobStatus.CANCELLED, error=error)
            raise
        return self._job(work, task, lane)

    def add_lease(self, lease: Lease) -> Lane:
        """Tie a lease to its device's lane."""
        with self._lock:
            lane = self._lane(lease.backend)
            lane.leases.add(lease)
            return lane

    def find_lease(self, session_id: str) -> tuple[Lane, Lease]:
        """An open session's lease.

        Raises:
            NotFoundError: If there is none of that id.
        """
        for lane, lease in self._leases():
            if lease.id == session_id:
                return lane, lease
        raise NotFoundError(
            f"There is no open session '{session_id}' in this process.",
            remedy="A session ends when closed or with its process; RuntimeService().jobs() has its jobs.",
        )

    def newest_lease(self, kind: str, backend: Backend) -> tuple[Lane, Lease]:
        """The newest open session of a kind on a backend's device.

        Raises:
            SessionError: If there is none.
        """
        found = [
            (lane, lease)
            for lane, lease in self._leases()
            if lease.kind == kind and lane.device_id == backend.device_id
        ]
        if not found:
            raise SessionError(
                f"No {'batch' if kind == 'batch' else 'session'} is open on '{backend.name}' to be joined.",
                remedy="Leave out create_new=False to open one.",
            )
        return max(found, key=lambda pair: pair[1].created_s)

    def live(self, job_id: str) -> Job | None:
        """The job of that id, if somebody in this process still holds it."""
        return self._jobs.get(job_id)

    def shutdown(self, *, cancel: bool = False, timeout: float | None = None) -> bool:
        """Accept nothing more; finish the jobs, or cancel them; close all devices.

        Returns:
            Whether all has ended within `timeout` seconds.
        """
        with self._lock:
            self._is_shut_down = True
            lanes = list(self._lanes.values())
        for lane in lanes:
            lane.stop(drop=cancel)
        return all([lane.wait_idle(timeout) for lane in lanes])

    def _lane(self, backend: Backend) -> Lane:
        lane = self._lanes.get(backend.device_id)
        if lane is None and self._is_shut_down:
            raise shut_down(backend.device_id)
        if lane is None:
            lane = Lane(backend.device_id, self.services, keep_warm_s=self._keep_warm_s, retire=self._retire)
            self._lanes[lane.device_id] = lane
        return lane

    def _retire(self, lane: Lane) -> bool:
        """End a lane's thread; forget the lane unless a session is tied to it."""
        with self._lock:
            if not lane.try_end():
                return False
            if not lane.leases and self._lanes.get(lane.device_id) is lane:
                del self._lanes[lane.device_id]
            return True

    def _leases(self) -> list[tuple[Lane, Lease]]:
        with self._lock:
            lanes = list(self._lanes.values())
        found = []
        for lane in lanes:
            with lane.guard():
                found += [(lane, lease) for lease in lane.leases if not lease.is_over]
        return found

    def _job(self, work: Work, task: Task, lane: Lane) -> Job:
        job = Job(work, task, lane)
        self._jobs[task.id] = job
        return job


def _default_store() -> Journal:
    return _store_at(os.environ.get("FEEDLINE_HOME"))


@functools.lru_cache(maxsize=4)
def _store_at(home: str | None) -> Journal:
    """The store that `FEEDLINE_HOME` names now; looked up once."""
    del home
    from .store import default_store

    return default_store()


def _plugin_host() -> Listeners:
    from feedline.front_door import host

    return host()
