# SPDX-License-Identifier: Apache-2.0
"""What decays and is fed at every sample, without a library whose import takes as long as a short job."""

from __future__ import annotations

import cmath

import numpy as np
from numpy.typing import NDArray

_DECADES = 300.0
"""Of decay, as an exponent of e, within which sums are kept in one piece: double precision reaches 709."""


def ringing(fed: NDArray[np.complex128], rate: complex) -> NDArray[np.complex128]:
    """``b_n = exp(-rate) b_(n-1) + a_n`` from ``b = 0``, along the last axis.

    Sums of ``a_k exp(rate k)``, in pieces over which the exponential stays within range.

    Args:
        fed: What is added at every sample, shape ``(..., samples)``.
        rate: Of decay and of turning, per sample; the real part is positive.

    Returns:
        The same shape.
    """
    made = np.empty(fed.shape, dtype=np.complex128)
    size = max(1, int(_DECADES / rate.real))
    growth = np.exp(rate * np.arange(min(size, fed.shape[-1])))
    left: complex | NDArray[np.complex128] = 0.0
    for first in range(0, fed.shape[-1], size):
        part = fed[..., first : first + size]
        grown = growth[: part.shape[-1]]
        summed = np.cumsum(part * grown, axis=-1)
        summed += left * cmath.exp(-rate)
        summed /= grown
        made[..., first : first + size] = summed
        left = summed[..., -1:]
    return made
