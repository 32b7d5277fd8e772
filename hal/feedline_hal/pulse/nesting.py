# SPDX-License-Identifier: Apache-2.0
"""How deep records may contain each other; what contains itself is found, not followed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from feedline_hal.errors import PulseError

MAX_LEVELS = 64
"""Deeper than any pulse needs, and shallow enough for Python's own recursion."""

Node = TypeVar("Node")


def check_nesting(what: str, root: Node, inner: Callable[[Node], Iterable[Node]]) -> None:
    """Refuse what is nested more than 64 levels deep, itself inside itself included.

    Goes level by level over different objects, so that sharing parts costs nothing.

    Raises:
        PulseError: Says so.
    """
    level = {id(root): root}
    for _ in range(MAX_LEVELS):
        level = {id(node): node for outer in level.values() for node in inner(outer)}
        if not level:
            return
    raise PulseError(
        f"{what}: nested more than {MAX_LEVELS} levels deep, or contains itself.",
        remedy="Build it flat: a + b + c and a.then(b).then(c) make one level.",
    )
