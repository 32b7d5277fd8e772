# SPDX-License-Identifier: Apache-2.0
"""Drivers fulfil the contract of their role, through the gate, over a real wire; the others' are beside this file."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from feedline.registry import DriverEntry
from feedline_hal import plugin
from feedline_hal.drivers.quantum_composers_9520 import QuantumComposers9520
from feedline_hal.drivers.rohde_schwarz_sgs100a import RohdeSchwarzSgs100a
from feedline_hal.drivers.tektronix_mso import TektronixMso
from feedline_hal.drivers.yokogawa_gs200 import YokogawaGs200
from feedline_hal.emulator.fault import FaultKind
from feedline_hal.testing import CoordinatorContract, DigitizerContract, SettableContract
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


def test_every_bundled_driver_is_held_to_a_contract() -> None:
    entries: list[DriverEntry] = []
    plugin.feedline_register_drivers(entries.append)
    texts = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    missing = [entry.name for entry in entries if f"    driver = {entry.make().__name__}\n" not in texts]
    assert missing == []
