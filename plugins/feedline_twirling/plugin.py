# SPDX-License-Identifier: Apache-2.0
"""What this package registers: the pass ``twirling``, and the levels that it is in."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from feedline.hookspecs import hookimpl
from feedline.registry import LevelEntry, PassEntry

if TYPE_CHECKING:
    from feedline.passes import Pass


@hookimpl
def feedline_register_passes(register: Callable[[PassEntry], None]) -> None:
    """Offer the pass; what it needs is imported when it is made."""
    register(
        PassEntry(
            name="twirling", make=_made, summary="Random frames that make noise a Pauli channel: gates and measurements"
        )
    )


@hookimpl
def feedline_register_levels(register: Callable[[LevelEntry], None]) -> None:
    """Have levels hold it."""
    register(LevelEntry(level=2, passes=("twirling",), primitive="estimator"))


def _made() -> Pass:
    from .technique import Twirling

    return Twirling()
