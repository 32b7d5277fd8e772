# SPDX-License-Identifier: Apache-2.0
"""Instruments on serial lines, USB ones included."""

from __future__ import annotations

import time
from collections.abc import Sequence

import serial

from feedline_hal.errors import HardwareFault

from .conversation import Conversation
from .lane import SILENCE_S, Lane, LaneFault, LaneTimeout
from .manner import Manner

_SLICE_S = 0.05
_CHUNK = 4096


class SerialLane(Lane):
    """The bytes of one serial line.

    Args:
        port: Open port; closed with the lane.
    """

    def __init__(self, port: serial.Serial) -> None:
        super().__init__()
        self._port = port

    def begin(self) -> bytes:
        """Also looks at what waits in the port."""
        unasked = super().begin()
        try:
            waiting = self._port.in_waiting
            return unasked + bytes(self._port.read(waiting)) if waiting else unasked
        except (serial.SerialException, OSError) as error:
            raise _broken(error) from error

    def send(self, parts: Sequence[bytes | memoryview], timeout_s: float) -> None:
        """In chunks, each within ``timeout_s``."""
        message = memoryview(b"".join(parts))
        try:
            if self._port.write_timeout != timeout_s:
                self._port.write_timeout = timeout_s
            for start in range(0, len(message), _CHUNK):
                self._port.write(message[start : start + _CHUNK])
        except serial.SerialTimeoutException as error:
            raise LaneTimeout("took no more bytes") from error
        except (serial.SerialException, OSError) as error:
            raise _broken(error) from error

    def receive(self, limit: int, deadline_s: float) -> bytes:
        """What the port holds, or the next byte."""
        try:
            while True:
                received = bytes(self._port.read(min(limit, self._port.in_waiting or 1)))
                if received:
                    return received
                if time.monotonic() >= deadline_s:
                    raise LaneTimeout("nothing came")
        except (serial.SerialException, OSError) as error:
            raise _broken(error) from error

    def close(self) -> None:
        """Close the port; one that is gone already counts as closed."""
        try:
            self._port.close()
        except (serial.SerialException, OSError):
            return


class SerialTransport(Conversation):
    """A connection over a serial line, real or USB.

    Args:
        device: ``/dev/ttyUSB0``, ``COM3``.
        name: The instrument's name in the rack.
        timeout_s: How long to wait, in seconds.
        manner: How it speaks: terminators, echo, answers, baud.
    """

    def __init__(self, device: str, *, name: str, timeout_s: float = 5.0, manner: Manner | None = None) -> None:
        super().__init__(f"{name} (ASRL{device}::INSTR)", timeout_s=timeout_s, manner=manner or Manner())
        self._device = device
        self._has_been_open = False

    def _open_lane(self) -> Lane:
        try:
            port = serial.Serial(
                self._device, self._manner.baud, timeout=_SLICE_S, write_timeout=self._timeout_s, exclusive=True
            )
        except (serial.SerialException, OSError, ValueError) as error:
            raise self._unusable(str(error)) from error
        lane = SerialLane(port)
        if self._has_been_open:  # unlike a network's, the line is the old one: what is still to come comes here
            self._fall_silent(lane)
        self._has_been_open = True
        return lane

    def _fall_silent(self, lane: SerialLane) -> None:
        """Let an instrument say what it has begun to say, until it is silent; it is not listened to."""
        give_up_s = time.monotonic() + self._timeout_s
        try:
            while time.monotonic() < give_up_s:
                lane.receive(_CHUNK, time.monotonic() + SILENCE_S)
        except LaneTimeout:
            return
        except LaneFault as fault:
            lane.close()
            raise self._unusable(f"it {fault.what}") from fault
        lane.close()
        raise self._unusable(f"it did not stop talking for {self._timeout_s:g} s")

    def _unusable(self, why: str) -> HardwareFault:
        return HardwareFault(
            f"{self._name} cannot be opened ({why}).",
            remedy="Check that it is plugged in, that its device file exists and that no other program holds it.",
            instrument=self._name,
        )


def _broken(error: Exception) -> LaneFault:
    return LaneFault(f"broke the line ({error})")
