# SPDX-License-Identifier: Apache-2.0
"""Extrapolations against SciPy and NumPy, and what the guard rails do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import curve_fit

from feedline_zne.choice import Choice, Ranges, chosen
from feedline_zne.extrapolation import Points, extrapolated
from feedline_zne.shots import shots_of, variance_multiplier

Array = NDArray[np.float64]
FACTORS = np.array([1.0, 3.0, 5.0])


def points(values: Array, bars: Array, factors: Array = FACTORS, asymptote: float = 0.0) -> Points:
    """Values of shape ``(k, n)`` without replicates."""
    return Points(
        factors=factors, values=values[:, None], bars=bars, asymptotes=np.full(values.shape[1], float(asymptote))
    )


def noisy(true: Array, decay: Array, bars: Array, seed: int, factors: Array = FACTORS) -> Array:
    """Values of exponentials with noise, shape ``(k, n)``."""
    noise = np.random.default_rng(seed).normal(size=(len(factors), len(true)))
    return np.asarray(true * np.exp(-decay * factors[:, None]) + bars * noise)


def replicated(values: Array, bars: Array, seed: int, replicates: int = 128) -> Array:
    """Values with replicates, shape ``(k, 1 + replicates, n)``."""
    noise = np.random.default_rng(seed).normal(size=(len(values), replicates, values.shape[1]))
    return np.concatenate([values[:, None], values[:, None] + bars[:, None] * noise], axis=1)


def pick(values: Array, *models: str, factors: Array = FACTORS, **more: Any) -> Choice:
    """Choose among models for terms from -1 to 1 (or ``lowest``) that decay to 0."""
    count = values.shape[2]
    ranges = Ranges(lowest=np.full(count, more.pop("lowest", -1.0)), asymptotes=np.zeros(count))
    return chosen(factors, values, ranges, models or ("exponential", "linear"), more.pop("asymptote", None))


@pytest.mark.parametrize("asymptote", [0.0, 0.2])
def test_exponential_is_scipys_weighted_fit(asymptote: float) -> None:
    """The oracle is an iterative fit to the same least squares; both stop within 1e-5 of the minimum."""
    rng = np.random.default_rng(3)
    true, decay = rng.uniform(0.4, 1, 40), rng.uniform(0, 0.3, 40)
    bars = np.array([[0.01], [0.02], [0.015]]) * np.ones(40)
    values = noisy(true, decay, bars, 4) + asymptote
    got = extrapolated(points(values, bars, asymptote=asymptote), "exponential")
    for number in range(40):
        best, _ = curve_fit(
            lambda x, a, d: asymptote + a * np.exp(-d * x), FACTORS, values[:, number], (0.7, 0.1), bars[:, number]
        )
        assert got.at_zero[0, number] == pytest.approx(asymptote + best[0], abs=1e-5)
    assert not got.is_bounded.any()


def test_exponential_with_free_asymptote_is_scipys_weighted_fit() -> None:
    factors = np.array([1.0, 2.0, 3.0, 5.0, 7.0])
    rng = np.random.default_rng(5)
    decay, bars = rng.uniform(0.2, 0.4, 20), np.full((5, 20), 0.002)
    values = noisy(rng.uniform(0.5, 0.8, 20), decay, bars, 6, factors) + 0.15
    got = extrapolated(points(values, bars, factors), "exponential", "free")
    for number in range(20):
        best, _ = curve_fit(
            lambda x, a, d, c: c + a * np.exp(-d * x), factors, values[:, number], (0.6, 0.3, 0.1), bars[:, number]
        )
        assert got.at_zero[0, number] == pytest.approx(best[0] + best[2], abs=1e-4)


def test_free_asymptote_of_a_straight_line_is_the_straight_line() -> None:
    values = 0.9 - 0.05 * FACTORS[:, None]
    got = extrapolated(points(values, np.full((3, 1), 0.01)), "exponential", "free")
    assert got.at_zero[0, 0] == pytest.approx(0.9, abs=1e-9)


def test_double_exponential_recovers_two_decays() -> None:
    factors = np.array([1.0, 2.0, 3.0, 5.0, 7.0, 9.0])
    values = (0.6 * np.exp(-0.05 * factors) + 0.4 * np.exp(-0.4 * factors))[:, None]
    got = extrapolated(points(values, np.full((6, 1), 1e-3), factors), "double_exponential")
    assert got.at_zero[0, 0] == pytest.approx(1.0, abs=1e-4)
    one = extrapolated(points(values, np.full((6, 1), 1e-3), factors), "exponential")
    assert abs(one.at_zero[0, 0] - 1) > 0.05


@pytest.mark.parametrize("degree", [1, 2, 3, 7])
def test_polynomials_are_numpys_weighted_fit(degree: int) -> None:
    rng = np.random.default_rng(degree)
    factors = np.arange(1.0, 2 * degree + 4, 2)
    values, bars = rng.uniform(-1, 1, (len(factors), 5)), rng.uniform(0.01, 0.05, (len(factors), 5))
    name = "linear" if degree == 1 else f"polynomial_degree_{degree}"
    got = extrapolated(points(values, bars, factors), name).at_zero[0]
    for number in range(5):
        best = np.polynomial.Polynomial.fit(factors, values[:, number], degree, w=1 / bars[:, number])
        assert got[number] == pytest.approx(best(0), rel=1e-6)


def test_fallback_is_the_value_at_the_lowest_factor() -> None:
    values = np.array([[0.8], [0.7], [0.5]])
    assert extrapolated(points(values, np.full((3, 1), 0.01)), "fallback").at_zero[0, 0] == 0.8


@pytest.mark.parametrize(("model", "decay"), [("exponential", 0.15), ("linear", 0.0)])
@pytest.mark.parametrize("factors", [(1.0, 3.0), (1.0, 3.0, 5.0)])
def test_bars_cover_the_ideal_value(model: str, decay: float, factors: tuple[float, ...]) -> None:
    """400 repeats: 95.4 % are within 2 bars, give or take 1.0 %; 92 % is more than 3 of these below."""
    true, at = np.linspace(-1, 1, 400), np.array(factors)
    true = true[np.abs(true) > 0.15]
    bars = np.linspace(0.01, 0.02, len(at))[:, None] * np.ones_like(true)
    values = noisy(true, np.full_like(true, decay), bars, 21, at)
    choice = pick(replicated(values, bars, 22), model, factors=at)
    stds = choice.values[1:].std(axis=0)
    assert np.isfinite(stds).all()
    assert (stds > 0).all()
    assert np.mean(np.abs(choice.values[0] - true) <= 2 * stds) >= 0.92


@pytest.mark.parametrize("decay", [0.0, 0.05, 0.1, 0.2])
def test_bars_cover_over_the_whole_range_with_the_default_models(decay: float) -> None:
    """Signals from none to full, choice of the model included; the same tolerance."""
    true = np.linspace(-1, 1, 400)
    bars = np.full((3, 400), 0.01)
    values = noisy(true, np.full(400, decay), bars, 31)
    choice = pick(replicated(values, bars, 32))
    stds = choice.values[1:].std(axis=0)
    assert np.mean(np.abs(choice.values[0] - true) <= 2 * stds) >= 0.92
    assert set(choice.names) == {"exponential", "linear"}


def test_reported_bar_is_the_spread() -> None:
    """400 equal values: their spread is known to 3.5 %, the replicates' to 6 %; 25 % is beyond 3 of both."""
    true, bars = np.full(400, 0.7), np.array([[0.01], [0.02], [0.02]]) * np.ones(400)
    for model in ("exponential", "linear", "polynomial_degree_2"):
        choice = pick(replicated(noisy(true, np.full(400, 0.1), bars, 41), bars, 42), model)
        assert choice.values[1:].std(axis=0).mean() == pytest.approx(choice.values[0].std(), rel=0.25)


