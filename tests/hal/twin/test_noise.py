# SPDX-License-Identifier: Apache-2.0
"""Noise is normal, white, and the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from feedline_hal.twin.noise import white_noise

SHAPE = (1000, 1001)


def test_a_million_numbers_are_normal_and_know_nothing_of_each_other() -> None:
    """Kolmogorov and Smirnov at 1e-4; correlations within 5 of their standard errors of 0.001; seeded."""
    made = white_noise(SHAPE, 1.0, [3])
    flat = made.reshape(-1)
    assert stats.kstest(flat[:200_000].astype(float), "norm").pvalue > 1e-4
    assert flat.std() == pytest.approx(1.0, abs=0.004)
    assert stats.kurtosis(flat) == pytest.approx(0.0, abs=0.025)
    for apart in (1, 2, 16_384, SHAPE[1]):
        assert abs(np.corrcoef(flat[apart:], flat[:-apart])[0, 1]) < 0.005
    assert abs(np.corrcoef(flat[1:] ** 2, flat[:-1] ** 2)[0, 1]) < 0.005


def test_as_many_are_far_out_as_should_be() -> None:
    """Beyond 4 of 8 million: 507 +- 23; and some beyond 5, of which there are 4.6."""
    far = np.concatenate([np.abs(white_noise(SHAPE, 1.0, [7, part]).reshape(-1)) for part in range(8)])
    assert (far > 4).sum() == pytest.approx(507, abs=100)
    assert 0 < (far > 5).sum() < 15


def test_the_seed_and_the_deviation_decide() -> None:
    once, again = (white_noise((3, 5), 0.25, [1, 2]) for _ in range(2))
    assert once.shape == (3, 5)
    assert once.dtype == np.float32
    assert (once == again).all()
    assert (once != white_noise((3, 5), 0.25, [1, 3])).any()
    assert np.allclose(4 * once, white_noise((3, 5), 1.0, [1, 2]), rtol=1e-6)
    assert (white_noise((3, 5), 0.0, [1, 2]) == 0).all()
