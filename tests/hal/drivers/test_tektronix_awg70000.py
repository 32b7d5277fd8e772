# SPDX-License-Identifier: Apache-2.0
"""The AWG70000: one channel or two, no offset."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from tests.hal.drivers.awg_bench import BURST, ranges_of
from tests.hal.drivers.sequence_programs import noise, volts

from feedline_hal.drivers.tektronix_awg70000 import TektronixAwg70000
from feedline_hal.emulator.socket_server import SocketServer
from feedline_hal.emulator.tektronix_awg70000 import EmulatedAwg70000
from feedline_hal.errors import LimitError
from feedline_hal.safety import Gate
from feedline_hal.transport import open_transport


def test_one_channel_has_twice_the_rate_of_two_and_no_offset(rng: np.random.Generator) -> None:
    for channels, rate_hz in ((1, 50e9), (2, 25e9)):
        instrument = EmulatedAwg70000(channels=channels)
        options = {"channels": channels}
        ranges = ranges_of(TektronixAwg70000, options)
        program = attrs.evolve(
            noise(rng, channels=tuple(range(1, channels + 1)), samples=4800),
            rate_hz=rate_hz,
            offset_v=np.zeros(channels),
        )
        with SocketServer(instrument) as server, open_transport(server.address, name="awg2") as wire:
            driver = TektronixAwg70000(Gate(wire, TektronixAwg70000.guard(ranges), ranges), options=options)
            assert driver.identify().model == f"AWG7000{channels}B"
            driver.load(driver.assemble(program))
            driver.arm()
            driver.start()
            instrument.triggered(BURST)
            np.testing.assert_array_equal(instrument.played(channels, range(1))[0], volts(program, 0, channels - 1))
            with pytest.raises(LimitError, match=r"ch1_offset_v is 0.01"):
                driver.assemble(attrs.evolve(program, offset_v=np.full(channels, 0.01)))
            with pytest.raises(LimitError, match=f"to {rate_hz:.12g}"):
                driver.assemble(attrs.evolve(program, rate_hz=rate_hz * 1.01))
