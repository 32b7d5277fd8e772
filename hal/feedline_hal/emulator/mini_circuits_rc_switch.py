# SPDX-License-Identifier: Apache-2.0
"""An emulated Mini-Circuits RC-nSPDT, a box of RF switches: 1 for done, 0 for a mistake.

Source: Mini-Circuits, RF Switch Boxes Programming Manual, SPDT commands.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from .plain_instrument import PlainInstrument

_ONE = re.compile(r"SET(?P<letter>[A-H])=(?P<position>[01])", re.IGNORECASE)
_ALL = re.compile(r"SETP=(?P<mask>\d{1,3})", re.IGNORECASE)


class EmulatedRcSwitch(PlainInstrument):
    """After power-on: every COM connected to 1.

    Args:
        serial: Its serial number.
        switches: How many it has, 1 to 8.
        **options: Of `EmulatedInstrument`.
    """

    reply_terminator: ClassVar[bytes] = b"\r\n"
    greeting: ClassVar[bytes] = b"\r\n"

    def __init__(self, serial: str = "11510280042", *, switches: int = 8, **options: Any) -> None:
        super().__init__(f"RC-{switches}SPDT-A18", **options)
        self.serial = serial
        self.switches = switches
        self.reset()

    def reset(self) -> None:
        """Go to the state after power-on."""
        self.mask = 0

    def __getattr__(self, name: str) -> float:
        """``a_position`` and so on, 0 or 1."""
        if re.fullmatch("[a-h]_position", name) is None:
            raise AttributeError(name)
        return float(self.mask >> (ord(name[0]) - ord("a")) & 1)

    def answer(self, message: str) -> str | None:
        """Carry out one command."""
        told = {"MN?": f"MN={self.identity}", "SN?": f"SN={self.serial}", "FIRMWARE?": "C8", "SWPORT?": str(self.mask)}
        if message.upper() in told:
            return told[message.upper()]
        if (found := _ALL.fullmatch(message)) is not None and int(found["mask"]) < 1 << self.switches:
            self.mask = int(found["mask"])
            return "1"
        if (found := _ONE.fullmatch(message)) is None:
            return "0"
        index = ord(found["letter"].upper()) - ord("A")
        if index >= self.switches:
            return "0"
        self.mask = self.mask & ~(1 << index) | int(found["position"]) << index
        return "1"
