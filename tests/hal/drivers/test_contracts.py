# SPDX-License-Identifier: Apache-2.0
"""Every bundled driver fulfils the contract of its role, through the gate, over a real wire."""

from __future__ import annotations

from typing import ClassVar

from feedline_hal.drivers.keysight_33600a import Keysight33600a
from feedline_hal.drivers.quantum_composers_9520 import QuantumComposers9520
from feedline_hal.drivers.rohde_schwarz_sgs100a import RohdeSchwarzSgs100a
from feedline_hal.drivers.tektronix_awg5200 import TektronixAwg5200
from feedline_hal.drivers.tektronix_awg70000 import TektronixAwg70000
from feedline_hal.drivers.tektronix_mso import TektronixMso
from feedline_hal.drivers.yokogawa_gs200 import YokogawaGs200
from feedline_hal.emulator.fault import FaultKind
from feedline_hal.testing import CoordinatorContract, DigitizerContract, SequencerContract, SettableContract
from feedline_hal.testing.instrument_contract import Bench


class TestRohdeSchwarzSgs100a(SettableContract):
    driver = RohdeSchwarzSgs100a


class TestRohdeSchwarzSgs100aByHislip(SettableContract):
    driver = RohdeSchwarzSgs100a
    wire = "hislip"


class TestYokogawaGs200(SettableContract):
    driver = YokogawaGs200
    values: ClassVar = {"range_v": (1.0, 10.0)}
    fault_kinds = (FaultKind.DROP,)  # each fault is a ramp up and down


class TestQuantumComposers9520(CoordinatorContract):
    driver = QuantumComposers9520
    wire = "pty"


class TestTektronixMso(DigitizerContract):
    driver = TektronixMso

    def is_quiet(self, bench: Bench) -> bool:
        bench.driver.identify()  # what was sent before has arrived by then
        return bool(bench.emulator.process(b"ACQUIRE:STATE?").endswith(b"0"))


class TestTektronixMsoByHislip(TestTektronixMso):
    wire = "hislip"
    options: ClassVar = {"channels": 8}


class TestKeysight33600a(SequencerContract):
    driver = Keysight33600a


class TestKeysight33600aByHislip(SequencerContract):
    driver = Keysight33600a
    wire = "hislip"


class TestTektronixAwg5200(SequencerContract):
    driver = TektronixAwg5200


class TestTektronixAwg70000(SequencerContract):
    driver = TektronixAwg70000
