# SPDX-License-Identifier: Apache-2.0
"""An emulated Yokogawa GS200: a source of volts or amperes with ranges and an output relay.

Source: Yokogawa IM GS210-01EN, chapter "Communication Commands".
"""

from __future__ import annotations

from typing import Any

from .call import Call
from .dialect import EmulatedInstrument, Reply, command
from .error_queue import ScpiError
from .value import Value, reset_values

_FUNCTIONS = {
    "VOLT": {10e-3: 12e-3, 100e-3: 0.12, 1.0: 1.2, 10.0: 12.0, 30.0: 32.0},
    "CURR": {1e-3: 1.2e-3, 10e-3: 12e-3, 100e-3: 0.12, 200e-3: 0.2},
}
"""Largest level by function and range."""


class EmulatedGs200(EmulatedInstrument):
    """After ``*RST``: volts, 1 V range, 0 V, output off; a level beyond what the range holds is refused with -222.

    Args:
        serial: Its serial number.
        **options: Of `EmulatedInstrument`.
    """

    level_v = Value("[SOURce:]LEVel[:FIX]", 0.0, lambda source: (-source.largest, source.largest), reply="{:+.6E}")
    is_on = Value("OUTPut[:STATe]", 0.0, None, reply="{:.0f}")
    protection_v = Value("[SOURce:]PROTection:VOLTage", 30.0, (1.0, 30.0), reply="{:.0f}")
    protection_a = Value("[SOURce:]PROTection:CURRent", 0.2, (1e-3, 0.2), reply="{:.6E}")

    def __init__(self, serial: str = "91T810991", **options: Any) -> None:
        super().__init__(f"YOKOGAWA,GS210,{serial},2.02", **options)
        self.reset()

    def reset(self) -> None:
        """Go to the state after ``*RST``."""
        self.function, self.range_v = "VOLT", 1.0
        reset_values(self)

    @property
    def largest(self) -> float:
        """The largest level of the range."""
        return _FUNCTIONS[self.function][self.range_v]

    @command("[SOURce:]FUNCtion", 1)
    def _set_function(self, call: Call) -> Reply:
        function = call.choice(0, "VOLTage", "CURRent")
        if function != self.function:
            self.function, self.range_v = function, max(_FUNCTIONS[function])
            self.level_v, self.is_on = 0.0, 0.0
        return None

    @command("[SOURce:]FUNCtion?")
    def _tell_function(self, _call: Call) -> Reply:
        return self.function

    @command("[SOURce:]RANGe", 1)
    def _set_range(self, call: Call) -> Reply:
        asked = call.number(0)
        if asked not in _FUNCTIONS[self.function]:
            raise ScpiError(-222)
        if abs(self.level_v) > _FUNCTIONS[self.function][asked]:
            raise ScpiError(-221)
        self.range_v = asked
        return None

    @command("[SOURce:]RANGe?")
    def _tell_range(self, _call: Call) -> Reply:
        return f"{self.range_v:E}"

    @command("*OPT?")
    def _tell_options(self, _call: Call) -> Reply:
        return "0"
