# SPDX-License-Identifier: Apache-2.0
"""An emulated Yokogawa GS200: a voltage source with ranges and an output relay.

Source: Yokogawa IM GS210-01EN, chapter "Communication Commands".
"""

from __future__ import annotations

from typing import Any

from .call import Call
from .dialect import EmulatedInstrument, Reply, command
from .error_queue import ScpiError

_RANGES_V = (10e-3, 100e-3, 1.0, 10.0, 30.0)
_OVER_RANGE = 1.2


class EmulatedGs200(EmulatedInstrument):
    """After ``*RST``: 1 V range, 0 V, output off; a level beyond 1.2 times the range is refused with -222.

    Args:
        serial: Its serial number.
        **options: Of `EmulatedInstrument`.
    """

    def __init__(self, serial: str = "91T810991", **options: Any) -> None:
        super().__init__(f"YOKOGAWA,GS210,{serial},2.02", **options)
        self.reset()

    def reset(self) -> None:
        """Go to the state after ``*RST``."""
        self.range_v, self.level_v, self.is_on = 1.0, 0.0, False

    @command("[SOURce:]RANGe", 1)
    def _set_range(self, call: Call) -> Reply:
        asked = call.number(0)
        if asked not in _RANGES_V:
            raise ScpiError(-222)
        self.range_v = asked
        return None

    @command("[SOURce:]RANGe?")
    def _range(self, _call: Call) -> Reply:
        return f"{self.range_v:E}"

    @command("[SOURce:]LEVel", 1)
    def _set_level(self, call: Call) -> Reply:
        self.level_v = call.number(0, -_OVER_RANGE * self.range_v, _OVER_RANGE * self.range_v)
        return None

    @command("[SOURce:]LEVel?")
    def _level(self, _call: Call) -> Reply:
        return f"{self.level_v:+.6E}"

    @command("OUTPut[:STATe]", 1)
    def _set_output(self, call: Call) -> Reply:
        self.is_on = call.flag(0)
        return None

    @command("OUTPut[:STATe]?")
    def _output(self, _call: Call) -> Reply:
        return str(int(self.is_on))
