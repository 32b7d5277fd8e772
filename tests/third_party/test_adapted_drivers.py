# SPDX-License-Identifier: Apache-2.0
"""The frameworks' own drivers, adapted, talk to our emulators over sockets."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest

from feedline_hal.adapters import Adapted, PymeasureSettable, QcodesSettable
from feedline_hal.emulator.rohde_schwarz_sgs100a import EmulatedSgs100a
from feedline_hal.emulator.socket_server import SocketServer
from feedline_hal.emulator.yokogawa_gs200 import EmulatedGs200
from feedline_hal.errors import HardwareFault, LimitError

pytestmark = pytest.mark.filterwarnings("default")  # the frameworks' own warnings are theirs


@pytest.fixture
def oscillator() -> Iterator[tuple[QcodesSettable, EmulatedSgs100a]]:
    drivers = pytest.importorskip("qcodes.instrument_drivers.rohde_schwarz")
    emulator = EmulatedSgs100a()
    with SocketServer(emulator) as server:
        settable = QcodesSettable(
            drivers.RohdeSchwarzSGS100A("lo1", server.address, visalib="@py"),
            {"frequency_hz": "frequency", "power_dbm": "power", "is_on": "status"},
            limits={"frequency_hz": (1e6, 12.75e9), "power_dbm": (-120, 10)},
        )
        yield settable, emulator
        settable.close()


@pytest.fixture
def bias() -> Iterator[tuple[PymeasureSettable, EmulatedGs200]]:
    drivers = pytest.importorskip("pymeasure.instruments.yokogawa")
    emulator = EmulatedGs200()
    with SocketServer(emulator) as server:
        terminators = {"read_termination": "\n", "write_termination": "\n"}
        settable = PymeasureSettable(
            drivers.YokogawaGS200(server.address, visa_library="@py", **terminators),
            {"is_on": "source_enabled", "level_v": Adapted(parameter="source_level", safe=0.0, step=5e-3)},
            limits={"level_v": (-0.5, 0.5)},
            name="flux1",
        )
        yield settable, emulator
        settable.close()


def test_qcodes_source_is_a_local_oscillator(oscillator: tuple[QcodesSettable, EmulatedSgs100a]) -> None:
    settable, emulator = oscillator
    assert settable.identify().model == "SGS100A"
    settable.apply(frequency_hz=5.25e9, power_dbm=7, is_on=1)
    assert (emulator.frequency_hz, emulator.power_dbm, emulator.is_on) == (5.25e9, 7, True)
    assert settable.read("is_on") == 1
    before = len(emulator.log)
    with pytest.raises(LimitError, match="lo1: power_dbm is 12"):
        settable.apply(frequency_hz=6e9, power_dbm=12)
    assert len(emulator.log) == before
    settable.safe_state()
    settable.safe_state()
    assert not emulator.is_on


def test_pymeasure_source_is_a_flux_bias(bias: tuple[PymeasureSettable, EmulatedGs200]) -> None:
    settable, emulator = bias
    assert settable.identify().model == "GS210"
    settable.apply(is_on=1, level_v=0.012)
    assert (emulator.level_v, emulator.is_on) == (pytest.approx(0.012), True)
    settable.safe_state()
    assert (emulator.level_v, emulator.is_on) == (0.0, False)
    told = [line.split()[1] for line in emulator.log if line.startswith(b"SOURce:LEVel ")]
    levels = [0.0, *map(float, told)]
    assert max(abs(after - before) for before, after in pairwise(levels)) <= 5e-3


def test_what_the_framework_refuses_is_a_fault(bias: tuple[PymeasureSettable, EmulatedGs200]) -> None:
    settable, emulator = bias
    emulator.range_v = 0.01
    with pytest.raises(HardwareFault, match="flux1: YokogawaGS200 raised ValueError: Level must be within"):
        settable.apply(level_v=0.1)
