# SPDX-License-Identifier: Apache-2.0
"""Yokogawa GS200, DC source as a voltage source in its 1 V range: a flux bias, ramped.

Source: Yokogawa IM GS210-01EN, chapter "Communication Commands" (:SOURce:LEVel, :OUTPut).
"""

from __future__ import annotations

from feedline_hal.instrument.scpi_settable import ScpiSettable
from feedline_hal.instrument.setting import Setting


class YokogawaGs200(ScpiSettable):
    """``level_v``, in steps of at most 5 mV every 20 ms, and ``is_on``; safe is 0 V, ramped, then off."""

    models = ("GS200", "GS210", "GS211")
    error_query = ":SYST:ERR?"
    emulator = "feedline_hal.emulator.yokogawa_gs200:EmulatedGs200"
    settings = (
        Setting(name="is_on", command=":OUTP {:.0f}", query=":OUTP?", low=0, high=1, safe=0),
        Setting(
            name="level_v",
            command=":SOUR:LEV {:.6E}",
            query=":SOUR:LEV?",
            low=-1.2,
            high=1.2,
            safe=0.0,
            step=5e-3,
        ),
    )
