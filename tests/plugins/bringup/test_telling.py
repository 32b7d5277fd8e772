# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

import pytest

from feedline_bringup.fitting import Measured
from feedline_bringup.telling import told


@pytest.mark.parametrize(
    ("name", "measured", "words"),
    [
        ("frequency_hz", Measured(5.16081072e9, 610.0), "frequency = 5.16081072 ± 0.00000061 GHz"),
        ("off_hz", Measured(-220.0, 590.0), "off = -220 ± 590 Hz"),
        ("off_hz", Measured(-2.0, 590.0), "off = -2 ± 590 Hz"),
        ("t1_s", Measured(2.572e-5, 6.1e-7), "t1 = 25.72 ± 0.61 µs"),
        ("delay_s", Measured(1.2e-8, 0.0), "delay = 12 ns"),
        ("beta_s", Measured(-3.628e-10, 1.9e-11), "beta = -363 ± 19 ps"),
        ("angle_rad", Measured(0.0022, 0.0018), "angle = 0.0022 ± 0.0018 rad"),
        ("sx_factor", Measured(1.00043, 0.00056), "sx_factor = 1.00043 ± 0.00056"),
        ("misread_0", Measured(0.0112, 0.0012), "misread_0 = 0.0112 ± 0.0012"),
        ("limit", Measured(0.00157, math.nan), "limit = 0.00157"),
        ("amplitude_v", Measured(0.0, 0.0), "amplitude = 0 V"),
        ("offset_v", Measured(1e-15, 1e-15), "offset = 0.0010 ± 0.0010 pV"),
        ("t2_s", Measured(math.inf, 1.0), "t2_s = inf ± 1.0"),
        ("one", Measured(0.012795, 3.8e-5), "one = 0.012795 ± 0.000038"),
    ],
)
def test_values_have_two_digits_of_their_error_and_a_unit_that_fits(name: str, measured: Measured, words: str) -> None:
    assert told(name, measured) == words
