# SPDX-License-Identifier: Apache-2.0
"""Message in, reply out, faults in between: the same on every transport."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import ClassVar, Protocol

from feedline_hal.emulator.clock import Clock
from feedline_hal.emulator.fault import FaultKind, FaultScript


class Emulated(Protocol):
    """What servers serve; `EmulatedInstrument`, or a dialect that is not SCPI at all."""

    clock: Clock
    interrupt: threading.Event
    reply_terminator: ClassVar[bytes]
    greeting: ClassVar[bytes]

    def process(self, message: bytes) -> bytes | None:
        """Carry out one message; its reply without terminator."""

    def bus_trigger(self) -> None:
        """Take the transport's trigger."""

    def device_clear(self) -> None:
        """End whatever waits."""

    def status_byte(self, *, has_reply: bool = False) -> int:
        """The status byte."""


class Wire(Protocol):
    """How one connection takes replies."""

    def send(self, reply: bytes) -> None:
        """Send a whole reply, with what ends it."""

    def send_part(self, part: bytes) -> None:
        """Send the beginning of a reply, and no end."""

    def late(self, reply: bytes) -> Callable[[], None]:
        """What sends a reply later, still as the answer to the message of now."""


class HangUp(Exception):
    """The connection ends now.

    Args:
        is_reset: Whether rudely: a reset instead of an orderly end.
    """

    def __init__(self, *, is_reset: bool) -> None:
        super().__init__("reset" if is_reset else "end")
        self.is_reset = is_reset


class Exchange:
    """One connection's messages, with the faults of a script.

    Args:
        instrument: Who answers.
        wire: Where replies go.
        faults: What goes wrong.
    """

    def __init__(self, instrument: Emulated, wire: Wire, faults: FaultScript) -> None:
        self._instrument = instrument
        self._wire = wire
        self._faults = faults
        self._late: list[Callable[[], None]] = []

    def run(self, message: bytes) -> None:
        """Carry out a message and send its reply.

        Raises:
            HangUp: If the script says so.
        """
        fault = self._faults.next_fault()
        kind = None if fault is None else fault.kind
        if kind is FaultKind.DROP:
            raise HangUp(is_reset=False)
        late, self._late = self._late, []
        reply = self._instrument.process(message)
        for send in late:
            send()
        if fault is not None and kind is FaultKind.DELAY:
            self._instrument.clock.wait(fault.delay_s, self._instrument.interrupt)
        if fault is not None and kind is FaultKind.GARBAGE:
            self._wire.send(fault.garbage)
        elif kind is FaultKind.LATE:
            self._late = [] if reply is None else [self._wire.late(reply)]
        elif reply is not None and kind in (FaultKind.SHORT, FaultKind.RESET):
            self._wire.send_part(reply[: (len(reply) + 1) // 2])
        elif reply is not None:
            self._wire.send(reply)
            if kind is FaultKind.DUPLICATE:
                self._wire.send(reply)
        if kind is FaultKind.RESET:
            raise HangUp(is_reset=True)

    def clear(self) -> None:
        """Forget held replies; a device clear."""
        self._late = []
