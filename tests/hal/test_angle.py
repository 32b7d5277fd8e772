# SPDX-License-Identifier: Apache-2.0
"""Angles beyond bounds, cut into parts within them."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit, transpile

from feedline_hal import Calibration, PulseGate
from feedline_hal.angle import parts
from feedline_hal.errors import LimitError

sys.path.append(str(Path(__file__).parent / "gate"))
from pulse_lab import THETA, drive, lab


@settings(max_examples=50, deadline=None)
@given(angle=st.floats(-50, 50), low=st.floats(-7, 0), span=st.floats(0.05, 7))
def test_parts_lie_within_the_bounds_and_add_up_to_whole_turns(angle: float, low: float, span: float) -> None:
    high = low + span
    number, part = parts(angle, low, high, 2 * math.pi)
    if number:
        assert low <= part <= high
        assert math.remainder(angle - number * part, 2 * math.pi) == pytest.approx(0.0, abs=1e-9)
    else:
        assert high < 0.05 or low > 0


def test_the_fewest_parts_are_taken() -> None:
    assert parts(0.3, -1.0, 1.0, 2 * math.pi) == (1, 0.3)
    assert parts(math.pi, 0.0, math.pi / 2, 2 * math.pi) == (2, math.pi / 2)
    assert parts(5.0, -math.pi, math.pi, 2 * math.pi)[0] == 1


def test_an_angle_with_no_way_is_none() -> None:
    assert parts(0.3, 3.0, 3.1, 2 * math.pi)[0] == 0


def test_a_gate_that_does_not_add_up_is_refused_with_its_range() -> None:
    calibration = Calibration(
        gate="nudge", qubits=(0,), arguments=(THETA,), schedule=drive(0, THETA), bounds=((-0.5, 0.5),)
    )
    backend = lab(calibration)
    circuit = QuantumCircuit(1)
    circuit.append(PulseGate("nudge", 1, [0.7]), [0])
    with pytest.raises(LimitError, match=r"nudge\(0.7\) on qubits \(0,\) is beyond[^\0]*\(-0.5, 0.5\)"):
        transpile(circuit, backend, initial_layout=[0])
    circuit.data[0] = circuit.data[0].replace(operation=PulseGate("nudge", 1, [0.4]))
    assert transpile(circuit, backend, initial_layout=[0]).count_ops() == {"nudge": 1}
