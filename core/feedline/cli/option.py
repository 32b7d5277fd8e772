# SPDX-License-Identifier: Apache-2.0
"""Options as people write them: ``execution.rep_delay=1e-3``, ``backend.method=statevector``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from feedline.errors import InputError

_EXAMPLE = "Write --option execution.rep_delay=1e-3; values are JSON, anything else is text."


def parse_options(texts: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read ``name=value`` and ``group.name=value``.

    Returns:
        Options of the backend (those of the group ``backend``) and, nested, options of the primitive.

    Raises:
        InputError: If one cannot be read, or comes twice.
    """
    out: dict[str, Any] = {}
    for text in texts:
        path, equals, value = (part.strip() for part in text.partition("="))
        names = path.split(".")
        if not equals or not all(names):
            raise InputError(f"--option '{text}' is not group.name=value.", remedy=_EXAMPLE)
        group = out
        for name in names[:-1]:
            group = group.setdefault(name, {})
            if not isinstance(group, dict):
                raise InputError(f"--option '{text}': '{name}' was given a value before.", remedy=_EXAMPLE)
        if names[-1] in group:
            raise InputError(f"--option '{path}' is given twice.", remedy="Give each option once.")
        group[names[-1]] = _value(value)
    backend = out.pop("backend", {})
    if not isinstance(backend, dict):
        raise InputError(
            f"--option 'backend={backend}' names no option of the backend.",
            remedy="Write --option backend.NAME=VALUE; --backend chooses the backend.",
        )
    return backend, out


def merge(options: dict[str, Any], path: str, value: Any, flag: str) -> None:
    """Set an option to what a flag of the command line says.

    Args:
        options: Options as `parse_options` gives them; changed in place.
        path: ``group.name`` or ``name``.
        value: Its value.
        flag: The flag, for the error.

    Raises:
        InputError: If --option says something of it too.
    """
    *groups, name = path.split(".")
    found: Any = options
    for depth, group in enumerate(groups, start=1):
        found = found.setdefault(group, {})
        if not isinstance(found, dict):
            raise _said_twice(flag, value, ".".join(groups[:depth]), found)
    if name in found:
        raise _said_twice(flag, value, path, found[name])
    found[name] = value


def option_at(options: dict[str, Any], path: str) -> Any:
    """The value of an option that was given, else ``None``."""
    found: Any = options
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _said_twice(flag: str, value: Any, path: str, other: Any) -> InputError:
    return InputError(
        f"{flag} {value} and --option {path}={other} say the same thing twice.",
        remedy="Leave one of the two out.",
    )


def _value(text: str) -> Any:
    """JSON if it is JSON, else the text itself; nan and infinity are not JSON."""
    try:
        return json.loads(text, parse_constant=lambda name: name)
    except ValueError:
        return text
