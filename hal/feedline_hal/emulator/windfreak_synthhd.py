# SPDX-License-Identifier: Apache-2.0
"""An emulated Windfreak SynthHD v2: letters and numbers, nothing between them.

Source: Windfreak Technologies, Serial Programming API, tables of commands.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from .plain_instrument import PlainInstrument
from .pty_server import SerialManner

_SILENCE_S = 0.03
_WHOLE = re.compile(
    rb"[+\-pzVeG]|v[0-9]|@[0-9]+a(?:\?|[+-]?[0-9.]+(?=[^0-9.]))|[^\s0-9.?@](?:\?|[+-]?[0-9.]+(?=[^0-9.]))"
)
_AT_END = re.compile(rb"(?:@[0-9]+a|[^\s0-9.?@])[+-]?[0-9.]+")
_BROKEN = re.compile(rb"@[^0-9]|[^@](?:[^0-9.?+-]|[+-][^0-9.])")
_START = re.compile(rb"[^\s0-9.?]")
_LIMITS = {"f": (10.0, 15000.0), "W": (-70.0, 20.0), "~": (0.0, 360.0), "h": (0, 1), "r": (0, 1), "E": (0, 1)}
_FORMATS = {"f": "{:.7f}", "W": "{:.3f}", "~": "{:.3f}", "*": "{:.7f}", "l": "{:.7f}", "u": "{:.7f}"}
_INITIAL = {"f": 1000.0, "W": 0.0, "~": 0.0, "h": 0.0, "r": 0.0, "E": 0.0, "Z": 3.0, "a": 0.0, "i": 100.0}


class LetterReader:
    """Cuts a stream of letters and numbers into commands.

    A number ends where something begins that is none, or where nothing more comes for a while: `finish`. Digits
    that come after that belong to no letter and are lost, as in the instrument.
    """

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes; return the commands they complete."""
        self._rest += data
        messages = []
        while (start := _START.search(self._rest)) is not None:
            self._rest = self._rest[start.start() :]
            found = _WHOLE.match(self._rest)
            if found is not None:
                messages.append(found[0])
            elif _BROKEN.match(self._rest) is None:
                break
            self._rest = self._rest[found.end() if found is not None else 1 :]
        return messages

    def finish(self) -> list[bytes]:
        """Take silence as the end of a number; a letter without one waits on."""
        if _AT_END.fullmatch(self._rest) is None:
            return []
        message, self._rest = self._rest, b""
        return [message]


class EmulatedSynthhd(PlainInstrument):
    """After power-on: both outputs off, 1 GHz, 0 dBm. What it cannot do it ignores without a word.

    Args:
        serial: Its serial number.
        **options: Of `EmulatedInstrument`.
    """

    serial_manner: ClassVar[SerialManner] = SerialManner(reader=LetterReader, silence_s=_SILENCE_S)

    def __init__(self, serial: str = "1230", **options: Any) -> None:
        super().__init__(f"WFT SynthHD {serial}", **options)
        self.serial = serial
        self.reset()

    def reset(self) -> None:
        """Go to the state after power-on."""
        self.selected = 0
        self.channels = ({**_INITIAL}, {**_INITIAL})
        self._others: dict[str, float] = {"x": 1.0, "*": 27.0}

    def __getattr__(self, name: str) -> float:
        """``a_frequency_hz`` and so on, ``b_is_on``: what comes out of an output."""
        output, _, quantity = name.partition("_")
        letter = {"frequency_hz": "f", "power_dbm": "W", "phase_deg": "~", "is_on": "h"}.get(quantity)
        if output not in ("a", "b") or letter is None:
            raise AttributeError(name)
        values = self.channels["ab".index(output)]
        if quantity == "is_on":
            return min(values["h"], values["r"], values["E"])
        return values[letter] * (1e6 if letter == "f" else 1.0)

    def answer(self, message: str) -> str | None:
        """Carry out one letter."""
        told = {"+": self.identity, "-": self.serial, "v0": "Firmware Version 3.25", "v1": "Hardware Version 2.06"}
        told |= {"v2": "HD", "p": "1", "V": "1", "z": "41.250"}
        if message in told:
            return told[message]
        letter, number = (message[:1], message[1:]) if message[0] != "@" else message.split("a")
        if letter == "C":
            return self._select(number)
        values = self.channels[self.selected] if letter in _INITIAL else self._others
        if number == "?":
            return _FORMATS.get(letter, "{:.0f}").format(values.get(letter, 0.0))
        low, high = _LIMITS.get(letter, (float("-inf"), float("inf")))
        if re.fullmatch(r"[+-]?[0-9]*[.]?[0-9]+", number) and low <= float(number) <= high:
            values[letter] = float(number)
        return None

    def _select(self, number: str) -> str | None:
        if number == "?":
            return str(self.selected)
        if number in ("0", "1"):
            self.selected = int(number)
        return None
