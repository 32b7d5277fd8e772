# SPDX-License-Identifier: Apache-2.0
"""One VXI-11 link: messages wait for a worker, replies wait to be read."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections import deque
from collections.abc import Callable
from functools import partial

from feedline_hal.emulator.exchange import Emulated, Exchange, HangUp
from feedline_hal.emulator.fault import FaultScript
from feedline_hal.emulator.message import MessageReader

BY_COUNT, BY_CHARACTER, BY_END = 1, 2, 4
"""Why a read ended (VXI-11, B.6.13): as much as asked for, the termination character, the end of a reply."""


class Link:
    """A client's link to the instrument. A reply that nobody read stays, in front of the next one's.

    Args:
        instrument: Who answers.
        connection: Where the link lives; woken when the link ends by itself.
        faults: What goes wrong.
    """

    def __init__(self, instrument: Emulated, connection: socket.socket, faults: FaultScript) -> None:
        self.instrument = instrument
        self._connection = connection
        self._exchange = Exchange(instrument, self, faults)
        self._reader = MessageReader(ends_by_signal=True)
        self._changed = threading.Condition()
        self._messages: deque[bytes] = deque()
        self._replies: deque[tuple[memoryview, bool]] = deque()
        self._clearings = 0
        self._is_closed = False
        self.hang_up: HangUp | None = None

    def write(self, data: memoryview, *, is_end: bool) -> None:
        """Take a piece of a message."""
        messages = self._reader.feed(data)
        if is_end:
            messages += self._reader.finish()
        with self._changed:
            self._messages.extend(messages)
            self._changed.notify_all()

    def read(self, count: int, timeout_s: float, stop: int | None) -> tuple[int, bytes] | None:
        """Read from the replies, at most ``count`` bytes or to the byte ``stop``; ``None`` after the timeout.

        Raises:
            HangUp: If the link ended by itself.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._replies or self._is_closed, timeout_s)
            if self.hang_up is not None:
                raise self.hang_up
            if not self._replies:
                return None
            reply, has_end = self._replies.popleft()
            taken = bytes(reply[:count])
            found = -1 if stop is None else taken.find(stop)
            taken = taken[: found + 1] if found >= 0 else taken
            if len(taken) < len(reply):
                self._replies.appendleft((reply[len(taken) :], has_end))
        is_end = has_end and len(taken) == len(reply)
        return BY_COUNT * (len(taken) == count) | BY_CHARACTER * (found >= 0) | BY_END * is_end, taken

    @property
    def has_reply(self) -> bool:
        """Whether something can be read."""
        return bool(self._replies)

    def clear(self) -> None:
        """Forget messages and replies; a device clear."""
        with self._changed:
            self._clearings += 1
            self._reader.clear()
            self._exchange.clear()
            self._messages.clear()
            self._replies.clear()
        self.instrument.device_clear()

    def close(self) -> None:
        """End the worker."""
        with self._changed:
            self._is_closed = True
            self._messages.clear()
            self._changed.notify_all()

    def work(self) -> None:
        """Carry out messages until closed; the worker's thread."""
        while True:
            with self._changed:
                while not self._messages and not self._is_closed:
                    self._changed.wait()
                if self._is_closed:
                    return
                message = self._messages.popleft()
                self._clearings = 0
            try:
                self._exchange.run(message)
            except HangUp as end:
                self.hang_up = end
                self.close()
                with contextlib.suppress(OSError):  # the thread that receives may be quicker
                    self._connection.shutdown(socket.SHUT_RD)  # wakes it; nothing goes out
                return

    def send(self, reply: bytes) -> None:
        """Put a reply where it is read."""
        self._put(reply + b"\n", has_end=True)

    def send_part(self, part: bytes) -> None:
        """Put the beginning of a reply where it is read."""
        self._put(part, has_end=False)

    def late(self, reply: bytes) -> Callable[[], None]:
        """What puts a reply there later."""
        return partial(self.send, reply)

    def _put(self, data: bytes, *, has_end: bool) -> None:
        with self._changed:
            if not self._clearings:  # a reply to what was cleared meanwhile is nobody's
                self._replies.append((memoryview(data), has_end))
                self._changed.notify_all()
