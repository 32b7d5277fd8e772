# SPDX-License-Identifier: Apache-2.0
"""What this package registers: the pass ``trex``, and the levels that it is in."""

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
        PassEntry(name="trex", make=_made, summary="Readout twirling, and each term divided by its measured factor")
    )


@hookimpl
def feedline_register_levels(register: Callable[[LevelEntry], None]) -> None:
    """Have levels hold it."""
    register(LevelEntry(level=1, passes=("trex",), primitive="estimator"))
    register(LevelEntry(level=2, passes=("trex",), primitive="estimator"))


def _made() -> Pass:
    from .technique import Trex

    return Trex()
