# SPDX-License-Identifier: Apache-2.0
"""Captures as windows: which samples of a record are whose."""

from __future__ import annotations

import attrs
import pytest

from feedline_hal.instrument.acquisition import Acquisition
from feedline_rack.listening import Ear, window

RATE_HZ = 1.25e9
EAR = Ear(
    digitizer="scope", channels=(1,), start_s=0.0, duration_s=200e-9, kernel=None, frequency_hz=1e8, clbit=0, qubit=0
)
WANTED = Acquisition(channels=(1,), rate_hz=RATE_HZ, samples=10_000, records=1, delay_s=104 / RATE_HZ, range_v=(1.0,))


@pytest.mark.parametrize("late_s", [0.0, 40e-9, 80e-9, 120e-9, 1.2e-6, 4e-6])
def test_captures_that_begin_alike_between_two_samples_have_records_alike(late_s: float) -> None:
    """86 ns are 107.5 samples of 0.8 ns; gates of whole samples before do not move the tone in its record."""
    found = window(attrs.evolve(EAR, start_s=86e-9 + late_s), attrs.evolve(WANTED, delay_s=WANTED.delay_s + late_s))
    assert found.start == 3
    assert found.first_time_s == pytest.approx(-0.4e-9, abs=1e-15)
    shifted = window(attrs.evolve(EAR, start_s=86e-9 + late_s), WANTED)
    assert shifted.start == 3 + round(late_s * RATE_HZ)


def test_a_capture_begins_with_the_nearest_sample() -> None:
    starts = [window(attrs.evolve(EAR, start_s=(104 + at) / RATE_HZ), WANTED).start for at in (2.0, 2.4, 2.6, 3.0)]
    assert starts == [2, 2, 3, 3]
