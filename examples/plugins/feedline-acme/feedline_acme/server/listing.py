# SPDX-License-Identifier: Apache-2.0
"""Listings: reads the lines of a program, and refuses what the controller cannot play."""

from __future__ import annotations

import math
from collections.abc import Sequence

import attrs

FORMS = {
    "RZ": (1, 1),
    "SX": (1, 0),
    "X": (1, 0),
    "CZ": (2, 0),
    "MEASURE": (1, 1),
    "RESET": (1, 0),
    "DELAY": (1, 1),
}
"""Qubits and further words of each instruction."""
COLUMNS = 64


class CommandError(Exception):
    """A command that is answered with ``ERR number "text"``."""

    def __init__(self, number: int, text: str) -> None:
        super().__init__(f'{number} "{text}"')


@attrs.frozen(slots=True)
class Line:
    """One instruction: where, by what angle or slot, into which column."""

    name: str
    qubits: tuple[int, ...]
    value: float = 0.0
    slot: int = -1
    column: int = -1


def read_listing(lines: Sequence[str], num_qubits: int) -> tuple[Line, ...]:
    """Read a program.

    Raises:
        CommandError: Names the first line that is wrong, counted from 1.
    """
    listing = []
    for number, text in enumerate(lines, start=1):
        try:
            listing.append(_read(text.split(), num_qubits))
        except (ValueError, IndexError) as error:
            raise CommandError(20, f"line {number}: {error}") from None
    return tuple(listing)


def _read(words: list[str], num_qubits: int) -> Line:
    if not words or words[0] not in FORMS:
        raise ValueError(f"unknown instruction '{words[0] if words else ''}'")
    name = words[0]
    num, further = FORMS[name]
    if len(words) != 1 + num + further:
        raise ValueError(f"{name} takes {num + further} words")
    qubits = tuple(int(word) for word in words[1 : 1 + num])
    if len(set(qubits)) != num or not all(0 <= qubit < num_qubits for qubit in qubits):
        raise ValueError(f"no such qubits: {' '.join(words[1 : 1 + num])}")
    if name == "MEASURE":
        return Line(name, qubits, column=_whole(words[-1], COLUMNS))
    if further and words[-1].startswith("@"):
        return Line(name, qubits, slot=_whole(words[-1][1:], 1 << 16))
    return Line(name, qubits, value=number(words[-1]) if further else 0.0)


def number(word: str) -> float:
    """A finite number."""
    value = float(word)
    if not math.isfinite(value):
        raise ValueError(f"'{word}' is not finite")
    return value


def _whole(word: str, end: int) -> int:
    value = int(word)
    if not 0 <= value < end:
        raise ValueError(f"{value} is not from 0 to {end - 1}")
    return value
