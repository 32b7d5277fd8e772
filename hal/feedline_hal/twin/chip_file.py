# SPDX-License-Identifier: Apache-2.0
"""Chip files: TOML in, a chip out, every mistake at once; and a chip as a file to edit."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from feedline_hal.rack.mistake import FileError, Mistake
from feedline_hal.rack.place import Keys, line_at
from feedline_hal.rack.structuring import structured
from feedline_hal.rack.toml_file import Given, entries, named, numbered, read_toml
from feedline_hal.rack.value import WrongValueError

from .chip import Chip, Coupler, Line, Mixer, Qubit
from .chip_check import check_chip
from .chip_text import chip_text

_PAIR = re.compile(r"q(?P<first>0|[1-9]\d*)_q(?P<second>0|[1-9]\d*)")


class ChipFileError(FileError):
    """A chip file with mistakes: all that were found."""


def read_chip(path: str | os.PathLike[str]) -> Chip:
    """Read a chip file; docs/reference/chip-file.md has every key.

    Args:
        path: The TOML file.

    Raises:
        ChipFileError: If it cannot be read, holds keys or values that do not exist, or describes no chip; names
            every mistake with its path, its line and what to write.
    """
    path = Path(path)
    tree, lines = read_toml(path, ChipFileError, "feedline twin new")
    mistakes: list[Mistake] = []
    tables: dict[str, Mapping[str, Any]] = {}
    for name, (kind, given) in _TABLES.items():
        tables[name], wrong = entries(tree.get(name, {}), name, kind, given, lines)
        mistakes += wrong
    top = {key: item for key, item in tree.items() if key not in _TABLES}
    qubits = sorted(tables["qubits"].values(), key=lambda qubit: qubit.index)
    couplers = tuple(tables["couplers"].values())
    rest = {"lines": tables["lines"], "mixers": tables["mixers"], "qubits": tuple(qubits), "couplers": couplers}
    chip, wrong = structured({"name": path.stem, **top, **rest}, Chip, keys=(), lines=lines, given={})
    mistakes += wrong
    if chip is not None and not mistakes:
        mistakes = [attrs.evolve(one, line=line_at(lines, _keys(one))) for one in check_chip(chip)]
    if chip is None or mistakes:
        raise ChipFileError(path, sorted(mistakes, key=lambda mistake: mistake.line))
    return chip


def write_chip(chip: Chip, path: str | os.PathLike[str]) -> None:
    """Write a chip as a file to edit; `read_chip` reads the same chip back.

    Raises:
        OSError: If the file cannot be written.
    """
    Path(path).write_text(chip_text(chip), encoding="utf-8")


def chip_id(chip: Chip) -> str:
    """Hash of what a chip is, but for its name and its age: ``chip-`` and 16 hexadecimal digits."""
    tree = attrs.asdict(chip)
    for key in ("name", "age_s", "time_factor"):
        del tree[key]
    text = json.dumps(tree, sort_keys=True, default=str)
    return f"chip-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _keys(mistake: Mistake) -> Keys:
    return tuple(mistake.path.split("."))


def _pair(name: str) -> Mapping[str, Any]:
    """A coupler's name says its qubits, the one that it shifts first."""
    found = _PAIR.fullmatch(name)
    if found is None or found["first"] == found["second"]:
        raise WrongValueError("is no pair of qubits.", "Write two, the one that it shifts first: [couplers.q0_q1].")
    return {"qubits": (int(found["first"]), int(found["second"]))}


_TABLES: Mapping[str, tuple[type[Any], Given]] = {
    "qubits": (Qubit, numbered("qubits", "index")),
    "couplers": (Coupler, _pair),
    "lines": (Line, named("")),
    "mixers": (Mixer, named("")),
}
"""Tables of tables: the record of one entry, and what its name is."""
