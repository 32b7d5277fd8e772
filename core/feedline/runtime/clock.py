# SPDX-License-Identifier: Apache-2.0
"""Clocks: the real one, and one that tests advance by hand."""

from __future__ import annotations

import math
import re
import threading
import time
from collections import Counter
from typing import Protocol

from feedline.errors import InputError


class Clock(Protocol):
    """Where the runtime gets its time from, so that leases can be tested in simulated time."""

    def now_s(self) -> float:
        """Seconds that never run backwards; only differences mean something."""

    def wall_s(self) -> float:
        """Seconds since the epoch, for records."""

    def wait(self, condition: threading.Condition, until_s: float | None) -> bool:
        """Wait for a notification, the condition held, at most until `now_s` reaches `until_s`.

        Returns:
            Whether there is time left. It may also wake for no reason: check what was awaited.
        """


class RealClock:
    """The computer's clock."""

    now_s = staticmethod(time.monotonic)
    wall_s = staticmethod(time.time)

    def wait(self, condition: threading.Condition, until_s: float | None) -> bool:
        """Wait on the condition; interruptible by Ctrl-C in the main thread."""
        if until_s is None:
            return condition.wait()
        return condition.wait(min(max(0.0, until_s - time.monotonic()), threading.TIMEOUT_MAX))


class FakeClock:
    """A clock that stands still until `advance`; waits end when their time is reached or on notification.

    Args:
        start_s: Wall time at the beginning, in seconds since the epoch.
    """

    def __init__(self, start_s: float = 1.7e9) -> None:
        self._start_s = start_s
        self._now_s = 0.0
        self._lock = threading.Lock()
        self._waiting: Counter[tuple[threading.Condition, float]] = Counter()

    def now_s(self) -> float:
        """Simulated seconds since the beginning."""
        return self._now_s

    def wall_s(self) -> float:
        """Simulated seconds since the epoch."""
        return self._start_s + self._now_s

    def advance(self, seconds_s: float) -> None:
        """Let time pass; whoever waited for that is woken."""
        with self._lock:
            self._now_s += seconds_s
            due = {condition for condition, until_s in self._waiting if until_s <= self._now_s}
        for condition in due:
            with condition:
                condition.notify_all()

    def wait(self, condition: threading.Condition, until_s: float | None) -> bool:
        """Wait on the condition until notified, or until simulated time has reached `until_s`."""
        if until_s is None:
            return condition.wait()
        entry = (condition, until_s)
        with self._lock:
            if until_s <= self._now_s:
                return False
            self._waiting[entry] += 1
        try:
            condition.wait()
        finally:
            with self._lock:
                self._waiting[entry] -= 1
                if not self._waiting[entry]:
                    del self._waiting[entry]
        return until_s > self._now_s


_UNITS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0}
_PART = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([dhms])", re.IGNORECASE)


def seconds(value: float | str, what: str) -> float:
    """Read a duration: seconds as a number, or a text such as ``2h 30m``, ``1h``, ``90s``.

    Args:
        value: The duration.
        what: What errors call it (``max_time``).

    Raises:
        InputError: If it is no positive, finite duration.
    """
    total_s = _text_s(value) if isinstance(value, str) else value
    if isinstance(total_s, bool) or not isinstance(total_s, int | float):
        total_s = None
    if total_s is None or not math.isfinite(total_s) or total_s <= 0:
        raise InputError(
            f"{what} is {value!r}, which is no duration.",
            remedy="Give seconds as a positive number, or a text such as '2h 30m', '1h' or '90s'.",
        )
    return float(total_s)


def _text_s(text: str) -> float | None:
    position, total_s, units = 0, 0.0, ""
    while position < len(text.rstrip()):
        part = _PART.match(text, position)
        if part is None or part[2].lower() in units:
            return None
        units += part[2].lower()
        total_s += float(part[1]) * _UNITS[part[2].lower()]
        position = part.end()
    return total_s
