# SPDX-License-Identifier: Apache-2.0
"""Faults on demand: which message goes wrong, and how."""

from __future__ import annotations

import enum
import threading
from collections.abc import Mapping

import attrs


class FaultKind(enum.Enum):
    """What goes wrong with one message."""

    DROP = "drop"
    """The connection ends before the message is carried out."""
    DELAY = "delay"
    """The reply comes after ``delay_s``."""
    SHORT = "short"
    """Half of the reply comes, then nothing."""
    DUPLICATE = "duplicate"
    """The reply comes twice."""
    GARBAGE = "garbage"
    """``garbage`` comes instead of the reply."""
    LATE = "late"
    """The reply is held back until the next message on the same connection, and comes before that one's."""
    RESET = "reset"
    """The message is carried out; half of the reply comes, then the connection is reset."""


@attrs.frozen(kw_only=True)
class Fault:
    """One fault.

    Args:
        kind: What goes wrong.
        delay_s: For `FaultKind.DELAY`: how long, by the instrument's clock.
        garbage: For `FaultKind.GARBAGE`: what comes instead.
    """

    kind: FaultKind
    delay_s: float = 0.0
    garbage: bytes = b"\xff\x00?garbage"


class FaultScript:
    """Which message gets which fault; messages count from 1, over all connections of the servers that share it.

    Args:
        faults: Fault by number of the message.
    """

    def __init__(self, faults: Mapping[int, Fault] | None = None) -> None:
        self._faults = dict(faults or {})
        self._lock = threading.Lock()
        self._count = 0

    @property
    def count(self) -> int:
        """How many messages have come."""
        return self._count

    def restart(self, faults: Mapping[int, Fault] | None = None) -> None:
        """Count from 1 again, with these faults."""
        with self._lock:
            self._faults = dict(faults or {})
            self._count = 0

    def next_fault(self) -> Fault | None:
        """Count one message; its fault if it has one."""
        with self._lock:
            self._count += 1
            return self._faults.get(self._count)
