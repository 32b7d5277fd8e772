# SPDX-License-Identifier: Apache-2.0
"""Batches: the next jobs are prepared while the current one executes."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .lease import Lease
    from .task import Task
    from .warm import WarmDevice


class Preparer:
    """Compiles the waiting jobs of a batch, on a thread that lives while there is something to compile.

    Args:
        condition: The lane's; guards the lease.
    """

    def __init__(self, condition: threading.Condition) -> None:
        self._condition = condition
        self._is_busy = False
        self._current: Task | None = None

    def offer(self, lease: Lease | None, warm: WarmDevice | None) -> None:
        """Begin if there is a batch with something to prepare for this device; the condition is held."""
        if lease is None or warm is None or lease.kind != "batch" or self._is_busy:
            return
        if self._find(lease, warm, frozenset()) is None:
            return
        self._is_busy = True
        thread = threading.Thread(target=self._serve, args=(lease, warm), name="feedline-prepare", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the interpreter is ending; the lane prepares by itself
            self._is_busy = False

    def finish(self, task: Task) -> None:
        """Wait until a task that is being prepared is prepared; the condition is held."""
        while self._current is task:
            self._condition.wait()

    def _serve(self, lease: Lease, warm: WarmDevice) -> None:
        failed: set[Task] = set()
        while True:
            with self._condition:
                task = self._current = self._find(lease, warm, failed)
                self._condition.notify_all()
                if task is None:
                    self._is_busy = False
                    return
                work = task.work
            try:
                if work is not None:
                    task.prepared = warm.prepare(work.plan.executions)
            except BaseException:  # noqa: BLE001 - the lane comes to the same error, and reports it with the job
                failed.add(task)

    def _find(self, lease: Lease, warm: WarmDevice, failed: set[Task] | frozenset[Task]) -> Task | None:
        for task in lease.pending:
            if task.prepared is None and task.backend is warm.backend and task not in failed:
                return task
        return None
