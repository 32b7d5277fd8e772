# SPDX-License-Identifier: Apache-2.0
"""One command as its handler sees it."""

from __future__ import annotations

import re

import attrs

from feedline_hal.emulator.error_queue import ScpiError
from feedline_hal.emulator.header import short_form
from feedline_hal.emulator.message import INDEFINITE, block_end

_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[Ee][+-]?\d+)?)\s*([A-Za-z%]*)")
_SCALES = {"": 1.0, "N": 1e-9, "U": 1e-6, "M": 1e-3, "K": 1e3, "MA": 1e6, "G": 1e9}
_UNITS = ("DBM", "DEG", "RAD", "HZ", "SA/S", "PCT", "%", "S", "V", "A", "W", "")


@attrs.frozen
class Call:
    """A command: its header as sent (upper case), the numbers of its header, its parameters as sent.

    Every reader raises `ScpiError` with the code that a real instrument would give; base it on position from 0.
    """

    header: str
    suffixes: tuple[int, ...] = ()
    parameters: tuple[bytes, ...] = ()

    def word(self, at: int) -> str:
        """A parameter as plain text."""
        if at >= len(self.parameters):
            raise ScpiError(-109)
        return self.parameters[at].decode("latin-1")

    def number(self, at: int, low: float = float("-inf"), high: float = float("inf")) -> float:
        """A number, with SI prefix and unit if any; ``MIN`` and ``MAX`` are the limits. -222 beyond them."""
        word = self.word(at).upper()
        if word in ("MIN", "MINIMUM", "MAX", "MAXIMUM"):
            return low if word.startswith("MIN") else high
        found = _NUMBER.fullmatch(word)
        if found is None:
            raise ScpiError(-104)
        value = float(found[1]) * _scale(found[2])
        if not low <= value <= high:
            raise ScpiError(-222)
        return value

    def integer(self, at: int, low: int, high: int) -> int:
        """A whole number; -222 beyond the limits."""
        return round(self.number(at, low, high))

    def flag(self, at: int) -> bool:
        """``ON``, ``OFF`` or a number that is 0 or not."""
        word = self.word(at).upper()
        return word == "ON" if word in ("ON", "OFF") else round(self.number(at)) != 0

    def choice(self, at: int, *words: str) -> str:
        """One of some words, given as manuals print them; returns its short form. -224 for any other."""
        word = self.word(at).upper()
        for candidate in words:
            if word in (candidate.upper(), short_form(candidate)):
                return short_form(candidate)
        raise ScpiError(-224)

    def text(self, at: int) -> str:
        """A quoted string without its quotes; -151 if it has none."""
        word = self.word(at)
        if len(word) < 2 or word[0] not in "\"'" or word[-1] != word[0]:
            raise ScpiError(-151)
        return word[1:-1].replace(word[0] * 2, word[0])

    def block(self, at: int) -> bytes:
        """The bytes of a block, of definite or indefinite length; -161 if it is none or was cut short."""
        return bytes(self.block_view(at))

    def block_view(self, at: int) -> memoryview:
        """As `block`, without a copy."""
        if at >= len(self.parameters):
            raise ScpiError(-109)
        parameter = self.parameters[at]
        end = block_end(parameter, 0) if parameter.startswith(b"#") else -1
        if end == INDEFINITE:
            return memoryview(parameter)[2:]
        if end < 0 or end != len(parameter):
            raise ScpiError(-161)
        return memoryview(parameter)[2 + parameter[1] - 0x30 :]


def definite_block(data: bytes | bytearray | memoryview) -> bytes:
    """A reply that is a block: ``#`` digits length bytes."""
    length = str(memoryview(data).nbytes).encode()
    return b"".join((b"#%d" % len(length), length, data))


def _scale(unit: str) -> float:
    if unit in ("MHZ", "MSA/S"):  # SCPI-1999 volume 1, 7.1.2: M is mega before HZ
        return 1e6
    for name in _UNITS:
        if unit.endswith(name) and unit.removesuffix(name) in _SCALES:
            return _SCALES[unit.removesuffix(name)]
    raise ScpiError(-131)
