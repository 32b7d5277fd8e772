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
