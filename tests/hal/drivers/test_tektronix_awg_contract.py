# SPDX-License-Identifier: Apache-2.0
"""The AWGs fulfil the contract of a sequencer."""

from __future__ import annotations

from typing import ClassVar

from feedline_hal.drivers.tektronix_awg5200 import TektronixAwg5200
from feedline_hal.drivers.tektronix_awg70000 import TektronixAwg70000
from feedline_hal.testing import SequencerContract


class TestTektronixAwg5200(SequencerContract):
    driver = TektronixAwg5200


class TestTektronixAwg5202ByHislip(SequencerContract):
    driver = TektronixAwg5200
    options: ClassVar = {"channels": 2}
    wire = "hislip"


class TestTektronixAwg70002(SequencerContract):
    driver = TektronixAwg70000


class TestTektronixAwg70001(SequencerContract):
    driver = TektronixAwg70000
    options: ClassVar = {"channels": 1}
