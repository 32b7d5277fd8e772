# SPDX-License-Identifier: Apache-2.0
"""An emulated R&S SGS100A: frequency, power, phase, output.

Source: R&S SGS100A User Manual, chapter "Remote Control Commands".
"""

from __future__ import annotations

from typing import Any

from .dialect import EmulatedInstrument
from .value import Value, reset_values


class EmulatedSgs100a(EmulatedInstrument):
    """After ``*RST``: 1 GHz, -30 dBm, off. An output that changes frequency is busy for a while.

    Args:
        serial: Its serial number.
        settle_s: How long a frequency takes, in seconds.
        **options: Of `EmulatedInstrument`.
    """

    frequency_hz = Value(
        "[SOURce:]FREQuency[:CW]", 1e9, (1e6, 12.75e9), then=lambda source: source.be_busy(source.settle_s)
    )
    power_dbm = Value("[SOURce:]POWer", -30.0, (-120.0, 25.0))
    phase_deg = Value("[SOURce:]PHASe", 0.0, (-36000.0, 36000.0))
    is_on = Value("OUTPut[:STATe]", 0.0, None)
    is_modulated = Value("[SOURce:]IQ:STATe", 0.0, None)
    is_pulsed = Value("[SOURce:]PULM:STATe", 0.0, None)

    def __init__(self, serial: str = "100123", *, settle_s: float = 1e-3, **options: Any) -> None:
        super().__init__(f"Rohde&Schwarz,SGS100A,1416.0505k02/{serial},4.2.76.0-4.30.046.295", **options)
        self.settle_s = settle_s
        self.reset()

    def reset(self) -> None:
        """Go to the state after ``*RST``."""
        reset_values(self)
