# SPDX-License-Identifier: Apache-2.0
"""An emulated Mini-Circuits RCDAT or RUDAT, a programmable attenuator: 1 for done, 2 for too much, 0 for a mistake.

Source: Mini-Circuits, Programmable Attenuators Programming Manual, SCPI commands.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from .plain_instrument import PlainInstrument

_SET = re.compile(r":?SETATT=(?P<value>\d+(?:\.\d*)?)", re.IGNORECASE)
_STEP_DB = 0.25


class EmulatedRudat(PlainInstrument):
    """After power-on: the largest attenuation. What is more than it can is made the largest, and answered 2.

    Args:
        serial: Its serial number.
        most_db: The largest attenuation.
        **options: Of `EmulatedInstrument`.
    """

    reply_terminator: ClassVar[bytes] = b"\r\n"
    greeting: ClassVar[bytes] = b"\r\n"

    def __init__(self, serial: str = "11502260001", *, most_db: float = 120.0, **options: Any) -> None:
        super().__init__(f"RCDAT-6000-{most_db:.0f}", **options)
        self.serial = serial
        self._most_db = most_db
        self.reset()

    def reset(self) -> None:
        """Go to the state after power-on."""
        self.attenuation_db = self._most_db

    def answer(self, message: str) -> str | None:
        """Carry out one command."""
        told = {
            "MN?": f"MN={self.identity}",
            "SN?": f"SN={self.serial}",
            "FIRMWARE?": "B3",
            "ATT?": f"{self.attenuation_db:.2f}",
        }
        question = message.removeprefix(":").upper()
        if question in told:
            return told[question]
        found = _SET.fullmatch(message)
        if found is None:
            return "0"
        asked = float(found["value"])
        self.attenuation_db = min(round(asked / _STEP_DB) * _STEP_DB, self._most_db)
        return "1" if asked <= self._most_db else "2"
