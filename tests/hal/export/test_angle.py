# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

import pytest

from feedline_hal.export.angle import angle_text


@pytest.mark.parametrize(
    ("radians", "text"),
    [
        (0.0, "0"),
        (math.pi, "pi"),
        (-math.pi, "-pi"),
        (math.pi / 2, "pi/2"),
        (-3 * math.pi / 4, "-3pi/4"),
        (2 * math.pi / 3, "2pi/3"),
        (7 * math.pi, "7pi"),
        (0.731, "0.731"),
        (-0.0306, "-0.031"),
        (1.2e-5, "1.2e-05"),
    ],
)
def test_angle_is_a_fraction_of_pi_or_three_digits(radians: float, text: str) -> None:
    assert angle_text(radians) == text


def test_angle_takes_the_letter_for_pictures() -> None:
    assert angle_text(math.pi / 4, pi="π") == "π/4"
