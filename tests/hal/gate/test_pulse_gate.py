# SPDX-License-Identifier: Apache-2.0
"""Pulse gates in circuits, before anything is transpiled."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Gate, Instruction, Parameter
from qiskit.circuit.library import RXGate, XGate
from qiskit.quantum_info import Operator

from feedline.structure import structure_key
from feedline_hal import PulseGate
from feedline_hal.errors import PulseError
from feedline_hal.ideal import idealised

THETA, PHI = Parameter("theta"), Parameter("phi")


def test_a_pulse_gate_is_an_instruction_without_definition() -> None:
    gate = PulseGate("kick", 1, [THETA], ideal=RXGate(THETA))
    assert isinstance(gate, Instruction)
    assert not isinstance(gate, Gate)
    assert gate.definition is None
    assert (gate.name, gate.num_qubits, gate.num_clbits, gate.params) == ("kick", 1, 0, [THETA])


def test_gates_are_equal_by_name_parameters_and_meaning() -> None:
    gate = PulseGate("kick", 1, [0.5], ideal=XGate())
    assert gate == PulseGate("kick", 1, [0.5], ideal=XGate())
    assert gate != PulseGate("kick", 1, [0.6], ideal=XGate())
    assert gate != PulseGate("other", 1, [0.5], ideal=XGate())
    assert gate != PulseGate("kick", 1, [0.5])
    assert gate != Instruction("kick", 1, 0, [0.5])


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, PulseGate.copy])
def test_copies_keep_everything_and_are_independent(copied: object) -> None:
    gate = PulseGate("kick", 1, [THETA], ideal=RXGate(THETA), label="Kick")
    twin = copied(gate)  # type: ignore[operator]
    assert type(twin) is PulseGate
    assert twin == gate
    assert (twin.label, twin.ideal) == ("Kick", gate.ideal)


def test_assigning_parameters_reaches_gate_and_meaning() -> None:
    circuit = QuantumCircuit(2)
    circuit.append(PulseGate("kick", 1, [THETA], ideal=RXGate(THETA)), [0])
    circuit.append(PulseGate("kick", 1, [THETA], ideal=RXGate(THETA)), [1])
    assert list(circuit.parameters) == [THETA]
    bound = circuit.assign_parameters({THETA: 0.3})
    assert bound.data[0].operation.params == [0.3]
    assert Operator(bound.data[1].operation.ideal) == Operator(RXGate(0.3))
    renamed = circuit.assign_parameters({THETA: 2 * PHI}).assign_parameters({PHI: 0.4})
    assert Operator(renamed.data[0].operation.ideal) == Operator(RXGate(0.8))
    assert circuit.data[0].operation.params == [THETA]


def test_the_meaning_may_be_a_circuit_a_gate_or_an_operator() -> None:
    circuit = QuantumCircuit(1)
    circuit.x(0)
    for ideal in (circuit, XGate(), Operator(XGate())):
        meaning = PulseGate("flip", 1, ideal=ideal).ideal
        assert meaning is not None
        assert Operator(meaning) == Operator(XGate())
    assert PulseGate("flip", 1).ideal is None


def test_the_meaning_is_a_copy() -> None:
    circuit = QuantumCircuit(1)
    gate = PulseGate("flip", 1, ideal=circuit)
    circuit.x(0)
    assert gate.ideal is not None
    assert len(gate.ideal) == 0


def test_a_meaning_of_another_size_names_both() -> None:
    with pytest.raises(PulseError, match=r"'kick': its ideal meaning has 2 qubits .* the gate 1 and 0"):
        PulseGate("kick", 1, ideal=QuantumCircuit(2))


def test_a_meaning_with_strange_parameters_names_them() -> None:
    with pytest.raises(PulseError, match="depends on 'phi', which is no parameter of the gate"):
        PulseGate("kick", 1, [THETA], ideal=RXGate(PHI))
    with pytest.raises(PulseError, match=r"Make gate and ideal with a plain Parameter"):
        PulseGate("kick", 1, [2 * THETA], ideal=RXGate(2 * THETA))


def test_a_meaning_that_is_nothing_of_the_kind_is_refused() -> None:
    with pytest.raises(PulseError, match="its ideal meaning is a str"):
        PulseGate("kick", 1, ideal="x")


@pytest.mark.parametrize("value", [float("nan"), "0.5", None])
def test_parameters_are_finite_numbers_or_expressions(value: object) -> None:
    with pytest.raises(PulseError, match="Pulse gate 'kick': parameter 0"):
        PulseGate("kick", 1, [value])  # type: ignore[list-item]


def test_inverse_is_refused() -> None:
    circuit = QuantumCircuit(1)
    circuit.append(PulseGate("kick", 1, [0.5]), [0])
    with pytest.raises(PulseError, match="'kick' has no known inverse"):
        circuit.inverse()


def test_gates_bound_inside_control_flow_mean_what_each_copy_was_given(rng: np.random.Generator) -> None:
    """Qiskit shares such operations between a circuit and its bound copies; the copies' parameters are right."""
    circuit = QuantumCircuit(1, 1)
    with circuit.if_test((0, 1)):
        circuit.append(PulseGate("kick", 1, [THETA], ideal=RXGate(THETA)), [0])
    angles = rng.uniform(0, 3, 3)
    copies = [circuit.assign_parameters({THETA: angle}) for angle in angles]
    found = [idealised(one).data[0].operation.blocks[0].data[0].params[0] for one in copies]
    np.testing.assert_allclose(found, angles)


def test_copies_bound_inside_control_flow_are_compiled_apart() -> None:
    circuit = QuantumCircuit(1, 1)
    with circuit.if_test((0, 1)):
        circuit.append(PulseGate("kick", 1, [THETA]), [0])
    one, other = (circuit.assign_parameters({THETA: angle}) for angle in (0.1, 0.2))
    assert len({structure_key(made) for made in (circuit, one, other)}) == 3
