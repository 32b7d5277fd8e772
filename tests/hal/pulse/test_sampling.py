# SPDX-License-Identifier: Apache-2.0
"""Each shape against its formula, written out here a second time, in the middle of every sample."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from qiskit.circuit import Parameter

from feedline_hal import Waveform
from feedline_hal.errors import GridError, PulseError

RATE_HZ = 1e9
LENGTH_S = 40e-9
SIGMA_S = 7e-9
BETA_S = -0.4e-9
WIDTH_S = 12e-9


def gauss(t: float, sigma: float = SIGMA_S) -> float:
    return math.exp(-(t**2) / (2 * sigma**2))


def from_middle(formula: Callable[[float], complex]) -> Callable[[float], complex]:
    return lambda t: formula(t - LENGTH_S / 2)


FORMULAS: dict[str, tuple[Waveform, Callable[[float], complex]]] = {
    "constant": (Waveform.constant(LENGTH_S), lambda t: 1.0),
    "gaussian": (Waveform.gaussian(LENGTH_S, 1, sigma_s=SIGMA_S), from_middle(gauss)),
    "gaussian_square": (
        Waveform.gaussian_square(LENGTH_S, 1, sigma_s=SIGMA_S, width_s=WIDTH_S),
        from_middle(lambda t: 1.0 if abs(t) < WIDTH_S / 2 else gauss(abs(t) - WIDTH_S / 2)),
    ),
    "drag": (
        Waveform.drag(LENGTH_S, 1, sigma_s=SIGMA_S, beta_s=BETA_S),
        from_middle(lambda t: gauss(t) + 1j * BETA_S * (-t / SIGMA_S**2) * gauss(t)),
    ),
    "cosine": (Waveform.cosine(LENGTH_S, 1), lambda t: 0.5 * (1 - math.cos(2 * math.pi * t / LENGTH_S))),
    "sech": (Waveform.sech(LENGTH_S, 1, sigma_s=SIGMA_S), from_middle(lambda t: 1 / math.cosh(t / SIGMA_S))),
    "sine": (
        Waveform.sine(LENGTH_S, 1, frequency_hz=33e6, phase_rad=0.3),
        lambda t: math.sin(2 * math.pi * 33e6 * t + 0.3),
    ),
}


def expected(formula: Callable[[float], complex]) -> NDArray[np.complex128]:
    return np.array([formula((k + 0.5) / RATE_HZ) for k in range(40)], dtype=complex)


@pytest.mark.parametrize("shape", FORMULAS)
def test_every_shape_is_its_formula_in_the_middle_of_each_sample(shape: str) -> None:
    waveform, formula = FORMULAS[shape]
    samples = waveform.sample(RATE_HZ)
    assert samples.shape == (40,)
    assert samples.dtype == np.complex128
    np.testing.assert_allclose(samples, expected(formula), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("shape", FORMULAS)
def test_amplitude_is_a_factor_of_every_shape(shape: str) -> None:
    waveform, formula = FORMULAS[shape]
    np.testing.assert_allclose(waveform.scaled(0.2 - 0.3j).sample(RATE_HZ), (0.2 - 0.3j) * expected(formula))


@pytest.mark.parametrize("shape", ["constant", "gaussian", "gaussian_square", "cosine", "sech"])
def test_centred_shapes_are_symmetric(shape: str) -> None:
    samples = FORMULAS[shape][0].sample(RATE_HZ)
    np.testing.assert_allclose(samples, samples[::-1], rtol=1e-12)


def test_drag_is_even_in_phase_and_odd_in_quadrature() -> None:
    samples = FORMULAS["drag"][0].sample(RATE_HZ)
    np.testing.assert_allclose(samples, samples[::-1].conj(), rtol=1e-12)


def test_drag_in_quadrature_is_beta_times_the_slope_in_phase() -> None:
    fine = FORMULAS["drag"][0].sample(1e12)
    slope = np.gradient(fine.real, 1e-12)
    np.testing.assert_allclose(fine.imag[1:-1], BETA_S * slope[1:-1], atol=1e-6)


@pytest.mark.parametrize(
    ("shape", "area_s"),
    [
        ("constant", LENGTH_S),
        ("gaussian", SIGMA_S * math.sqrt(2 * math.pi) * math.erf(LENGTH_S / 2 / SIGMA_S / math.sqrt(2))),
        (
            "gaussian_square",
            WIDTH_S + SIGMA_S * math.sqrt(2 * math.pi) * math.erf((LENGTH_S - WIDTH_S) / 2 / SIGMA_S / math.sqrt(2)),
        ),
        ("cosine", LENGTH_S / 2),
        ("sech", 4 * SIGMA_S * math.atan(math.tanh(LENGTH_S / 4 / SIGMA_S))),
        ("sine", (math.cos(0.3) - math.cos(2 * math.pi * 33e6 * LENGTH_S + 0.3)) / (2 * math.pi * 33e6)),
    ],
)
def test_the_area_under_the_samples_is_the_integral(shape: str, area_s: float) -> None:
    area = FORMULAS[shape][0].sample(1e11).real.sum() / 1e11
    assert area == pytest.approx(area_s, rel=1e-5)


def test_the_middle_of_samples_integrates_better_than_their_beginning() -> None:
    """Why samples lie in the middle: the area is right to second order of the sample time."""
    half = Waveform.sine(LENGTH_S, 1, frequency_hz=0.25 / LENGTH_S)
    exact = LENGTH_S * 2 / math.pi
    middle = half.sample(RATE_HZ).real.sum() / RATE_HZ
    begin = sum(math.sin(math.pi / 2 * k / 40) for k in range(40)) / RATE_HZ
    assert abs(middle - exact) < 1e-2 * abs(begin - exact)


def test_sech_far_from_the_middle_is_0_without_a_warning() -> None:
    samples = Waveform.sech(10e-6, 1, sigma_s=1e-9).sample(RATE_HZ)
    assert np.isfinite(samples).all()
    assert samples[0] == 0


@given(st.integers(1, 40), st.floats(0.1, 1), st.floats(0.1, 1))
@settings(max_examples=30, deadline=None)
def test_sums_and_products_and_sequences_are_those_of_their_samples(n: int, one: float, other: float) -> None:
    a = Waveform.gaussian(n * 1e-9, one, sigma_s=SIGMA_S)
    b = Waveform.sine(n * 1e-9, other * 1j, frequency_hz=33e6)
    x, y = a.sample(RATE_HZ), b.sample(RATE_HZ)
    np.testing.assert_allclose((a + b).sample(RATE_HZ), x + y)
    np.testing.assert_allclose((a * b).sample(RATE_HZ), x * y)
    np.testing.assert_allclose((a + b * a + a).sample(RATE_HZ), x + y * x + x)
    np.testing.assert_allclose(a.then(b).then(a).sample(RATE_HZ), np.concatenate([x, y, x]))
    np.testing.assert_allclose(((a + b) * 0.5j).then(b).sample(RATE_HZ), np.concatenate([(x + y) * 0.5j, y]))


def test_samples_are_kept_as_they_are_and_scaled_by_the_amplitude() -> None:
    given_samples = [0.1, 0.2j, 0.3 + 0.4j]
    waveform = Waveform.sampled(given_samples, rate_hz=2e9)
    assert waveform.duration_s == 1.5e-9
    assert dict(waveform.parameters) == {"rate_hz": 2e9}
    np.testing.assert_array_equal(waveform.sample(2e9), given_samples)
    np.testing.assert_allclose(waveform.scaled(2j).sample(2e9), 2j * np.array(given_samples))
    assert waveform.scaled(2j).samples == tuple(map(complex, given_samples))


def test_samples_at_another_rate_are_refused() -> None:
    waveform = Waveform.sampled(np.ones(4), rate_hz=1e9)
    with pytest.raises(
        PulseError, match=r"has 1000000000 samples per second, asked for are 2000000000.\n  -> .*resample"
    ):
        waveform.sample(2e9)


def test_a_duration_off_the_grid_names_what_the_grid_has() -> None:
    words = r"'constant' is 10.3 ns long, which is off the grid of 1 ns.\n  -> .* 10 ns and 11 ns"
    with pytest.raises(GridError, match=words):
        Waveform.constant(10.3e-9).sample(RATE_HZ)
    with pytest.raises(GridError, match=r"'constant' is 9\.5 ns long"):
        Waveform.constant(9.5e-9).then(Waveform.gaussian(10.5e-9, 1, sigma_s=1e-9)).sample(RATE_HZ)


def test_a_waveform_without_duration_has_no_samples() -> None:
    assert Waveform.cosine(0.0, 1).sample(RATE_HZ).shape == (0,)


def test_unbound_parameters_are_named_when_sampled() -> None:
    a = Parameter("a")
    for waveform, words in (
        (Waveform.constant(a), "Waveform 'constant' still depends on a"),
        (Waveform.constant(1e-9, a), "Waveform 'constant': amplitude still depends on a"),
        (Waveform.gaussian(1e-9, 1, sigma_s=a), "Waveform 'gaussian': sigma_s still depends on a"),
    ):
        with pytest.raises(PulseError, match=words):
            waveform.sample(RATE_HZ)


@pytest.mark.parametrize("rate_hz", [0, -1e9, float("nan"), "1e9"])
def test_a_rate_that_means_nothing_is_refused(rate_hz: float) -> None:
    with pytest.raises(PulseError, match=r"rate_hz is .*\n  -> Give a .*samples per second"):
        Waveform.constant(1e-9).sample(rate_hz)


def test_a_waveform_that_contains_itself_is_found() -> None:
    loop = Waveform.constant(1e-9) + Waveform.constant(1e-9)
    object.__setattr__(loop, "parts", (loop, loop))
    with pytest.raises(PulseError, match=r"nested more than 64 levels deep, or contains itself.\n  -> Build it flat"):
        loop.sample(RATE_HZ)
