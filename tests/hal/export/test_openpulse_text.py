# SPDX-License-Identifier: Apache-2.0
"""The text is played again as a pulse gate: its samples must be those of the program that it was written from."""

from __future__ import annotations

import re

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from feedline_hal import CalibrationSet, PulseGate, lower
from feedline_hal.errors import PulseError
from feedline_hal.export.openpulse_text import to_openpulse
from feedline_hal.lowering.render import render

from .lab import Lab, decisions, layers, turns


def again(text: str, qubits: int) -> CalibrationSet:
    return CalibrationSet.from_openpulse(text, ports=Lab(qubits).ports.values())


def test_text_reads_again_as_one_calibration_that_returns_the_bits(lowered) -> None:
    (calibration,) = again(to_openpulse(lowered(turns(0.5))), 1).calibrations
    assert (calibration.gate, calibration.qubits, calibration.num_bits) == ("program_turns", (0,), 1)


@pytest.mark.parametrize("qubits", [1, 2, 3])
def test_text_played_as_a_pulse_gate_gives_the_same_samples(lowered, rng: np.random.Generator, qubits: int) -> None:
    circuit = layers(qubits, 4, rng)
    circuit.remove_final_measurements()
    circuit.name = "body"
    program = lowered(circuit)
    backend = Lab(qubits).with_calibrations(again(to_openpulse(program), qubits))
    gate = QuantumCircuit(qubits)
    gate.append(PulseGate("program_body", qubits), range(qubits))
    expected, found = render(program), render(lower(gate, backend))
    assert expected.keys() == found.keys()
    for name, samples in expected.items():
        assert np.abs(samples).max() > 0.1
        assert found[name] == pytest.approx(samples, abs=1e-6)


def test_times_are_whole_nanoseconds_without_dust(lowered, rng: np.random.Generator) -> None:
    text = to_openpulse(lowered(layers(2, 7, rng)))
    delays = re.findall(r"delay\[(.*?)\]", text)
    assert delays
    assert all(re.fullmatch(r"\d+ns", delay) for delay in delays)


def test_parameters_are_bound(lowered) -> None:
    text = to_openpulse(lowered(turns(Parameter("theta"))), {"theta": 0.25})
    assert "shift_phase(q0_drive_frame, 0.25);" in text


def test_control_flow_is_refused_by_name(lowered) -> None:
    with pytest.raises(PulseError, match=r"(?s)Program 'decisions' has control flow, and OpenPulse text.*as JSON"):
        to_openpulse(lowered(decisions()))
