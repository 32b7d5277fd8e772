# SPDX-License-Identifier: Apache-2.0
"""Time as an emulator sees it: the wall's, or a test's."""

from __future__ import annotations

import threading
import time
from typing import Protocol


class Clock(Protocol):
    """Where an emulator's busy times and delays come from."""

    def now_s(self) -> float:
        """Seconds since some fixed moment; never goes back."""

    def wait(self, duration_s: float, interrupt: threading.Event) -> bool:
        """Let time pass, at most until interrupted; whether it was."""


class WallClock:
    """Time that really passes."""

    def now_s(self) -> float:
        """Seconds of the monotonic clock."""
        return time.monotonic()

    def wait(self, duration_s: float, interrupt: threading.Event) -> bool:
        """Sleep until the time is up or the event is set."""
        return interrupt.wait(duration_s)


class SteppedClock:
    """Time that stands still until somebody waits or steps it; nothing ever sleeps."""

    def __init__(self, start_s: float = 0.0) -> None:
        self._now_s = start_s
        self._lock = threading.Lock()

    def now_s(self) -> float:
        """Seconds waited and stepped so far."""
        return self._now_s

    def step(self, duration_s: float) -> None:
        """Let time pass."""
        with self._lock:
            self._now_s += duration_s

    def wait(self, duration_s: float, interrupt: threading.Event) -> bool:
        """Step at once, unless interrupted already."""
        if interrupt.is_set():
            return True
        self.step(duration_s)
        return False
