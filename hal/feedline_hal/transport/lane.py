# SPDX-License-Identifier: Apache-2.0
"""Bytes to and from one instrument, whatever carries them."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

LONGEST_LINE = 64 * 2**20
"""Bytes of a reply after which its end is no longer looked for."""
SILENCE_S = 0.05
"""Silence that ends a reply without terminator."""
_CHUNK = 65536


class LaneFault(Exception):
    """The bytes did not come or go.

    Args:
        what: What happened; the end of a sentence that starts with the instrument.
        received: What had come by then.
    """

    def __init__(self, what: str, received: bytes = b"") -> None:
        super().__init__(what)
        self.what = what
        self.received = received


class LaneTimeout(LaneFault):
    """Nothing came, or nothing was taken, in time."""


class Lane(ABC):
    """An open connection that moves bytes. Anything that goes wrong is a `LaneFault`; the lane is closed then."""

    joins: ClassVar[bool] = False
    """Whether several messages may be sent in one piece: what ends them is in the bytes."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._has_ended = False

    @abstractmethod
    def send(self, parts: Sequence[bytes | memoryview], timeout_s: float) -> None:
        """Send the parts as one message; ``timeout_s`` is how long no byte may be taken."""

    @abstractmethod
    def receive(self, limit: int, deadline_s: float) -> bytes | bytearray:
        """Bytes that are there, at least one, unless `_has_ended` is set; waits until ``deadline_s`` (monotonic)."""

    @abstractmethod
    def close(self) -> None:
        """Close; never raises."""

    def abandon(self) -> None:
        """Close after a fault, without waiting for an instrument that may be gone; never raises."""
        self.close()

    def receive_into(self, view: memoryview, deadline_s: float) -> int:
        """Receive bytes in place; how many."""
        chunk = self.receive(len(view), deadline_s)
        view[: len(chunk)] = chunk
        return len(chunk)

    def begin(self) -> bytes:
        """Start a new exchange.

        Returns:
            What came unasked since the last one; nothing, if all is well.
        """
        self._has_ended = False
        unasked = bytes(self._pending)
        self._pending.clear()
        return unasked

    def read_line(self, terminator: bytes, timeout_s: float) -> bytes:
        """One reply, without its terminator; the end of a message ends it too."""
        deadline_s = time.monotonic() + timeout_s
        searched = 0
        while True:
            at = self._pending.find(terminator, searched) if terminator else -1
            if at >= 0:
                return self._take(at, len(terminator))
            if self._has_ended:
                return self._take(len(self._pending), 0)
            if len(self._pending) > LONGEST_LINE:
                raise LaneFault(f"sent {len(self._pending)} bytes and no end of the reply", bytes(self._pending[:80]))
            searched = max(0, len(self._pending) - len(terminator) + 1)
            if not self._extend(deadline_s, ends_in_silence=not terminator):
                return self._take(len(self._pending), 0)

    def _extend(self, deadline_s: float, *, ends_in_silence: bool) -> bool:
        is_ending = ends_in_silence and bool(self._pending)
        try:
            until_s = min(deadline_s, time.monotonic() + SILENCE_S) if is_ending else deadline_s
            self._pending += self.receive(_CHUNK, until_s)
        except LaneFault as fault:
            if is_ending and isinstance(fault, LaneTimeout):
                return False
            fault.received = bytes(self._pending) + fault.received
            raise
        return True

    def read_exact(self, size: int, timeout_s: float) -> NDArray[np.uint8]:
        """Exactly so many bytes; ``timeout_s`` is how long none may come.

        Returns:
            Bytes of shape ``(size,)``.
        """
        data = np.empty(size, np.uint8)
        view = data.data
        filled = min(size, len(self._pending))
        view[:filled] = self._pending[:filled]
        del self._pending[:filled]
        while filled < size:
            if self._has_ended:
                raise LaneFault(f"ended its message after {filled} of {size} bytes", bytes(view[: min(filled, 80)]))
            try:
                filled += self._read_some(view[filled:], time.monotonic() + timeout_s)
            except LaneFault as fault:
                if filled:
                    fault.what = f"sent {filled} of {size} bytes and then {fault.what}"
                fault.received = bytes(view[: min(filled, 80)])
                raise
        return data

    def _read_some(self, view: memoryview, deadline_s: float) -> int:
        if len(view) >= _CHUNK:
            return self.receive_into(view, deadline_s)
        self._pending += self.receive(_CHUNK, deadline_s)
        count = min(len(view), len(self._pending))
        view[:count] = self._pending[:count]
        del self._pending[:count]
        return count

    def read_end(self, terminator: bytes, timeout_s: float) -> bytes:
        """What stands between the end of a block and the terminator; nothing, if all is well."""
        if self._has_ended and not self._pending:
            return b""
        return self.read_line(terminator, timeout_s)

    def _take(self, size: int, skipped: int) -> bytes:
        line = bytes(self._pending[:size])
        del self._pending[: size + skipped]
        return line