def test_value_beyond_its_range_falls_back_and_says_so() -> None:
    values = np.array([[0.9], [0.45], [0.3]])
    choice = pick(replicated(values, np.full((3, 1), 0.005), 1))
    assert choice.names[0] == "linear"
    assert choice.warnings[0] == "exponential: 1 of 1 values beyond the range of the term"
    below = pick(replicated(np.array([[0.01], [0.2], [0.4]]), np.full((3, 1), 1e-3), 1), "linear", lowest=0.0)
    assert below.names[0] == "fallback"
    assert below.values[0, 0] == 0.01
    assert below.warnings[-1].startswith("no extrapolator was acceptable for 1 of 1 values")


def test_bar_much_worse_than_without_falls_back_and_says_so() -> None:
    bars = np.full((8, 1), 0.02)
    factors = np.arange(1.0, 16, 2)
    values = np.full((8, 1), 0.5)
    choice = pick(replicated(values, bars, 2), "polynomial_degree_7", "linear", factors=factors)
    assert choice.names[0] == "linear"
    assert choice.warnings[0] == "polynomial_degree_7: 1 of 1 values with a bar much worse than without it"


def test_no_signal_is_left_to_the_line() -> None:
    values = np.array([[0.004], [-0.006], [0.01]])
    choice = pick(replicated(values, np.full((3, 1), 0.01), 3))
    assert choice.names[0] == "linear"
    assert "without a signal" in choice.warnings[0]
    assert choice.model_spread[0] == 0


