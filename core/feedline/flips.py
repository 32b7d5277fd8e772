# SPDX-License-Identifier: Apache-2.0
"""Random flips of measured bits: each is as likely as not, and few randomisations balance well."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def balanced_flips(rng: np.random.Generator, sweep: tuple[int, ...], count: int, num_bits: int) -> NDArray[np.bool_]:
    """Draw which bits each of some randomisations flips.

    Every randomisation by itself is uniform over all patterns, independent of the point. Over the randomisations of a
    point, the flips are an orthogonal array as far as their number allows: with 2**k of them every bit is flipped in
    half, and any two of 2**k - 1 bits are flipped together in a quarter, so that the asymmetry of readout cancels
    exactly there and not on average only.

    Args:
        rng: Randomness.
        sweep: Shape of the points; each draws its own.
        count: Number of randomisations.
        num_bits: Number of bits.

    Returns:
        Shape ``(*sweep, count, num_bits)``.

    Source: linear orthogonal arrays, Hedayat, Sloane, Stufken, Orthogonal Arrays (1999), ch. 3 and 4.
    """
    width = max(1, (count - 1).bit_length())
    rows = rng.permutation(1 << width)[:count]
    others = (1 << width) - 1
    labels = 1 + (rng.permutation(others)[np.arange(num_bits) % others])
    pattern = (np.bitwise_count(rows[:, None] & labels) & 1).astype(np.bool_)
    shift = rng.integers(0, 2, (*sweep, 1, num_bits), dtype=np.uint8).astype(np.bool_)
    flips: NDArray[np.bool_] = pattern ^ shift
    return flips
