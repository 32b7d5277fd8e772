# SPDX-License-Identifier: Apache-2.0
"""Settings of an emulated pulse generator: keywords, what they take, what they are after ``*RST``.

Source: Quantum Composers 9520 Series Operating Manual, chapter "Programming the Pulse Generator".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

import attrs

from feedline_hal.emulator.header import Header, short_form

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


class Refused(Exception):
    """The instrument does not take a message.

    Args:
        code: What it answers after the question mark.
    """

    def __init__(self, code: int) -> None:
        super().__init__(f"?{code}")
        self.code = code


PREFIX, NO_KEYWORD, KEYWORD, NO_PARAMETER, PARAMETER, QUERY_ONLY, NO_QUERY = range(1, 8)


@attrs.frozen(slots=True)
class PulseSetting:
    """A setting.

    Attributes:
        keywords: As the manual prints them, after the channel: ``TRIGger:MODe``.
        initial: Its value after ``*RST``, as it is read back.
        take: Turns a parameter into what is read back; raises `Refused`.
        header: The keywords to match against.
    """

    keywords: str
    initial: str
    take: Callable[[str], str]
    header: Header = attrs.field(init=False)

    @header.default
    def _parsed(self) -> Header:
        return Header.parse(self.keywords)

    def begins_with(self, sent: str) -> bool:
        """Whether something sent is a part of its keywords that needs more of them."""
        group, _, rest = self.keywords.rpartition(":")
        return bool(rest and group) and Header.parse(group).match(sent) is not None


def _number(text: str, *, low: float, high: float, step: float, digits: int) -> str:
    if _NUMBER.fullmatch(text) is None or not low <= float(text) <= high:
        raise Refused(PARAMETER)
    return f"{round(float(text) / step) * step:.{digits}f}"


def _whole(text: str, *, low: int, high: int) -> str:
    if not text.isdigit() or not low <= int(text) <= high:
        raise Refused(PARAMETER)
    return str(int(text))


def _flag(text: str) -> str:
    found = {"ON": "1", "1": "1", "OFF": "0", "0": "0"}.get(text.upper())
    if found is None:
        raise Refused(PARAMETER)
    return found


def _word(text: str, *, words: tuple[str, ...]) -> str:
    for word in words:
        if text.upper() in (word.upper(), short_form(word)):
            return short_form(word)
    raise Refused(PARAMETER)


_count = partial(_whole, low=1, high=9_999_999)
_mode = partial(_word, words=("NORMal", "SINGle", "BURSt", "DCYCle"))
_level = partial(_number, low=0.2, high=15.0, step=0.01, digits=2)
_delay = partial(_number, low=-999.99999999975, high=999.99999999975, step=250e-12, digits=11)

TIMER_SETTINGS = (
    PulseSetting("STATe", "0", _flag),
    PulseSetting("PERiod", "0.00100000", partial(_number, low=100e-9, high=5000.0, step=10e-9, digits=8)),
    PulseSetting("MODe", "NORM", _mode),
    PulseSetting("BCOunter", "1", _count),
    PulseSetting("PCOunter", "1", _count),
    PulseSetting("OCOunter", "1", _count),
    PulseSetting("TRIGger:MODe", "DIS", partial(_word, words=("DISabled", "TRIGgered"))),
    PulseSetting("TRIGger:EDGe", "RIS", partial(_word, words=("RISing", "FALLing"))),
    PulseSetting("TRIGger:LEVel", "2.50", _level),
    PulseSetting("GATe:MODe", "DIS", partial(_word, words=("DISabled", "PULSe", "OUTPut", "CHANnel"))),
    PulseSetting("GATe:LOGic", "HIGH", partial(_word, words=("LOW", "HIGH"))),
    PulseSetting("GATe:LEVel", "2.50", _level),
)
"""Of channel 0, the timer."""


def output_settings(number: int, channels: int) -> tuple[PulseSetting, ...]:
    """Settings of an output, which is channel 1 or higher."""
    sources = ("T0", *(f"CH{'ABCDEFGH'[index]}" for index in range(channels) if index != number - 1))
    return (
        PulseSetting("STATe", "0", _flag),
        PulseSetting("WIDTh", "0.00000100000", partial(_delay, low=10e-9)),
        PulseSetting("DELay", "0.00000000000", _delay),
        PulseSetting("SYNC", "T0", partial(_word, words=sources)),
        PulseSetting("MUX", str(1 << (number - 1)), partial(_whole, low=0, high=(1 << channels) - 1)),
        PulseSetting("POLarity", "NORM", partial(_word, words=("NORMal", "COMPlement", "INVerted"))),
        PulseSetting("OUTPut:MODe", "TTL", partial(_word, words=("TTL", "ADJustable"))),
        PulseSetting("OUTPut:AMPLitude", "4.00", partial(_number, low=2.0, high=20.0, step=0.01, digits=2)),
        PulseSetting("CMODe", "NORM", _mode),
        PulseSetting("BCOunter", "1", _count),
        PulseSetting("PCOunter", "1", _count),
        PulseSetting("OCOunter", "1", _count),
        PulseSetting("CGATe", "DIS", partial(_word, words=("DISabled", "LOW", "HIGH"))),
    )
