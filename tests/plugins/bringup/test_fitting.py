# SPDX-License-Identifier: Apache-2.0
"""Fits find the truth within their errors, and say so when data do not follow the model."""

from __future__ import annotations

import numpy as np
import pytest

from feedline_bringup.fitting import decay, fit, main_frequency, peak, phase_of, wave

X = np.linspace(0.0, 10.0, 41)


@pytest.mark.parametrize("seed", range(5))
def test_decay_is_found_within_three_errors(seed: int) -> None:
    noise = np.random.default_rng(seed).normal(0, 0.02, len(X))
    found = fit(decay, X, decay(X, 0.9, 3.0, 0.05) + noise, np.full(len(X), 0.02), dict(amplitude=1, time=2, offset=0))
    assert found.problem == ""
    assert abs(found["time"].value - 3.0) < 3 * found["time"].error
    assert 0.3 < found.chi_squared < 2.0


@pytest.mark.parametrize("seed", range(5))
def test_peak_is_found_within_three_errors(seed: int) -> None:
    noise = np.random.default_rng(seed).normal(0, 0.03, len(X))
    begin = {"amplitude": 0.8, "centre": 5.0, "width": 1.0, "offset": 0.0}
    found = fit(peak, X, peak(X, 1.0, 4.2, 0.8, 0.1) + noise, np.full(len(X), 0.03), begin)
    assert found.problem == ""
    assert abs(found["centre"].value - 4.2) < 3 * found["centre"].error


def test_noise_alone_is_no_signal() -> None:
    noise = np.random.default_rng(1).normal(0, 0.02, len(X))
    found = fit(decay, X, noise, np.full(len(X), 0.02), {"amplitude": 0.01, "time": 2.0, "offset": 0.0})
    assert found.problem != ""


def test_another_curve_is_not_described_by_the_model() -> None:
    data = wave(X, 0.5, 0.7, 0.0, 0.5)
    found = fit(decay, X, data, np.full(len(X), 0.01), {"amplitude": 0.5, "time": 2.0, "offset": 0.5})
    assert found.problem != ""


def test_value_at_a_limit_is_named() -> None:
    data = decay(X, 1.0, 50.0, 0.0)
    begin = {"amplitude": 1.0, "time": 2.0, "offset": 0.0}
    found = fit(decay, X, data, np.full(len(X), 1e-3), begin, time=(0.1, 5.0))
    assert "time lies at the edge" in found.problem


def test_phase_of_a_fringe_is_linear_and_has_an_error() -> None:
    angles = np.arange(6) * np.pi / 3
    noise = np.random.default_rng(3).normal(0, 0.01, 6)
    phase, amplitude = phase_of(angles, 0.5 + 0.4 * np.cos(angles - 1.1) + noise, np.full(6, 0.01))
    assert abs(phase.value - 1.1) < 3 * phase.error
    assert abs(amplitude.value - 0.4) < 3 * amplitude.error


def test_main_frequency_is_near_enough_to_begin_with() -> None:
    assert main_frequency(X, wave(X, 0.5, 0.73, 1.0, 0.5), 2.0) == pytest.approx(0.73, abs=0.02)
