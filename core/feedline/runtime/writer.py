# SPDX-License-Identifier: Apache-2.0
"""The one writer: a thread that lives while there is something to write."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

COALESCE_S = 0.02
LONGEST_S = 1.0
"""How long news wait at most for the next group."""
IDLE_S = 5.0

Item = tuple[str, str, Any]
"""News: whose (a job's id), of what kind, and its content."""


class Writer:
    """Hands queued news in groups to one thread, which ends when there is none for a while.

    Args:
        write: Takes a group; must not raise.
        rest: Called when the thread ends.
        idle_s: How long it waits for news before it ends.
    """

    def __init__(
        self, write: Callable[[list[Item]], None], rest: Callable[[], None], *, idle_s: float = IDLE_S
    ) -> None:
        self._write = write
        self._rest = rest
        self._idle_s = idle_s
        self._queue: deque[Item] = deque()
        self._news = threading.Event()
        self._lock = threading.Lock()
        self._draining = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_last = False

    def put(self, item: Item) -> None:
        """Queue news; takes about a microsecond."""
        self._queue.append(item)
        if self._is_last:
            self.flush(self._idle_s)
            return
        if self._thread is None:
            self._start()
        if not self._news.is_set():
            self._news.set()

    def flush(self, timeout_s: float) -> bool:
        """Write what is queued, on this thread; ``False`` if the writer was busy for that long."""
        if not self._draining.acquire(timeout=timeout_s):
            return False
        try:
            group = []
            while self._queue:
                group.append(self._queue.popleft())
            if group:
                self._write(group)
        finally:
            self._draining.release()
        return True

    def finish(self, timeout_s: float) -> None:
        """Write what is queued; from now on at once, for the process ends and its threads with it."""
        self._is_last = True
        self.flush(timeout_s)

    def _start(self) -> None:
        with self._lock:
            if self._thread is not None:
                return
            self._thread = threading.Thread(target=self._run, name="feedline-store", daemon=True)
            try:
                self._thread.start()
                return
            except RuntimeError:  # the interpreter is going down and starts no more threads
                self._thread = None
        self.flush(IDLE_S)

    def _run(self) -> None:
        rested_s = 0.0
        while self._news.wait(self._idle_s) or not self._end():
            time.sleep(max(COALESCE_S, rested_s - time.perf_counter()))
            self._news.clear()
            began_s = time.perf_counter()
            self.flush(threading.TIMEOUT_MAX)
            ended_s = time.perf_counter()
            rested_s = ended_s + min(LONGEST_S, 20 * (ended_s - began_s))  # at most a twentieth of a core

    def _end(self) -> bool:
        """Retire, unless something was queued meanwhile."""
        with self._lock:
            self._thread = None
            if self._queue:
                self._thread = threading.current_thread()
                return False
        self._rest()
        return True
