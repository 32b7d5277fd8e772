# SPDX-License-Identifier: Apache-2.0
"""Mini-Circuits RC-nSPDT, boxes of mechanical RF switches, over TCP (Telnet).

Source: Mini-Circuits, RF Switch Boxes Programming Manual, SPDT commands: 1 answers what was done.
"""

from __future__ import annotations

from functools import partial

from feedline_hal.instrument.mini_circuits_settable import MiniCircuitsSettable
from feedline_hal.instrument.setting import Setting


def _bit(index: int, reply: str) -> float:
    return float(int(reply) >> index & 1)


def _switch(index: int, name: str) -> Setting:
    command, read = f"SET{name.upper()}={{:.0f}}", partial(_bit, index)
    return Setting(
        name=f"{name}_position", command=command, query="SWPORT?", low=0, high=1, grid=1, is_output=False, parse=read
    )


class MiniCircuitsRcSwitch(MiniCircuitsSettable):
    """``a_position``, ...: 0 connects COM to 1, 1 connects COM to 2; ``options = {switches = 4}``."""

    models = ("RC-*SPDT*",)
    emulator = "feedline_hal.emulator.mini_circuits_rc_switch:EmulatedRcSwitch"
    identity_query = "MN?"
    harmless = ("SN\\?", "FIRMWARE\\?")
    outputs = tuple("abcdefgh")
    counted_by = "switches"
    settings = tuple(map(_switch, range(len(outputs)), outputs))
