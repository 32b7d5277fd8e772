# SPDX-License-Identifier: Apache-2.0
"""Lines of a TOML file: where its tables and keys are, for messages. The parser of the standard library keeps none."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

Keys = tuple[str, ...]

_HEADER = re.compile(r"\s*\[\[?(?P<keys>[^\[\]]+)\]\]?\s*(#.*)?")
_ENTRY = re.compile(r"\s*(?P<keys>(?:[A-Za-z0-9_\-.\s]|\"[^\"]*\"|'[^']*')+?)\s*=")


def lines_of(text: str) -> dict[Keys, int]:
    """The line of each table and key that begins one, from 1; of a key that comes twice, the first.

    Entries of inline tables have the line of the table, see `line_at`.
    """
    lines: dict[Keys, int] = {}
    table: Keys = ()
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.fullmatch(line)
        if header is not None and (keys := _keys(header["keys"])):
            table = keys
            lines.setdefault(table, number)
            continue
        entry = _ENTRY.match(line)
        if entry is not None:
            keys = _keys(entry["keys"])
            for depth in range(1, len(keys) + 1):
                lines.setdefault((*table, *keys[:depth]), number)
    return lines


def line_at(lines: Mapping[Keys, int], keys: Keys) -> int:
    """The line of a key, else of what it is in; 0 for the file as a whole."""
    for depth in range(len(keys), 0, -1):
        if keys[:depth] in lines:
            return lines[keys[:depth]]
    return 0


def _keys(dotted: str) -> Keys:
    """Parts of a dotted key, quotes removed; none if it is no key."""
    try:
        found: Any = tomllib.loads(f"{dotted.strip()} = 0")
    except tomllib.TOMLDecodeError:
        return ()
    keys: list[str] = []
    while isinstance(found, dict):
        key, found = next(iter(found.items()))
        keys.append(key)
    return tuple(keys)
