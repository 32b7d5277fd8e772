# SPDX-License-Identifier: Apache-2.0
"""Bars know how far random circuits lie apart."""

from __future__ import annotations

import numpy as np
import pytest

from feedline.estimation.redraw import add_spread


def drawn(between: float, within: float, rng: np.random.Generator) -> np.ndarray:
    """Means of 400 points, 32 random circuits each, with 200 replicates of the shot noise alone."""
    true = rng.normal(scale=between, size=(400, 32, 1))
    value = true + rng.normal(scale=within, size=true.shape)
    return np.concatenate([value[None], value + rng.normal(scale=within, size=(200, *true.shape))])


@pytest.mark.parametrize(("between", "within"), [(0.1, 0.02), (0.03, 0.03), (0.0, 0.05)])
def test_the_bar_is_the_spread_of_the_mean(between: float, within: float) -> None:
    """5 %: the spread of 400 means is known to 3.5 %, their mean bar to less than 1 %.

    Without a spread between circuits the bar may be larger by the chance excess that is taken for one: 10 %.
    """
    rng = np.random.default_rng(3)
    means = drawn(between, within, rng)
    add_spread(means, 2, rng)
    mean = means.mean(axis=2)[..., 0]
    bar = np.sqrt(np.mean(mean[1:].var(axis=0, ddof=1)))
    expected = np.sqrt((between**2 + within**2) / 32)
    assert mean[0].std(ddof=1) == pytest.approx(expected, rel=0.12)
    assert bar == pytest.approx(expected, rel=0.05 if between else 0.1)


def test_a_single_draw_and_a_value_without_replicates_are_left_alone() -> None:
    for shape in ((9, 3, 1, 2), (1, 3, 16, 2)):
        means = np.random.default_rng(1).random(shape)
        before = means.copy()
        add_spread(means, 2, np.random.default_rng(2))
        assert (means == before).all()
