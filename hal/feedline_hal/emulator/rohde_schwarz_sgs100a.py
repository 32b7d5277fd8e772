# SPDX-License-Identifier: Apache-2.0
"""An emulated R&S SGS100A: frequency, power, phase, output.

Source: R&S SGS100A User Manual, chapter "Remote Control Commands".
"""

from __future__ import annotations

from typing import Any

from .call import Call
from .dialect import EmulatedInstrument, Reply, command


class EmulatedSgs100a(EmulatedInstrument):
    """After ``*RST``: 1 GHz, -30 dBm, off. An output that changes frequency is busy for a while.

    Args:
        serial: Its serial number.
        settle_s: How long a frequency takes, in seconds.
        **options: Of `EmulatedInstrument`.
    """

    def __init__(self, serial: str = "100123", *, settle_s: float = 1e-3, **options: Any) -> None:
        super().__init__(f"Rohde&Schwarz,SGS100A,1416.0505k02/{serial},4.2.76.0-4.30.046.295", **options)
        self.settle_s = settle_s
        self.reset()

    def reset(self) -> None:
        """Go to the state after ``*RST``."""
        self.frequency_hz, self.power_dbm, self.phase_deg, self.is_on = 1e9, -30.0, 0.0, False

    @command("[SOURce:]FREQuency[:CW]", 1)
    def _set_frequency(self, call: Call) -> Reply:
        self.frequency_hz = call.number(0, 1e6, 12.75e9)
        self.be_busy(self.settle_s)
        return None

    @command("[SOURce:]FREQuency[:CW]?")
    def _frequency(self, _call: Call) -> Reply:
        return f"{self.frequency_hz:.12g}"

    @command("[SOURce:]POWer", 1)
    def _set_power(self, call: Call) -> Reply:
        self.power_dbm = call.number(0, -120, 25)
        return None

    @command("[SOURce:]POWer?")
    def _power(self, _call: Call) -> Reply:
        return f"{self.power_dbm:.4g}"

    @command("[SOURce:]PHASe", 1)
    def _set_phase(self, call: Call) -> Reply:
        self.phase_deg = call.number(0, -36000, 36000)
        return None

    @command("[SOURce:]PHASe?")
    def _phase(self, _call: Call) -> Reply:
        return f"{self.phase_deg:.6g}"

    @command("OUTPut[:STATe]", 1)
    def _set_output(self, call: Call) -> Reply:
        self.is_on = call.flag(0)
        return None

    @command("OUTPut[:STATe]?")
    def _output(self, _call: Call) -> Reply:
        return str(int(self.is_on))
