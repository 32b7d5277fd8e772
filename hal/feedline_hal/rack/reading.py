# SPDX-License-Identifier: Apache-2.0
"""Reads a rack file: TOML in, records out, every mistake at once."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from .mistake import Mistake, RackFileError
from .place import Keys, lines_of
from .schema import InstrumentSpec, PortSpec, RackSpec, ReadoutSpec, TriggerSpec
from .structuring import structured
from .toml_file import Given, entries, named, numbered, parse_toml, read_toml

TABLES: Mapping[str, tuple[type[Any], Given]] = {
    "instruments": (InstrumentSpec, named("name")),
    "ports": (PortSpec, named("name")),
    "triggers": (TriggerSpec, named("instrument")),
    "readout": (ReadoutSpec, numbered("readout", "qubit")),
}
"""Tables of tables: the record of one entry, and what its name is."""


def read_rack(path: str | os.PathLike[str]) -> RackSpec:
    """Read a rack file. What it means together is looked at by `feedline_hal.rack.check.check_rack`.

    Args:
        path: The TOML file.

    Raises:
        RackFileError: If it cannot be read, or holds keys or values that do not exist; names every one with its
            path, its line and what to write.
    """
    path = Path(path)
    tree, lines = read_toml(path, RackFileError, "feedline rack new")
    return _spec(tree, lines, path)


def parse_rack(text: str, path: str | os.PathLike[str]) -> RackSpec:
    """Read the text of a rack file, as `read_rack` reads a file.

    Args:
        text: What the file would say.
        path: Where it would be.

    Raises:
        RackFileError: See `read_rack`.
    """
    return _spec(parse_toml(text, Path(path), RackFileError), lines_of(text), Path(path))


def content_id(spec: RackSpec) -> str:
    """Hash of what a rack file says, not of where it is or how it is laid out: ``rack-`` and 16 hexadecimal digits."""
    tree = attrs.asdict(spec)
    for key in ("path", "name", "id"):
        del tree[key]
    text = json.dumps(tree, sort_keys=True, default=str)
    return f"rack-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _spec(tree: Mapping[str, Any], lines: Mapping[Keys, int], path: Path) -> RackSpec:
    mistakes: list[Mistake] = []
    tables: dict[str, Any] = {}
    for name, (kind, given) in TABLES.items():
        tables[name], wrong = entries(tree.get(name, {}), name, kind, given, lines)
        mistakes += wrong
    top = {key: item for key, item in tree.items() if key not in TABLES}
    table = {"name": path.stem, **top, **tables}
    spec, wrong = structured(table, RackSpec, keys=(), lines=lines, given={"path": path, "id": ""})
    mistakes = [*wrong, *mistakes]
    if spec is None or mistakes:
        raise RackFileError(path, sorted(mistakes, key=lambda mistake: mistake.line))
    return attrs.evolve(spec, id=content_id(spec))
