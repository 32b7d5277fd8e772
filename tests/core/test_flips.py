# SPDX-License-Identifier: Apache-2.0
"""Flips are uniform one by one, and balanced together."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from feedline.flips import balanced_flips


def test_two_to_the_k_randomisations_balance_every_bit_and_every_pair() -> None:
    flips = balanced_flips(np.random.default_rng(1), (4,), 32, 31)
    assert flips.shape == (4, 32, 31)
    signs = 1 - 2 * flips.astype(int)
    assert (signs.sum(axis=1) == 0).all()
    for one, other in itertools.combinations(range(31), 2):
        assert ((signs[..., one] * signs[..., other]).sum(axis=1) == 0).all()


@pytest.mark.parametrize("count", [1, 2, 5, 24])
def test_each_randomisation_is_uniform(count: int) -> None:
    """4,000 draws of 3 bits, 500 expected of each pattern: 6 standard deviations are 126."""
    flips = balanced_flips(np.random.default_rng(2), (4000,), count, 3)
    for row in range(count):
        code = flips[:, row] @ np.array([1, 2, 4])
        assert np.abs(np.bincount(code, minlength=8) - 500).max() < 126


def test_more_bits_than_balance_are_drawn_all_the_same() -> None:
    flips = balanced_flips(np.random.default_rng(3), (), 8, 40)
    assert flips.shape == (8, 40)
    assert (flips.sum(axis=0) == 4).all()
