# SPDX-License-Identifier: Apache-2.0
"""What this package registers: the pass ``zne``, and the levels that it is in."""

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
            name="zne",
            make=_made,
            summary="Zero-noise extrapolation: folded circuits and a weighted fit",
        )
    )


@hookimpl
def feedline_register_levels(register: Callable[[LevelEntry], None]) -> None:
    """Have levels hold it."""
    register(LevelEntry(level=2, passes=("zne",), primitive="estimator"))


def _made() -> Pass:
    from .technique import Zne

    return Zne()
