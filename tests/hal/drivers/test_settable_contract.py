# SPDX-License-Identifier: Apache-2.0
"""Settable drivers of odd dialects keep their contract, behind the gate, over a socket or a pseudo-terminal."""

from __future__ import annotations

from typing import ClassVar

from feedline_hal.drivers.holzworth_hs9000 import HolzworthHs9000
from feedline_hal.drivers.mini_circuits_rc_switch import MiniCircuitsRcSwitch
from feedline_hal.drivers.mini_circuits_rudat import MiniCircuitsRudat
from feedline_hal.drivers.windfreak_synthhd import WindfreakSynthhd
from feedline_hal.testing import SettableContract


class TestHolzworthHs9000(SettableContract):
    driver = HolzworthHs9000
    options: ClassVar = {"channels": 2}


class TestWindfreakSynthhd(SettableContract):
    driver = WindfreakSynthhd
    wire = "pty"


class TestMiniCircuitsRudat(SettableContract):
    driver = MiniCircuitsRudat
    safe_values: ClassVar = {"attenuation_db": 120.0}


class TestMiniCircuitsRcSwitch(SettableContract):
    driver = MiniCircuitsRcSwitch
    options: ClassVar = {"switches": 4}
    values: ClassVar = {f"{name}_position": (1.0, 0.0) for name in "abcd"}
    test_safe_state_is_safe_and_twice_is_once = None  # a switch puts nothing out and has no safe position
    test_safe_state_ends_when_nobody_answers = None  # its safe state asks for nothing
