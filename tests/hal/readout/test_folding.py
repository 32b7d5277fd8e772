# SPDX-License-Identifier: Apache-2.0
"""Folding: the images that are told are those that sampling makes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from feedline_hal.readout.folding import ghosts, nearest_ghost_hz

PLAYED_HZ, RECORDED_HZ = 1e9, 1.25e9


def test_images_that_are_told_are_in_a_record() -> None:
    """A tone at 60 MHz, played by a converter that holds, recorded by one channel: its lines are where ghosts are."""
    tone_hz, count = 60e6, 12500
    times_s = np.arange(count) / RECORDED_HZ
    held_s = np.floor(times_s * PLAYED_HZ + 1e-6) / PLAYED_HZ
    spectrum = np.abs(np.fft.fft(np.cos(2 * np.pi * tone_hz * held_s))) / count
    found_hz = np.fft.fftfreq(count, 1 / RECORDED_HZ)[spectrum > 0.02]
    told = [one.apart_hz + tone_hz for one in ghosts([tone_hz], tone_hz, played_hz=PLAYED_HZ, recorded_hz=RECORDED_HZ)]
    own = [tone_hz + order * PLAYED_HZ for order in range(-3, 4)]
    known_hz = np.array([math.remainder(one, RECORDED_HZ) for one in (*told, *own)])
    assert len(found_hz) >= 6
    assert all(np.abs(known_hz - one).min() < 1e5 for one in found_hz)


@pytest.mark.parametrize(("tone_hz", "apart_hz"), [(125e6, 0.0), (126e6, 2e6), (60e6, 120e6), (610e6, 30e6)])
def test_a_tone_comes_near_itself_at_multiples_of_half_the_common_rate(tone_hz: float, apart_hz: float) -> None:
    """Twice the tone against multiples of 250 MHz, which both rates have."""
    found_hz = nearest_ghost_hz([tone_hz], played_hz=PLAYED_HZ, recorded_hz=RECORDED_HZ)
    assert found_hz == pytest.approx(apart_hz, abs=1)


def test_i_and_q_have_no_mirror_image() -> None:
    found = list(ghosts([60e6, 125e6], 125e6, played_hz=PLAYED_HZ, recorded_hz=RECORDED_HZ, is_real=False))
    assert {one.sign for one in found} == {1}
    assert min(abs(one.apart_hz) for one in found) == pytest.approx(65e6)


def test_nothing_is_near_where_nothing_plays() -> None:
    assert nearest_ghost_hz([], played_hz=PLAYED_HZ, recorded_hz=RECORDED_HZ) == math.inf
