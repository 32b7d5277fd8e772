# SPDX-License-Identifier: Apache-2.0
"""Coherence times that a calibration set notes are the target's."""

from __future__ import annotations

from typing import Any

import pytest

from feedline_hal import Calibration, CalibrationSet, Frame, Grid, Play, Port, Schedule, Waveform
from feedline_hal.calibration.coherence import CoherenceTimes, coherence_times, noted
from feedline_hal.errors import CalibrationError
from feedline_hal.target import make_target

TIMES = {0: CoherenceTimes(t1_s=42e-6, t2_s=51e-6), 1: CoherenceTimes(t1_s=30e-6)}


def gates(metadata: dict[str, Any]) -> CalibrationSet:
    made = []
    for qubit in (0, 1):
        frame = Frame(f"q{qubit}", Port(f"q{qubit}_drive", qubits=(qubit,)), frequency_hz=5e9 + qubit * 1e8)
        schedule = Schedule.left(Play(frame, Waveform.constant(40e-9, 0.3)))
        made.append(Calibration(gate="sx", qubits=(qubit,), schedule=schedule, error=4e-4))
    return CalibrationSet.of(made, metadata=metadata)


def test_what_was_noted_is_read_back_and_stands_in_the_target() -> None:
    calibrations = gates({"qubits": noted(TIMES)})
    assert coherence_times(calibrations) == TIMES
    target = make_target(calibrations, num_qubits=3, grid=Grid(dt_s=1e-9))
    found = [(one.t1, one.t2, one.frequency) for one in target.qubit_properties]
    assert found == [(42e-6, 51e-6, 5e9), (30e-6, None, 5.1e9), (None, None, None)]
    assert target["sx"][(0,)].error == 4e-4


def test_a_set_over_another_keeps_its_times() -> None:
    user = gates({})
    assert coherence_times(gates({"qubits": noted(TIMES)}).merged(user)) == TIMES


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ([1, 2], "qubits = \\[1, 2\\]"),
        ({"0": {"t1_s": 1e-6}}, "qubits = '0'"),
        ({"q0": 3}, "qubits.q0 = 3"),
        ({"q0": {"t1_s": -1e-6}}, "qubits.q0.t1_s = -1e-06"),
        ({"q0": {"t2_s": "long"}}, "qubits.q0.t2_s = 'long'"),
    ],
)
def test_times_that_are_none_are_refused_by_name(table: Any, words: str) -> None:
    with pytest.raises(CalibrationError, match=words):
        coherence_times(gates({"qubits": table}))
