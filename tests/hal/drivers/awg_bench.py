# SPDX-License-Identifier: Apache-2.0
"""A driver of an AWG5200, what it drives, and the wire between them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from feedline_hal.drivers.tektronix_awg5200 import TektronixAwg5200
from feedline_hal.emulator.cable import Burst
from feedline_hal.emulator.socket_server import SocketServer
from feedline_hal.emulator.tektronix_awg5200 import EmulatedAwg5200
from feedline_hal.instrument.sequence import SequenceProgram
from feedline_hal.safety import Gate
from feedline_hal.transport import open_transport

BURST = Burst(count=1000, period_s=250e-6)


@attrs.define
class AwgBench:
    """A driver, what it drives, and its server."""

    driver: TektronixAwg5200
    instrument: EmulatedAwg5200
    server: SocketServer

    def run(self, program: SequenceProgram, burst: Burst = BURST) -> None:
        """Play a program."""
        self.driver.load(self.driver.assemble(program))
        self.driver.arm()
        self.driver.start()
        self.instrument.triggered(burst)

    def sent(self, beginning: bytes = b"") -> list[bytes]:
        """What came since the last call, up to the block."""
        log = [message.partition(b",#")[0] for message in self.instrument.log]
        self.instrument.clear_log()
        return [message for message in log if message.startswith(beginning)]


def ranges_of(
    kind: type[Any], options: dict[str, Any], **others: tuple[float, float]
) -> dict[str, tuple[float, float]]:
    """Everything that the instrument can do is safe, but for others."""
    return {item.name: (item.low, item.high) for item in kind.quantities(options) if item.is_output} | others


def opened(instrument: EmulatedAwg5200, kind: type[TektronixAwg5200] = TektronixAwg5200) -> Iterator[AwgBench]:
    options = {"channels": instrument.channel_count}
    ranges = ranges_of(kind, options, ch1_voltage_v=(-0.25, 0.25))
    with SocketServer(instrument) as server, open_transport(server.address, name="awg1", timeout_s=0.5) as wire:
        yield AwgBench(kind(Gate(wire, kind.guard(ranges), ranges), options=options), instrument, server)
