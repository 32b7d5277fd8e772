# SPDX-License-Identifier: Apache-2.0
"""Pulse gates inside custom instructions, which `to_instruction`, `repeat` and `power` make."""

from __future__ import annotations

import io

import pytest
from pulse_lab import THETA, isa, kick, lab, pulse_gate
from qiskit import QuantumCircuit
from qiskit.circuit.library import RXGate

import feedline
from feedline.errors import CapabilityError
from feedline.pulse_mark import pulse_parts, unpacked
from feedline_hal import CalibrationSet, PulseGate


def kicked(value: object = 0.5, ideal: object = None) -> QuantumCircuit:
    circuit = QuantumCircuit(1, name="kicked")
    circuit.append(pulse_gate(value, ideal), [0])
    return circuit


def nested() -> QuantumCircuit:
    """Custom instructions in a custom instruction, one of them inside control flow."""
    circuit = QuantumCircuit(2, 1)
    circuit.append(kicked().repeat(2).to_instruction(), [1])
    with circuit.if_test((0, 1)):
        circuit.append(kicked().to_instruction(), [1])
    circuit.cz(0, 1)
    circuit.measure(1, 0)
    return circuit


def test_pulse_gates_in_custom_instructions_are_seen_where_they_are() -> None:
    assert [part.qubits for part in pulse_parts(nested())] == [(1,), (1,), (1,)]


@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_wires_stay_for_gates_of_some_qubits_in_custom_instructions(level: int) -> None:
    made = isa(nested(), lab(*kick(1)), level)
    assert [part.qubits for part in pulse_parts(made)] == [(1,), (1,), (1,)]
    assert made.count_ops()["kick"] == 2


def test_backends_without_pulses_refuse_what_is_inside_by_name() -> None:
    backend = feedline.backend("aer")
    with pytest.raises(CapabilityError, match="holds pulse gate 'kick' on qubit 1, which backend 'aer' cannot play"):
        backend.sampler().run([nested()])


def test_ideal_meanings_are_run_from_custom_instructions() -> None:
    circuit = QuantumCircuit(2)
    inner = QuantumCircuit(1, global_phase=0.3)
    inner.append(PulseGate("kick", 1, [THETA], ideal=RXGate(THETA)), [0])
    circuit.append(inner.repeat(2).to_instruction(), [1])
    circuit.measure_all()
    backend = feedline.backend("aer", seed=1).with_calibrations(CalibrationSet(), ideal=True)
    result = backend.sampler().run([(circuit, [3.141592653589793 / 2])], shots=20).result()
    assert result[0].data.meas.get_counts() == {"10": 20}


def test_files_keep_pulse_gates_of_custom_instructions() -> None:
    file = io.BytesIO()
    feedline.qpy_dump(nested(), file)
    file.seek(0)
    (read,) = feedline.qpy_load(file)
    assert read == unpacked(nested())
    assert feedline.qasm3_loads(feedline.qasm3_dumps(nested())).count_ops()["kick"] == 2


def test_custom_instructions_without_pulses_are_left_packed() -> None:
    circuit = QuantumCircuit(2)
    inner = QuantumCircuit(2)
    inner.reset(0)
    circuit.append(inner.to_instruction(), [0, 1])
    assert unpacked(circuit) is circuit
