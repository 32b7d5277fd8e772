# SPDX-License-Identifier: Apache-2.0
"""Yokogawa GS200, DC source as a voltage source: a flux bias, ramped.

Source: Yokogawa IM GS210-01EN, chapter "Communication Commands" (:SOURce:FUNCtion, :RANGe, :LEVel, :OUTPut).
"""

from __future__ import annotations

from feedline_hal.instrument.demand import Demand
from feedline_hal.instrument.scpi_settable import ScpiSettable
from feedline_hal.instrument.setting import Setting


class YokogawaGs200(ScpiSettable):
    """``range_v``, ``is_on``, ``level_v`` in steps of at most 5 mV every 20 ms; safe is 0 V, ramped, then off."""

    models = ("GS200", "GS210", "GS211")
    error_query = ":SYST:ERR?"
    demand = Demand(
        query=":SOUR:FUNC?",
        reply="VOLT",
        words="is a source of {}, this driver is for volts",
        remedy="Switch its output off and make it a voltage source (:SOUR:FUNC VOLT).",
    )
    emulator = "feedline_hal.emulator.yokogawa_gs200:EmulatedGs200"
    settings = (
        Setting(
            name="range_v",
            command=":SOUR:RANG {:.0E}",
            query=":SOUR:RANG?",
            low=0.01,
            high=30,
            choices=(0.01, 0.1, 1, 10, 30),
            is_output=False,
            unsettles=("level_v",),
        ),
        Setting(name="is_on", command=":OUTP {:.0f}", query=":OUTP?", low=0, high=1, safe=0),
        Setting(name="level_v", command=":SOUR:LEV {:.6E}", query=":SOUR:LEV?", low=-32, high=32, safe=0, step=5e-3),
    )
