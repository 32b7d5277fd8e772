# SPDX-License-Identifier: Apache-2.0
"""A start that is wrong on purpose is wrong in every number that calibration is to find, and the same for a seed."""

from __future__ import annotations

import pytest

import feedline
from feedline_bringup.edit import capture_of, drive_frame, play_of
from feedline_bringup.state import State
from feedline_bringup.wrong_start import wrong_start
from feedline_hal import CalibrationSet


@pytest.fixture(scope="module")
def right() -> CalibrationSet:
    made: CalibrationSet = feedline.backend("twin", num_qubits=3, calibrations="theory").calibrations
    return made


@pytest.mark.parametrize("seed", range(3))
def test_frequencies_amplitudes_and_thresholds_are_wrong(right: CalibrationSet, seed: int) -> None:
    wrong = wrong_start(right, seed)
    for qubit in range(3):
        off_hz = drive_frame(wrong, qubit).frequency_hz - drive_frame(right, qubit).frequency_hz
        assert abs(off_hz) == pytest.approx(5e6)
        off_hz = capture_of(wrong, qubit).frame.frequency_hz - capture_of(right, qubit).frame.frequency_hz
        assert abs(off_hz) == pytest.approx(5e6)
        assert play_of(wrong, "measure", (qubit,)).frame.frequency_hz == capture_of(wrong, qubit).frame.frequency_hz
        for gate in ("sx", "x"):
            pulses = [play_of(one, gate, (qubit,)).waveform.amplitude for one in (wrong, right)]
            assert abs(pulses[0] / pulses[1] - 1) == pytest.approx(0.2)
        assert State.of(wrong).fact(qubit).threshold != State.of(right).fact(qubit).threshold
        assert State.of(wrong).fact(qubit).t1_s is None
    for pair in ((0, 1), (2, 1)):
        pulses = [
            play_of(one, "cz", order).waveform.amplitude for one in (wrong, right) for order in (pair, pair[::-1])
        ]
        assert abs(pulses[0] / pulses[2] - 1) == pytest.approx(0.2)
        assert pulses[0] == pulses[1]


def test_a_seed_is_a_start(right: CalibrationSet) -> None:
    assert wrong_start(right, 4).id == wrong_start(right, 4).id
    assert len({wrong_start(right, seed).id for seed in range(5)}) == 5