def test_each_value_has_its_own_model_and_model_spread_is_their_difference() -> None:
    values = np.array([[0.7, 0.0], [0.5, 0.01], [0.36, -0.01]])
    made = replicated(values, np.full((3, 2), 0.01), 4)
    choice = pick(made)
    assert choice.names.tolist() == ["exponential", "linear"]
    spread = abs(pick(made, "exponential").values[0, 0] - pick(made, "linear").values[0, 0])
    assert choice.model_spread[0] == pytest.approx(spread)


def test_poor_fit_is_told() -> None:
    values = np.array([[0.8], [0.4], [0.5]])
    choice = pick(replicated(values, np.full((3, 1), 0.005), 5), "linear")
    assert choice.warnings == ("linear: describes 1 of 1 values poorly; their bars may be too small",)


def test_shots_that_all_agree_give_a_value_and_no_warning() -> None:
    choice = pick(np.ones((3, 129, 1)))
    assert choice.values[0, 0] == pytest.approx(1)
    assert np.isfinite(choice.values).all()
    assert choice.warnings == ()


@pytest.mark.parametrize("model", ["exponential", "linear"])
def test_many_values_are_fitted_as_a_few_are(model: str) -> None:
    bars = np.full((3, 2000), 0.01)
    values = noisy(np.linspace(-1, 1, 2000), np.full(2000, 0.1), bars, 61)
    many = extrapolated(points(values, bars), model)
    rows = replicated(values, bars, 62)
    tiled = Points(factors=FACTORS, values=rows, bars=bars, asymptotes=np.zeros(2000))
    np.testing.assert_allclose(extrapolated(tiled, model).at_zero[0], many.at_zero[0], rtol=1e-9, atol=1e-12)


def test_no_values_are_no_problem() -> None:
    assert pick(np.ones((3, 5, 0))).values.shape == (5, 0)


def test_replicates_without_signal_stay_finite() -> None:
    values = np.array([[0.1], [0.01], [0.0]])
    choice = pick(replicated(values, np.full((3, 1), 0.02), 6), "exponential")
    assert np.isfinite(choice.values).all()


@pytest.mark.parametrize("how", ["split", "each"])
@pytest.mark.parametrize(("model", "degree"), [("linear", 1), ("exponential", 1), ("polynomial_degree_2", 2)])
def test_declared_variance_is_that_of_weak_noise(how: str, model: str, degree: int) -> None:
    """600 repeats tell a variance to 6 %; 25 % leaves room for the weights, which replicates know to 12 %."""
    split = shots_of(3000, FACTORS, degree, how)
    bars = np.sqrt(0.75 / np.array(split))[:, None] * np.ones(600)
    values = noisy(np.full(600, 0.5), np.full(600, 0.005), bars, 51)
    measured = pick(replicated(values, bars, 52), model).values[0].var(ddof=1) / (0.75 / 3000)
    assert measured == pytest.approx(variance_multiplier(3000, FACTORS, degree, split), rel=0.25)


def test_split_keeps_the_shots_and_beats_equal_shares() -> None:
    split = shots_of(10_000, FACTORS, 1, "split")
    assert sum(split) == 10_000
    assert variance_multiplier(10_000, FACTORS, 1, split) < 0.7 * variance_multiplier(9999, FACTORS, 1, [3333] * 3)
    assert shots_of(3, FACTORS, 1, "split") == [1, 1, 1]
    assert shots_of(10, (1.0,), 0, "split") == [10]
