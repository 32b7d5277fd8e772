# SPDX-License-Identifier: Apache-2.0
"""Reads a rack file: TOML in, records out, every mistake at once."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import attrs

from feedline.errors import nearest

from .mistake import Mistake, RackFileError
from .place import Keys, line_at, lines_of
from .schema import InstrumentSpec, PortSpec, RackSpec, ReadoutSpec, TriggerSpec
from .structuring import dotted, structured
from .value import shown

TABLES: Mapping[str, type[Any]] = {
    "instruments": InstrumentSpec,
    "ports": PortSpec,
    "triggers": TriggerSpec,
    "readout": ReadoutSpec,
}
"""Tables of tables, and the record of one entry."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_QUBIT = re.compile(r"q(?P<number>0|[1-9]\d*)")
_PLACE = re.compile(r"(?P<what>.*) \(at (line (?P<line>\d+), column (?P<column>\d+)|end of document)\)", re.DOTALL)


def read_rack(path: str | os.PathLike[str]) -> RackSpec:
    """Read a rack file. What it means together is looked at by `feedline_hal.rack.check.check_rack`.

    Args:
        path: The TOML file.

    Raises:
        RackFileError: If it cannot be read, or holds keys or values that do not exist; names every one with its
            path, its line and what to write.
    """
    path = Path(path)
    text = _text(path)
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RackFileError(path, [_malformed(str(error), text)]) from None
    lines = lines_of(text)
    mistakes: list[Mistake] = []
    tables = {name: _entries(tree.get(name, {}), name, lines, mistakes) for name in TABLES}
    top = {key: item for key, item in tree.items() if key not in TABLES}
    table = {"name": path.stem, **top, **tables}
    spec, wrong = structured(table, RackSpec, keys=(), lines=lines, given={"path": path, "id": ""})
    mistakes = [*wrong, *mistakes]
    if spec is None or mistakes:
        raise RackFileError(path, sorted(mistakes, key=lambda mistake: mistake.line))
    return attrs.evolve(spec, id=content_id(spec))


def content_id(spec: RackSpec) -> str:
    """Hash of what a rack file says, not of where it is or how it is laid out: ``rack-`` and 16 hexadecimal digits."""
    tree = attrs.asdict(spec)
    for key in ("path", "name", "id"):
        del tree[key]
    text = json.dumps(tree, sort_keys=True, default=str)
    return f"rack-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        there = [item.name for item in path.parent.glob("*.toml")]
        remedy = nearest(path.name, there) if there else "Make one with `feedline rack new`."
        _unreadable(path, "There is no such file.", remedy)
    except UnicodeDecodeError as error:
        _unreadable(path, f"It is no text in UTF-8 (byte {error.start}).", "Save it as UTF-8.")
    except OSError as error:
        _unreadable(path, f"It cannot be read: {error.strerror}.", "Name a TOML file that you may read.")


def _unreadable(path: Path, what: str, remedy: str) -> NoReturn:
    raise RackFileError(path, [Mistake("", what, remedy)]) from None


def _malformed(message: str, text: str) -> Mistake:
    found = _PLACE.fullmatch(message)
    if found is None:
        return Mistake("", f"No TOML: {message}.", "See https://toml.io for the rules.")
    number = int(found["line"] or 0) or text.rstrip().count("\n") + 1
    column = f", column {found['column']}" if found["column"] else ""
    line = text.splitlines()[number - 1].strip() if text.strip() else ""
    return Mistake("", f"no TOML{column}: {found['what']}.", f"Correct this line: {shown(line)[1:-1]}", number)


def _entries(tables: Any, group: str, lines: Mapping[Keys, int], mistakes: list[Mistake]) -> dict[str, Any]:
    """Records of a table of tables, by name; mistakes are added to the list."""
    made: dict[str, Any] = {}
    if not isinstance(tables, dict):
        mistakes.append(
            Mistake(group, f"is {shown(tables)}.", f"Write tables: [{group}.NAME].", line_at(lines, (group,)))
        )
        return made
    for name, table in tables.items():
        keys = (group, name)
        found = _entry(table, keys, lines, mistakes)
        if found is not None:
            made[name] = found
    return made


def _entry(table: Any, keys: Keys, lines: Mapping[Keys, int], mistakes: list[Mistake]) -> Any:
    group, name = keys
    at = line_at(lines, keys)
    if not isinstance(table, dict):
        unknown = f"Write a table: [{group}.{name}]."
        mistakes.append(Mistake(dotted(keys), f"is {shown(table)}.", unknown, at))
        return None
    qubit = _QUBIT.fullmatch(name)
    if group == "readout" and qubit is None:
        mistakes.append(Mistake(dotted(keys), "is no qubit.", "Write q and its number: [readout.q0].", at))
        return None
    if _NAME.fullmatch(name) is None:
        mistakes.append(Mistake(dotted(keys), "is no name.", "Use letters, digits and _, a letter first.", at))
        return None
    given: dict[str, Any] = {"name": name}
    if group == "triggers":
        given = {"instrument": name}
    elif qubit is not None and group == "readout":
        given = {"qubit": int(qubit["number"])}
    made, wrong = structured(table, TABLES[group], keys=keys, lines=lines, given=given)
    mistakes += wrong
    return made
