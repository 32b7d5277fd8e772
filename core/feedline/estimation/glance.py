# SPDX-License-Identifier: Apache-2.0
"""Glances: what an estimate would be if the folds that are still to come did nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from feedline.passes import Estimate

from .template import Block


def glance(estimate: Estimate, block: Block) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Values and standard errors on the way up, shape ``(points, observables)`` each.

    An axis that has coordinates is looked at where these are smallest (the least noise), over any other the mean
    is taken.
    """
    mean = estimate.mean
    for axis in reversed([name for name in estimate.axes if name != "param"]):
        place = estimate.axis(axis)
        mean = np.take(mean, 0, axis=place) if axis in estimate.coords else mean.mean(axis=place)
        estimate = estimate.reduced(axis, mean)
    values = mean @ block.table.coefficients.T + block.table.constants
    return values[0], values[1:].std(axis=0, ddof=1)
