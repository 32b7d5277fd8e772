# SPDX-License-Identifier: Apache-2.0
"""Values of a rack file: what TOML has, as what the records hold; nothing is guessed or converted in silence."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from .schema import Channel, Range

_UNITS = {
    "v_per_s": "volts per second",
    "per_s": "per second",
    "hz": "hertz",
    "s": "seconds",
    "v": "volts",
    "dbm": "dBm",
    "db": "dB",
    "rad": "radians",
    "deg": "degrees",
    "ticks": "ticks",
}
_PREFIXES = {"": 0, "p": -12, "n": -9, "u": -6, "µ": -6, "m": -3, "k": 3, "M": 6, "G": 9}
_MEASURE = re.compile(r"\s*(?P<number>[+-]?[\d.]+(?:[eE][+-]?\d+)?)\s*(?P<prefix>[pnuµmkMG]?)(?P<unit>Hz|s|V)\s*")
_CHANNEL = re.compile(r"[A-Za-z_][A-Za-z0-9_\-]*(\.[A-Za-z0-9_]+)?")


class WrongValueError(ValueError):
    """A value that its key does not take; becomes a `feedline_hal.rack.mistake.Mistake`.

    Args:
        what: What is wrong; a sentence that goes on from the key.
        remedy: What to write.
    """

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


def unit_of(name: str) -> str:
    """The unit in a name, in words: ``hertz`` for ``ch1_rate_hz``; empty for none."""
    return next((words for suffix, words in _UNITS.items() if name == suffix or name.endswith(f"_{suffix}")), "")


def shown(value: Any) -> str:
    """A value as TOML has it, shortened."""
    if isinstance(value, bool):
        return str(value).lower()
    text = f'"{value}"' if isinstance(value, str) else "a table" if isinstance(value, dict) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def to_number(name: str, value: Any) -> float:
    """A finite number.

    Raises:
        WrongValueError: If it is none; for a text with a unit it says what to write.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WrongValueError(f"is {shown(value)}, which is no number.", _number_remedy(name, value))
    if not math.isfinite(value):
        raise WrongValueError(f"is {value}.", "Give a finite number.")
    return float(value)


def to_whole(name: str, value: Any) -> int:
    """A whole number.

    Raises:
        WrongValueError: If it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        unit = unit_of(name)
        raise WrongValueError(f"is {shown(value)}.", f"Give a whole number{f' of {unit}' if unit else ''}.")
    return value


def to_text(_name: str, value: Any) -> str:
    """A text.

    Raises:
        WrongValueError: If it is none.
    """
    if not isinstance(value, str):
        raise WrongValueError(f"is {shown(value)}, which is no text.", "Write it in quotes.")
    return value


def to_claim(_name: str, value: Any) -> bool:
    """True or false.

    Raises:
        WrongValueError: If it is neither.
    """
    if not isinstance(value, bool):
        raise WrongValueError(f"is {shown(value)}.", "Write true or false, without quotes.")
    return value


def to_channel(_name: str, value: Any) -> Channel:
    """An instrument and its channel.

    Raises:
        WrongValueError: If it is not written as one.
    """
    if not isinstance(value, str) or _CHANNEL.fullmatch(value) is None:
        raise WrongValueError(
            f"is {shown(value)}.", 'Name an instrument of this file and its channel, "awg1.ch2", or without one, "lo1".'
        )
    return Channel(*value.split("."))


def to_range(name: str, value: Any) -> Range:
    """Lowest and highest.

    Raises:
        WrongValueError: If they are not two numbers in order.
    """
    if not isinstance(value, list) or len(value) != 2:
        unit = unit_of(name)
        raise WrongValueError(
            f"is {shown(value)}.", f"Give the lowest and the highest value{f' in {unit}' if unit else ''}: [low, high]."
        )
    low, high = (to_number(name, item) for item in value)
    if low > high:
        raise WrongValueError(f"is {shown(value)}: the highest comes first.", f"Write [{high:g}, {low:g}].")
    return low, high


def to_qubits(_name: str, value: Any) -> tuple[int, ...]:
    """Physical qubits.

    Raises:
        WrongValueError: If they are not different whole numbers from 0.
    """
    is_list = isinstance(value, list) and all(
        isinstance(item, int) and not isinstance(item, bool) and item >= 0 for item in value
    )
    if not is_list or len(set(value)) < len(value):
        raise WrongValueError(f"is {shown(value)}.", "Give different physical qubits, from 0: [0, 1].")
    return tuple(value)


def to_setting(name: str, value: Any) -> float:
    """A number; for a switch, ``is_on``, true or false."""
    if isinstance(value, bool) and name.rpartition("is_")[1]:
        return float(value)
    return to_number(name, value)


def to_table(_name: str, value: Any) -> Mapping[str, Any]:
    """A table.

    Raises:
        WrongValueError: If it is none.
    """
    if not isinstance(value, dict):
        raise WrongValueError(f"is {shown(value)}.", "Write a table: { key = value }, or [its.name] on a line.")
    return value


def _number_remedy(name: str, value: Any) -> str:
    unit = unit_of(name)
    plain = f"Give a number in {unit}, without quotes." if unit else "Give a number, without quotes."
    found = _MEASURE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return plain
    if {"hertz": "Hz", "seconds": "s", "volts": "V"}.get(unit) != found["unit"]:
        return plain
    power = _PREFIXES[found["prefix"]]
    return f"Give a number in {unit}: {found['number']}{f'e{power}' if power and 'e' not in found['number'] else ''}."
