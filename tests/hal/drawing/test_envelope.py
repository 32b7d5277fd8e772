# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest

from feedline_hal.drawing.envelope import natural_rate, outline, thinned
from feedline_hal.pulse.waveform import Waveform


def test_square_needs_four_points() -> None:
    places, values = outline(Waveform.constant(1e-3), 1e9)
    assert len(places) <= 4
    assert values.tolist() == [1.0] * len(places)
    assert (places[0], places[-1]) == (0.0, 1.0)


def test_outline_follows_the_shape_within_a_hundredth() -> None:
    waveform = Waveform.drag(1e-6, 1.0, sigma_s=150e-9, beta_s=40e-9)
    places, values = outline(waveform, 1e9)
    assert len(places) <= 241
    samples = waveform.sample(1e9)
    middles = (np.arange(len(samples)) + 0.5) / len(samples)
    for part in (np.real, np.imag):
        assert np.interp(middles, places, part(values)) == pytest.approx(part(samples), abs=0.01)


def test_thinned_outline_keeps_its_peak() -> None:
    shape = outline(Waveform.gaussian(40e-9, 1.0, sigma_s=5e-9), 1e9)
    places, values = thinned(shape, 6)
    assert len(places) <= 7
    assert np.abs(values).max() == np.abs(shape[1]).max()
    assert (places[0], places[-1]) == (0.0, 1.0)


@pytest.mark.parametrize(
    "waveform",
    [
        Waveform.gaussian(33.3e-9, 1.0, sigma_s=5e-9),
        Waveform.constant(16e-9).then(Waveform.gaussian(40e-9, 1.0, sigma_s=9e-9)),
        Waveform.sampled([0.1, 0.2, 0.3], rate_hz=2.4e9),
        Waveform.sampled([0.1, 0.2, 0.3], rate_hz=2.4e9).scaled(0.5),
    ],
)
def test_natural_rate_gives_whole_numbers_of_samples(waveform: Waveform) -> None:
    samples = waveform.sample(natural_rate(waveform))
    assert len(samples) >= 3
