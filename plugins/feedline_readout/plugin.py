# SPDX-License-Identifier: Apache-2.0
"""What this package registers: the pass ``readout``, and the levels that it is in."""

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
            name="readout", make=_made, summary="Readout errors undone shot by shot, with measured assignment matrices"
        )
    )


@hookimpl
def feedline_register_levels(register: Callable[[LevelEntry], None]) -> None:
    """Have levels hold it."""
    register(LevelEntry(level=1, passes=("readout",), primitive="sampler"))
    register(LevelEntry(level=2, passes=("readout",), primitive="sampler"))


def _made() -> Pass:
    from .technique import Readout

    return Readout()
