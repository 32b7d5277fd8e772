# SPDX-License-Identifier: Apache-2.0
"""Tallies: outcomes of a chunk as weighted rows, whatever form the device answered in."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline.execution import Chunk, Execution
from feedline.passes import BoundPass

_DENSE = 1 << 22
"""Largest table (points times outcomes) that shots are counted into."""


@attrs.frozen(slots=True, eq=False)
class Tally:
    """Outcomes with weights; a row is an outcome of a point.

    Attributes:
        points: Which sweep points are covered.
        point: Point of each row, counted from the first one covered, shape ``(rows,)``.
        words: Outcome of each row, packed like `Chunk.bits`, shape ``(rows, n_bytes)``.
        weight: How often it came, shape ``(rows,)``.
    """

    points: range
    point: NDArray[np.intp]
    words: NDArray[np.uint8]
    weight: NDArray[np.float64]

    def sum_points(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum values of the rows per point, shape ``(points,)``."""
        if len(self.points) == 1:
            return np.add.reduce(values, keepdims=True)
        return np.bincount(self.point, weights=values, minlength=len(self.points)).astype(np.float64, copy=False)


def tally(execution: Execution, chunk: Chunk, passes: Sequence[BoundPass], *, count: bool = True) -> Tally:
    """Count a chunk's outcomes: undo the plan's flips, then let each pass have them, innermost first.

    ``count=False`` keeps a row per shot.
    """
    points = range(*chunk.points.indices(execution.size))
    if chunk.counts is not None:
        point, words, weight = chunk.counts.point, chunk.counts.words, chunk.counts.weight.astype(np.float64)
    else:
        assert chunk.bits is not None
        shots, width = chunk.bits.shape[1:]
        point = np.repeat(np.arange(len(points)), shots)
        words, weight = chunk.bits.reshape(len(points) * shots, width), np.ones(len(points) * shots)
    if execution.flips is not None:
        words = words ^ execution.flips.reshape(execution.size, -1)[chunk.points][point]
    outcomes = Tally(points, point, words, weight)
    if count and chunk.bits is not None and words.shape[1] <= 2 and len(points) << (8 * words.shape[1]) <= _DENSE:
        outcomes = _counted(outcomes)
    for bound in reversed(passes):
        change = getattr(bound.technique, "fold_shots", None)
        if change is not None:
            outcomes = change(execution, outcomes, bound.context)
    return outcomes


def _counted(shots: Tally) -> Tally:
    """Count equal outcomes of a point together."""
    width, points = shots.words.shape[1], len(shots.points)
    code = shots.words[:, 0].astype(np.intp)
    for column in range(1, width):
        code = (code << 8) | shots.words[:, column]
    counts = np.bincount((shots.point << (8 * width)) | code, minlength=points << (8 * width))
    rows = np.flatnonzero(counts)
    code = rows & ((1 << (8 * width)) - 1)
    distinct = np.stack([(code >> (8 * (width - 1 - column))) & 255 for column in range(width)], axis=1)
    return Tally(shots.points, rows >> (8 * width), distinct.astype(np.uint8), counts[rows].astype(np.float64))
