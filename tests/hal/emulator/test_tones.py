# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest

from feedline_hal.emulator.tones import Tone, Tones

TIMES_S = np.arange(400) / 1.25e9 - 20e-9


def test_a_shot_is_the_sum_of_its_channels_tones_with_signs_of_its_number() -> None:
    """Written out for each shot, tone by tone."""
    tones = (Tone(1, 50e6, 0.1, 0.3, 0), Tone(1, 73e6, 0.05, -1.0, 3), Tone(2, 90e6, 0.2, 0.0, 1))
    shots = range(5, 40, 3)
    volts = Tones(tones).volts(1, shots, TIMES_S)
    assert volts.shape == (12, 400)
    assert volts.dtype == np.float32
    for row, shot in enumerate(shots):
        first = 0.1 * np.cos(2 * np.pi * 50e6 * TIMES_S + 0.3) * (-1 if shot & 1 else 1)
        second = 0.05 * np.cos(2 * np.pi * 73e6 * TIMES_S - 1.0) * (-1 if shot & 8 else 1)
        np.testing.assert_allclose(volts[row], first + second, atol=1e-7)


def test_channels_and_times_are_told_apart() -> None:
    """What was computed for one channel or record is not used for another."""
    signal = Tones([Tone(1, 50e6, 0.1, 0.0, 0), Tone(2, 50e6, 0.3, 0.0, 0)])
    assert signal.volts(1, range(1), TIMES_S).max() == pytest.approx(0.1, rel=1e-3)
    assert signal.volts(2, range(1), TIMES_S).max() == pytest.approx(0.3, rel=1e-3)
    later = signal.volts(2, range(1), TIMES_S + 3e-9)
    np.testing.assert_allclose(later[0], 0.3 * np.cos(2 * np.pi * 50e6 * (TIMES_S + 3e-9)), atol=1e-6)


def test_a_channel_without_tones_is_silent() -> None:
    assert not Tones([]).volts(3, range(7), TIMES_S).any()


def test_many_bits_and_one_that_no_shot_has() -> None:
    """A tone for each of 20 bits, and a steady one: signs follow the shot's number."""
    tones = [Tone(1, 1e6 * (bit + 3), 0.01, 0.1 * bit, bit) for bit in (*range(20), 62)]
    shots = range(0b1010_0110_0011_1100_0101, 0b1010_0110_0011_1100_0101 + 5)
    volts = Tones(tones).volts(1, shots, TIMES_S)
    for row, shot in enumerate(shots):
        waves = [
            tone.amplitude_v
            * np.cos(2 * np.pi * tone.frequency_hz * TIMES_S + tone.phase_rad)
            * (-1 if shot >> tone.bit & 1 else 1)
            for tone in tones
        ]
        np.testing.assert_allclose(volts[row], np.sum(waves, axis=0), atol=1e-6)


def test_few_patterns_say_the_same_as_voltages() -> None:
    """Two bits and a steady tone are four patterns, the steady one's bit included eight; 20 bits are too many."""
    signal = Tones([Tone(1, 50e6, 0.1, 0.3, 0), Tone(1, 73e6, 0.05, -1.0, 3), Tone(1, 20e6, 0.02, 0.0, 62)])
    shots = range(3, 60, 7)
    found = signal.patterns(1, shots, TIMES_S)
    assert found is not None
    patterns, index = found
    assert len(patterns) == 8
    np.testing.assert_array_equal(patterns[index], signal.volts(1, shots, TIMES_S))
    assert Tones([Tone(1, 1e6, 0.01, 0.0, bit) for bit in range(20)]).patterns(1, shots, TIMES_S) is None
