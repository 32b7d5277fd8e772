# SPDX-License-Identifier: Apache-2.0
"""Reads TOML files of which every mistake is told at once: rack files, chip files."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from feedline.errors import nearest

from .mistake import FileError, Mistake
from .place import Keys, line_at, lines_of
from .structuring import dotted, structured
from .value import WrongValueError, shown

_Record = TypeVar("_Record")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_QUBIT = re.compile(r"q(?P<number>0|[1-9]\d*)")
_PLACE = re.compile(r"(?P<what>.*) \(at (line (?P<line>\d+), column (?P<column>\d+)|end of document)\)", re.DOTALL)
Given = Callable[[str], Mapping[str, Any]]
"""Fields of a record that its table's name says."""


def read_toml(path: Path, error: type[FileError], command: str) -> tuple[dict[str, Any], dict[Keys, int]]:
    """A file's tables and the lines of its keys.

    Args:
        path: The file.
        error: What to raise.
        command: What makes such a file.

    Raises:
        FileError: If it cannot be read, or is no TOML.
    """
    text = _text(path, error, command)
    return parse_toml(text, path, error), lines_of(text)


def parse_toml(text: str, path: Path, error: type[FileError]) -> dict[str, Any]:
    """Tables of a text.

    Raises:
        FileError: If it is no TOML; says where.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as refusal:
        raise error(path, [_malformed(str(refusal), text)]) from None


def _text(path: Path, error: type[FileError], command: str) -> str:
    def unreadable(what: str, remedy: str) -> NoReturn:
        raise error(path, [Mistake("", what, remedy)]) from None

    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        there = [item.name for item in path.parent.glob("*.toml")]
        unreadable("There is no such file.", nearest(path.name, there) if there else f"Make one with `{command}`.")
    except UnicodeDecodeError as refusal:
        unreadable(f"It is no text in UTF-8 (byte {refusal.start}).", "Save it as UTF-8.")
    except OSError as refusal:
        unreadable(f"It cannot be read: {refusal.strerror}.", "Name a TOML file that you may read.")


def _malformed(message: str, text: str) -> Mistake:
    found = _PLACE.fullmatch(message)
    if found is None:
        return Mistake("", f"No TOML: {message}.", "See https://toml.io for the rules.")
    number = int(found["line"] or 0) or text.rstrip().count("\n") + 1
    column = f", column {found['column']}" if found["column"] else ""
    line = text.splitlines()[number - 1].strip() if text.strip() else ""
    return Mistake("", f"no TOML{column}: {found['what']}.", f"Correct this line: {shown(line)[1:-1]}", number)


def entries(
    tables: Any, group: str, kind: type[_Record], given: Given, lines: Mapping[Keys, int]
) -> tuple[dict[str, _Record], list[Mistake]]:
    """Records of a table of tables, by name, and mistakes.

    Args:
        tables: What the file says.
        group: Name of the table.
        kind: Which record.
        given: Fields that an entry's name says; raises `WrongValueError` for a name that is none.
        lines: Lines of the file's keys.
    """
    if not isinstance(tables, dict):
        at = line_at(lines, (group,))
        return {}, [Mistake(group, f"is {shown(tables)}.", f"Write tables: [{group}.NAME].", at)]
    made: dict[str, _Record] = {}
    mistakes: list[Mistake] = []
    for name, table in tables.items():
        keys = (group, name)
        if not isinstance(table, dict):
            what, remedy = f"is {shown(table)}.", f"Write a table: [{group}.{name}]."
            mistakes.append(Mistake(dotted(keys), what, remedy, line_at(lines, keys)))
            continue
        try:
            said = given(name)
        except WrongValueError as error:
            mistakes.append(Mistake(dotted(keys), error.what, error.remedy, line_at(lines, keys)))
            continue
        found, wrong = structured(table, kind, keys=keys, lines=lines, given=said)
        mistakes += wrong
        if found is not None:
            made[name] = found
    return made, mistakes


def named(key: str) -> Given:
    """An entry's name is one of its fields, or none of them if the key is empty."""

    def given(name: str) -> Mapping[str, Any]:
        if _NAME.fullmatch(name) is None:
            raise WrongValueError("is no name.", "Use letters, digits and _, a letter first.")
        return {key: name} if key else {}

    return given


def numbered(group: str, key: str) -> Given:
    """An entry's name is q and a number, which is one of its fields."""

    def given(name: str) -> Mapping[str, Any]:
        qubit = _QUBIT.fullmatch(name)
        if qubit is None:
            raise WrongValueError("is no qubit.", f"Write q and its number: [{group}.q0].")
        return {key: int(qubit["number"])}

    return given
