# SPDX-License-Identifier: Apache-2.0
"""Faults in the lab of `rack_lab`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
from fault_lab import ActingScript, FaultBench, bell, quick
from rack_lab import RACK

from feedline_hal.emulator.cable import Burst

INSTRUMENTS = ("awg", "scope", "lo_drive", "lo_read", "flux", "trig")
SHOTS = 5
_SAFE = {"FREQ": (4e9, 8e9), "POW": (-120.0, 10.0), "LEV": (-0.1, 0.1)}
_OUTPUT = re.compile(rb":?SOUR:(FREQ|POW|LEV) ([-+0-9.E]+)")
_HIGHEST_V = {1: 0.3, 2: 0.3, 3: 0.3, 4: 0.3, 5: 0.3, 6: 0.3, 7: 0.5, 8: 0.0}


class RackFaultBench(FaultBench):
    """The lab of `rack_lab`, whose digitizer hears counting tones: shot k reads as k in binary."""

    filled = "awg"
    triggered = "a"
    needs_others = ("scope",)

    def __init__(self, make_lab: Callable[..., Any]) -> None:
        scripts = {name: ActingScript() for name in INSTRUMENTS}
        super().__init__(make_lab(quick(RACK), faults=scripts), scripts, bell(), SHOTS)

    def snapshot(self, burst: Burst) -> object:
        awg, bias = self.lab.emulator("awg"), self.lab.emulator("flux")
        sources = [self.lab.emulator(name) for name in ("lo_drive", "lo_read")]
        played = [np.asarray(awg.played(channel, range(SHOTS))) for channel in range(1, 9)]
        return (
            (burst.count, burst.period_s, awg.shots, awg.rate_hz, bias.level_v, bias.is_on, bias.range_v),
            [(one.frequency_hz, one.power_dbm, one.is_on) for one in sources],
            [float(np.abs(volts).sum()) for volts in played],
        )

    def check_bits(self, bits: list[str] | None) -> None:
        assert bits == self.plain.bits

    def check_safe(self) -> None:
        assert self.lab.is_safe()
        assert not self.lab.emulator("trig").is_running
        for channel, highest_v in _HIGHEST_V.items():
            low, high = self.lab.emulator("awg").output_volts(channel)
            assert -highest_v - 1e-6 <= low <= high <= highest_v + 1e-6
        for name in ("lo_drive", "lo_read", "flux"):
            for message in self.lab.emulator(name).log:
                found = _OUTPUT.match(message)
                if found is not None:
                    low, high = _SAFE[found[1].decode()]
                    assert low <= float(found[2]) <= high, message
