# SPDX-License-Identifier: Apache-2.0
"""An emulated Holzworth HS9000: values in headers, an answer in words to every command.

Source: Holzworth Instrumentation, HS9000B Series User Manual, appendix A "Programming Commands".
"""

from __future__ import annotations

import re
from typing import Any

from .plain_instrument import PlainInstrument

_COMMAND = re.compile(r":CH(?P<channel>[1-8]):(?P<what>FREQ|PWR:RF|PWR|PHASE)(?P<rest>\?|:.*)", re.IGNORECASE)
_VALUE = re.compile(r":\s*(?P<number>[+-]?\d+(?:\.\d*)?)\s*(?P<unit>[A-Z]*)", re.IGNORECASE)
_SCALES = {
    "FREQ": {"": 1.0, "HZ": 1.0, "KHZ": 1e3, "MHZ": 1e6, "GHZ": 1e9},
    "PWR": {"": 1.0, "DBM": 1.0},
    "PHASE": {"": 1.0, "DEG": 1.0},
}
_LIMITS = {"FREQ": (250e3, 18e9), "PWR": (-100.0, 22.0), "PHASE": (0.0, 360.0)}
_SAID = {"FREQ": "Frequency Set", "PWR": "Power Set", "PHASE": "Phase Set"}
_REPLIES = {"FREQ": "{:.9f} MHz", "PWR": "{:.2f} dBm", "PHASE": "{:.1f} deg"}
_INVALID = "Invalid Command"
_NAMES = {"frequency_hz": "FREQ", "power_dbm": "PWR", "phase_deg": "PHASE", "is_on": "PWR:RF"}


class EmulatedHs9000(PlainInstrument):
    """After power-on: every output off, 1 GHz, 0 dBm.

    Args:
        serial: Its serial number.
        channels: How many outputs it has, 1 to 8.
        **options: Of `EmulatedInstrument`.
    """

    def __init__(self, serial: str = "1042", *, channels: int = 8, **options: Any) -> None:
        super().__init__(f"HOLZWORTH INSTRUMENTATION,HS900{channels}B,#{serial},Ver: 2.04", **options)
        self._count = channels
        self.reset()

    def reset(self) -> None:
        """Go to the state after power-on."""
        initial = {"FREQ": 1e9, "PWR": 0.0, "PHASE": 0.0, "PWR:RF": 0.0}
        self.channels = [dict(initial) for _ in range(self._count)]

    def __getattr__(self, name: str) -> float:
        """``ch1_frequency_hz`` and so on, ``ch8_is_on``: what comes out of an output."""
        found = re.fullmatch(r"ch([1-8])_(\w+)", name)
        if found is None or found[2] not in _NAMES or int(found[1]) > self._count:
            raise AttributeError(name)
        return self.channels[int(found[1]) - 1][_NAMES[found[2]]]

    def answer(self, message: str) -> str | None:
        """Carry out one command."""
        if message.upper() in (":IDN?", "*IDN?"):
            return self.identity
        if message.upper() == ":ATTACH?":
            return "".join(f":CH{number + 1}" for number in range(self._count))
        found = _COMMAND.fullmatch(message)
        if found is None or int(found["channel"]) > self._count:
            return _INVALID
        values, what = self.channels[int(found["channel"]) - 1], found["what"].upper()
        if what == "PWR:RF":
            return self._switch(values, found["rest"].upper())
        if found["rest"] == "?":
            return _REPLIES[what].format(values[what] / (1e6 if what == "FREQ" else 1.0))
        return self._set(values, what, found["rest"])

    def _switch(self, values: dict[str, float], rest: str) -> str:
        if rest == "?":
            return "ON" if values["PWR:RF"] else "OFF"
        if rest not in (":ON", ":OFF"):
            return _INVALID
        values["PWR:RF"] = float(rest == ":ON")
        return f"RF POWER {rest[1:]}"

    def _set(self, values: dict[str, float], what: str, rest: str) -> str:
        told = _VALUE.fullmatch(rest)
        scale = None if told is None else _SCALES[what].get(told["unit"].upper())
        if told is None or scale is None:
            return _INVALID
        low, high = _LIMITS[what]
        if not low <= float(told["number"]) * scale <= high:
            return _INVALID
        values[what] = float(told["number"]) * scale
        return _SAID[what]
