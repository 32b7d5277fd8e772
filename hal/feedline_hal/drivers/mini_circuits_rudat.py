# SPDX-License-Identifier: Apache-2.0
"""Mini-Circuits RUDAT and RCDAT, programmable attenuators, over TCP (Telnet).

Source: Mini-Circuits, Programmable Attenuators Programming Manual, SCPI commands: 1 answers what was done.
"""

from __future__ import annotations

import math

from feedline_hal.instrument.identity import Identity
from feedline_hal.instrument.settable_driver import SettableDriver
from feedline_hal.instrument.setting import Setting
from feedline_hal.transport.manner import Manner


class MiniCircuitsRudat(SettableDriver):
    """``attenuation_db``, in steps of 0.25 dB; safe is the most that the rack allows."""

    models = ("RUDAT-*", "RCDAT-*")
    manner = Manner(write_terminator="\r\n", acknowledgement="1", greeting_s=0.5)
    emulator = "feedline_hal.emulator.mini_circuits_rudat:EmulatedRudat"
    identity_query = ":MN?"
    harmless = (":SN\\?", ":FIRMWARE\\?")
    settings = (
        Setting(
            name="attenuation_db", command=":SETATT={:.2f}", query=":ATT?", low=0, high=120, safe=math.inf, grid=0.25
        ),
    )

    def identity(self) -> Identity:
        """Ask who it is: ``MN=RCDAT-6000-90``."""
        told = [self._transport.query(f":{name}?").removeprefix(f"{name}=") for name in ("MN", "SN", "FIRMWARE")]
        return Identity("Mini-Circuits", *told)
