# SPDX-License-Identifier: Apache-2.0
"""Sums over shots with their noise redrawn: what replicates are made of."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import numpy as np
from numpy.typing import NDArray

_RUNS = 1024
"""Runs that many rows are sketched into; the error of a bar that this brings is 1/sqrt(2 * 1024) = 2 %."""


@attrs.frozen(slots=True, eq=False)
class Redraw:
    """How noise is redrawn.

    Attributes:
        replicates: How many replicates a mean carries.
        rng: Makes the generator of an execution's replicates.
    """

    replicates: int
    rng: Callable[[], np.random.Generator]


def add_sums(
    sums: NDArray[np.float64],
    values: NDArray[np.float64],
    weight: NDArray[np.float64],
    rows: int,
    rng: np.random.Generator,
) -> None:
    """Add weighted sums of values over rows of one point, for the sample and for redrawn ones.

    Few rows are resampled as independent Poisson numbers (the Poisson bootstrap), which keeps every
    correlation of terms. Many rows are first summed in `_RUNS` runs, and a normal number multiplies a run's
    sum, so that a replicate costs as much as its runs, not its shots: runs of single shots are what a block
    bootstrap resamples (Kunsch, Ann. Stat. 17, 1217 (1989)); rows that stand for many shots are summed with
    random signs, which leaves their covariance right in expectation (Alon, Matias, Szegedy, J. Comput. Syst.
    Sci. 58, 137 (1999)).

    Args:
        sums: Shape ``(1 + replicates, terms)``; changed.
        values: Of each term and row, shape ``(terms, n)``.
        weight: How often each row came, shape ``(n,)``.
        rows: Rows of the point in all, of which these may be a part.
        rng: Randomness.
    """
    count = len(sums) - 1
    run = rows // _RUNS
    if run < 2:
        base = values @ weight
        again = rng.poisson(weight, size=(count, len(weight))).astype(np.float64)
        sums[0] += base
        sums[1:] += again @ values.T
        return
    starts = np.arange(0, len(weight), run)
    if weight.min() == weight.max() == 1:
        sketch = np.add.reduceat(values, starts, axis=1)
        base = sketch.sum(axis=1)
    else:
        base = values @ weight
        sketch = np.add.reduceat(values * (np.sqrt(weight) * rng.choice(_SIGNS, len(weight))), starts, axis=1)
    sums[0] += base
    sums[1:] += base + rng.standard_normal((count, len(starts))) @ sketch.T


_SIGNS = np.array([-1.0, 1.0])


RANDOM = "randomization"
"""How names of axes end along which circuits were drawn at random."""
_FEW = 8
"""Fewer draws than this tell nothing of their spread."""


def add_spread(means: NDArray[np.float64], axis: int, rng: np.random.Generator) -> None:
    """Let replicates vary as they would if the circuits along an axis were drawn again too.

    Replicates vary by shot noise; what means along the axis vary beyond that is how far the draws lie apart. A
    replicate is moved as a whole, by the mean of resampled deviations (the bootstrap over draws: Efron and Tibshirani,
    An Introduction to the Bootstrap, 1993, ch. 6) scaled to that part.

    Args:
        means: Shape ``(1 + replicates, *axes, terms)``; changed.
        axis: The axis.
        rng: Randomness.
    """
    draws = means.shape[axis]
    if draws < _FEW or len(means) < 2:
        return
    value = np.moveaxis(means[0], axis - 1, 0)
    shot_noise = np.moveaxis(means[1:].var(axis=0, ddof=1), axis - 1, 0).mean(axis=0)
    found = value.var(axis=0, ddof=1)
    share = np.sqrt(np.clip(1 - shot_noise / np.maximum(found, 1e-300), 0.0, 1.0) * draws / (draws - 1))
    picked = rng.multinomial(draws, np.full(draws, 1 / draws), size=len(means) - 1) / draws
    moved = np.tensordot(picked, value - value.mean(axis=0), axes=(1, 0)) * share
    means[1:] += np.expand_dims(moved, axis)
