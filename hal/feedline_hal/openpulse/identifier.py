# SPDX-License-Identifier: Apache-2.0
"""Names that the language takes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from feedline_hal.errors import OpenPulseError

from .expression import function_names
from .function import CONSTANTS

_KEYWORDS = frozenset(
    "OPENQASM include defcalgrammar def cal defcal gate extern box let break continue if else end return for while in "
    "switch case default nop pragma input output const readonly mutable qreg qubit creg bool bit int uint float angle "
    "complex array void duration stretch gphase inv pow ctrl negctrl durationof delay reset measure barrier true false "
    "port frame waveform im".split()
)
_LETTERS = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Nl"})
_TARGETS = frozenset({"measure", "reset", "delay"})


def is_name(name: str) -> bool:
    """Whether a declaration may use the name."""
    letters = all(
        character == "_" or unicodedata.category(character) in _LETTERS or (character.isascii() and character.isdigit())
        for character in name
    )
    is_built_in = name in _KEYWORDS or name in CONSTANTS or name in function_names()
    return bool(name) and letters and not name[0].isdigit() and not is_built_in


def checked_name(name: str, what: str, *, is_gate: bool = False) -> str:
    """The name, if text can hold it.

    Raises:
        OpenPulseError: If it cannot.
    """
    if is_name(name) or (is_gate and (name in _TARGETS or (name in function_names() and name.isidentifier()))):
        return name
    raise OpenPulseError(
        f"The {what} '{name}' cannot be written: OpenPulse takes no such name.",
        remedy="Use letters, digits and underscores, and no word of the language.",
    )


def fresh_name(wish: str, taken: Collection[str]) -> str:
    """A name like the one that is wished for, that the language takes and nothing else has."""
    name = wish
    if not is_name(name):
        name = re.sub(r"\W", "_", wish, flags=re.ASCII).strip("_")
        name = name if is_name(name) else f"p_{name}"
    count, base = 1, name
    while name in taken:
        count += 1
        name = f"{base}_{count}"
    return name
