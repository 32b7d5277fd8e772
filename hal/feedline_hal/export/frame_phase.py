# SPDX-License-Identifier: Apache-2.0
"""Phases that frames have gathered by phase changes alone: what virtual-Z gates did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from feedline_hal.lowering.port_program import Block, Captures, Plays

_SHIFT, _SET = 0, 1


def frame_phases(block: Block, point: NDArray[np.float64], table: Plays | Captures) -> NDArray[np.float64]:
    """For each row, the frame's phase by the changes before it, from 0 at the start of the block.

    Args:
        block: Whose changes.
        point: Parameter vector, shape ``(n_parameters,)``.
        table: Plays or captures of the block.

    Returns:
        Radians, shape ``(rows,)``; a change at the start of a row counts, since it comes first.
    """
    out = np.zeros(len(table))
    changes = block.changes
    is_phase = changes.kind <= _SET
    values = np.real(changes.value.at(point)) if len(changes) else np.zeros(0)
    for frame in np.unique(changes.frame[is_phase]):
        chosen = np.flatnonzero(is_phase & (changes.frame == frame))
        chosen = chosen[np.argsort(changes.start_ticks[chosen], kind="stable")]
        reached = np.concatenate([[0.0], _running(changes.kind[chosen], values[chosen])])
        rows = np.flatnonzero(table.frame == frame)
        out[rows] = reached[np.searchsorted(changes.start_ticks[chosen], table.start_ticks[rows], side="right")]
    return out


def _running(kinds: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The phase after each change: shifts add up, a set starts anew."""
    if not np.any(kinds == _SET):
        return np.cumsum(values)
    out, phase = np.empty(len(values)), 0.0
    for index, (kind, value) in enumerate(zip(kinds, values, strict=True)):
        phase = value if kind == _SET else phase + value
        out[index] = phase
    return out
