# SPDX-License-Identifier: Apache-2.0
"""Rohde & Schwarz SGS100A, RF source up to 12.75 GHz: a local oscillator.

Source: R&S SGS100A User Manual, chapter "Remote Control Commands" (SOURce:FREQuency, :POWer, OUTPut).
"""

from __future__ import annotations

from feedline_hal.instrument.scpi_settable import ScpiSettable
from feedline_hal.instrument.setting import Setting


class RohdeSchwarzSgs100a(ScpiSettable):
    """``frequency_hz``, ``power_dbm``, ``phase_deg``, ``is_on``; safe is off."""

    models = ("SGS100A",)
    emulator = "feedline_hal.emulator.rohde_schwarz_sgs100a:EmulatedSgs100a"
    settings = (
        Setting(name="frequency_hz", command="SOUR:FREQ {:.3f}", query="SOUR:FREQ?", low=1e6, high=12.75e9),
        Setting(name="power_dbm", command="SOUR:POW {:.2f}", query="SOUR:POW?", low=-120.0, high=25.0),
        Setting(
            name="phase_deg", command="SOUR:PHAS {:.3f}", query="SOUR:PHAS?", low=-360.0, high=360.0, is_output=False
        ),
        Setting(name="is_on", command="OUTP:STAT {:.0f}", query="OUTP:STAT?", low=0, high=1, safe=0),
    )
