# SPDX-License-Identifier: Apache-2.0
"""Mini-Circuits RUDAT and RCDAT, programmable attenuators, over TCP (Telnet).

Source: Mini-Circuits, Programmable Attenuators Programming Manual, SCPI commands: 1 answers what was done.
"""

from __future__ import annotations

import math

from feedline_hal.instrument.mini_circuits_settable import MiniCircuitsSettable
from feedline_hal.instrument.setting import Setting


class MiniCircuitsRudat(MiniCircuitsSettable):
    """``attenuation_db``, in steps of 0.25 dB; safe is the most that the rack allows."""

    models = ("RUDAT-*", "RCDAT-*")
    emulator = "feedline_hal.emulator.mini_circuits_rudat:EmulatedRudat"
    identity_query = ":MN?"
    harmless = (":SN\\?", ":FIRMWARE\\?")
    settings = (
        Setting(
            name="attenuation_db", command=":SETATT={:.2f}", query=":ATT?", low=0, high=120, safe=math.inf, grid=0.25
        ),
    )
