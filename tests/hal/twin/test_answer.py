# SPDX-License-Identifier: Apache-2.0
"""What comes back on a line depends on when it is looked at, not on how rounding sees that."""

from __future__ import annotations

import numpy as np
import pytest

from feedline_hal.twin.answer import response
from feedline_hal.twin.chip import Resonator
from feedline_hal.twin.field import Field

TONE_HZ, LO_HZ = 7.0e9, 6.9e9
RESONATOR = Resonator(port="line", frequency_hz=TONE_HZ, chi_hz=2e6, kappa_hz=4e6)


def point(start_s: float, shift: int) -> complex:
    """The tone's integrated answer when everything comes so many samples later; phases count from its start."""
    samples = np.zeros(6000, dtype=np.complex128)
    played = (np.arange(500) + 0.5) * 1e-9
    samples[shift : shift + 500] = 0.1 * np.exp(2j * np.pi * (TONE_HZ - LO_HZ) * played)
    field = Field(volts=samples[np.newaxis], start_s=start_s, rate_hz=1e9, lo_hz=LO_HZ)
    taken_s = np.arange(625) / 1.25e9  # every fifth sample falls on the edge of a played one
    found = response(samples, field, [RESONATOR], taken_s + start_s + shift * 1e-9)
    heard = found.passing - found.taken[0, 0]
    return complex((heard * np.exp(-2j * np.pi * (TONE_HZ - LO_HZ) * taken_s)).mean())


@pytest.mark.parametrize("start_s", [0.0, 18e-9, 62.5e-9])
def test_answer_does_not_depend_on_the_time_of_day(start_s: float) -> None:
    first = point(start_s, 0)
    assert abs(first) > 1e-4
    for shift in (1, 7, 40, 241, 999, 5100):
        assert abs(point(start_s, shift) - first) < 1e-6 * abs(first) + 1e-9
