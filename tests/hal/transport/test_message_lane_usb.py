# SPDX-License-Identifier: Apache-2.0
"""USB through pyvisa-py's own USBTMC code, down to the endpoints of a device that is not there."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from pyvisa import rname

from feedline_hal.transport.lane import LaneFault
from feedline_hal.transport.message_lane import MessageLane

pytest.importorskip("usb")
from pyvisa_py.protocols.usbtmc import USBTMC
from pyvisa_py.usb import USBInstrSession

PACKET = 512
REQUEST_IN = 2


class Endpoints:
    """Both bulk endpoints of a USBTMC device, which sends one message in transfers as they are asked for.

    Source: USB Test and Measurement Class Specification 1.0, section 3.3.

    Args:
        message: What it answers.
    """

    wMaxPacketSize = PACKET

    def __init__(self, message: bytes) -> None:
        self._left = memoryview(message)
        self._ready = b""

    def write(self, data: bytes) -> int:
        kind, tag = data[0], data[1]
        assert kind == REQUEST_IN
        assert self._left, "was asked for more than it had to say"
        (size,) = struct.unpack_from("<L", data, 4)
        sent, self._left = self._left[:size], self._left[size:]
        header = struct.pack("<BBBxLBxxx", kind, tag, ~tag & 0xFF, len(sent), int(not self._left))
        self._ready = header + sent.tobytes() + bytes(-len(sent) % 4)
        return len(data)

    def read(self, size: int, _timeout_ms: int) -> memoryview:
        sent, self._ready = self._ready[:size], self._ready[size:]
        return memoryview(sent)


class Device(USBTMC):
    """pyvisa-py's USBTMC without looking for a device on the bus."""

    def __init__(self, endpoints: Endpoints) -> None:
        self.usb_recv_ep = self.usb_send_ep = endpoints
        self.timeout = 1000
        self._btag = 0


class Resource:
    """As much of pyvisa's resource and library as a lane uses."""

    timeout = 0
    session = 0

    def __init__(self, endpoints: Endpoints) -> None:
        class Own(USBInstrSession):
            _intf_cls = staticmethod(lambda *_: Device(endpoints))

        address = rname.parse_resource_name("USB::0x0957::0x2807::MY57401329::INSTR")
        self._session = Own(None, "", address)
        self.visalib: Any = self

    @contextlib.contextmanager
    def ignore_warning(self, *_codes: Any) -> Iterator[None]:
        yield

    def read(self, _session: int, count: int) -> tuple[bytes, Any]:
        return self._session.read(count)


def lane_of(message: bytes) -> MessageLane:
    return MessageLane(Resource(Endpoints(message)), hides_end=True)


@pytest.mark.parametrize("size", [1, 65534, 65535, 65536, 2**19 - 1, 2**19, 2**19 + 65536, 3 * 2**19 + 65534])
def test_a_message_of_several_pieces_comes_whole(size: int) -> None:
    """pyvisa-py calls each piece of what it was asked for the end of the message."""
    data = np.random.default_rng(1).integers(0, 256, size, dtype=np.uint8)
    lane = lane_of(b"#6" + data.tobytes() + b"\n")
    assert lane.read_exact(2, 1.0).tobytes() == b"#6"
    np.testing.assert_array_equal(lane.read_exact(size, 1.0), data)
    assert lane.read_end(b"\n", 1.0) == b""


def test_a_message_that_ends_early_is_told() -> None:
    with pytest.raises(LaneFault, match="ended its message after 70000 of 80000 bytes"):
        lane_of(bytes(70_000)).read_exact(80_000, 1.0)
