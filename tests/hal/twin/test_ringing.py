# SPDX-License-Identifier: Apache-2.0
"""A decay that is fed, against SciPy's filter."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter

from feedline_hal.twin.ringing import ringing


@pytest.mark.parametrize("rate", [0.0126 - 0.4j, 0.5 + 2j, 40.0 - 1j, 400.0 + 0j], ids=str)
@pytest.mark.parametrize("shape", [(1,), (3000,), (2, 3, 50_000)], ids=str)
def test_it_is_what_the_filter_gives_also_over_many_lifetimes(rate: complex, shape: tuple[int, ...]) -> None:
    """To 1e-11 of the largest, with silence at the end: rounding in sums of some 1e4 terms is 1e-12."""
    rng = np.random.default_rng(1)
    fed = rng.standard_normal(shape) + 1j * rng.standard_normal(shape)
    fed[..., shape[-1] - shape[-1] // 3 :] = 0
    expected = lfilter([1.0], [1.0, -np.exp(-rate)], fed, axis=-1)
    assert np.abs(ringing(fed, rate) - expected).max() <= 1e-11 * np.abs(expected).max()


def test_nothing_comes_of_nothing() -> None:
    assert ringing(np.zeros((2, 0), dtype=complex), 0.1 + 1j).shape == (2, 0)
