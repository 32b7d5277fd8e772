# SPDX-License-Identifier: Apache-2.0
"""Frames make the unitary that their values stand for, in whatever gates a qubit has."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Gate, Parameter, ParameterVector
from qiskit.circuit.library import RGate, RXGate, RYGate, RZGate, SXGate, U3Gate, UGate
from qiskit.quantum_info import Operator
from qiskit.transpiler import InstructionProperties, Target

from feedline import rotation
from feedline.frames import FrameKind

BASES = {
    "u": ("u",),
    "u3": ("u3",),
    "rz r": ("rz", "r"),
    "rx rz": ("rx", "rz"),
    "ry rz": ("ry", "rz"),
    "fractional": ("rz", "sx", "x", "rx"),
    "rz sx": ("rz", "sx"),
    "p sx": ("p", "sx"),
    "u1 sx": ("u1", "sx"),
    "r": ("r",),
    "rx ry": ("rx", "ry"),
}
PULSES = {"rz sx": 2, "p sx": 2, "u1 sx": 2, "r": 2, "rx ry": 3}
MEASURED_PULSES = {**PULSES, "r": 1, "rx ry": 2}


def with_gates(*names: str) -> Target:
    return Target.from_configuration(basis_gates=list(names), num_qubits=2)


def kind_of(basis: str, *, is_measured: bool = False) -> FrameKind:
    kind = FrameKind.of(with_gates(*BASES[basis]), 1, is_measured=is_measured)
    assert kind is not None
    return kind


def frame(kind: FrameKind, values: np.ndarray) -> QuantumCircuit:
    parameters = ParameterVector("frame", kind.num_parameters)
    circuit = QuantumCircuit(1)
    kind.append(circuit, 0, list(parameters))
    assert circuit.num_parameters == kind.num_parameters
    return circuit.assign_parameters(dict(zip(parameters, values, strict=True)))


def unitary(euler: np.ndarray) -> Operator:
    return Operator(UGate(*euler))


def some_angles(seed: int) -> np.ndarray:
    """Random angles, beyond one turn, and every corner where an angle is a multiple of a quarter turn."""
    corners = np.stack(np.meshgrid(*[np.arange(-2, 3) * np.pi / 2] * 3), axis=-1).reshape(-1, 3)
    return np.concatenate([np.random.default_rng(seed).uniform(-7, 7, (60, 3)), corners])


@pytest.mark.parametrize("basis", BASES)
def test_frame_is_the_unitary_of_its_euler_angles(basis: str) -> None:
    kind, angles = kind_of(basis), some_angles(1)
    for euler, values in zip(angles, kind.values(angles), strict=True):
        assert Operator(frame(kind, values)).equiv(unitary(euler)), euler


@pytest.mark.parametrize("basis", BASES)
def test_frame_before_a_measurement_gives_its_outcomes(basis: str) -> None:
    """Outcomes of a measurement behind any state: U^dagger Z U is the same."""
    kind, angles = kind_of(basis, is_measured=True), some_angles(2)
    sigma_z = np.diag([1.0, -1.0])
    for euler, values in zip(angles, kind.values(angles), strict=True):
        made, wanted = Operator(frame(kind, values)).data, unitary(euler).data
        np.testing.assert_allclose(made.conj().T @ sigma_z @ made, wanted.conj().T @ sigma_z @ wanted, atol=1e-9)


@pytest.mark.parametrize("basis", BASES)
def test_frame_has_the_fewest_pulses(basis: str) -> None:
    for is_measured, wanted in ((False, PULSES), (True, MEASURED_PULSES)):
        kind = kind_of(basis, is_measured=is_measured)
        gates = [turn.gate for turn in kind.turns]
        assert sum(gate not in ("rz", "p", "u1") for gate in gates) == wanted.get(basis, 1)
        assert set(gates) <= set(BASES[basis])
    assert gates[-1] not in ("rz", "p", "u1"), "a measurement does not see a final Z rotation"


@pytest.mark.parametrize("basis", BASES)
def test_paulis_and_cliffords_are_looked_up(basis: str) -> None:
    kind = kind_of(basis)
    bits = np.array([[False, True], [False, True]]), np.array([[False, False], [True, True]])
    made = kind.paulis(*bits)
    assert made.shape == (2, 2, kind.num_parameters)
    for name, values in zip("IXZY", made.reshape(4, -1), strict=True):
        assert Operator(frame(kind, values)).equiv(Operator.from_label(name))
    for index in range(24):
        wanted = Operator(rotation.matrices(rotation.CLIFFORDS[index]))
        assert Operator(frame(kind, kind.cliffords(np.array(index)))).equiv(wanted)


def test_values_take_any_leading_shape() -> None:
    kind, angles = kind_of("rx ry"), np.random.default_rng(3).uniform(-3, 3, (2, 5, 4, 3))
    values = kind.values(angles)
    assert values.shape == (2, 5, 4, 3)
    np.testing.assert_allclose(values[1, 2, 3], kind.values(angles[1, 2, 3]))


def test_the_cliffords_are_the_24_that_map_paulis_to_paulis() -> None:
    paulis = [Operator.from_label(name).data for name in "XYZ"]
    seen = set()
    for matrix in rotation.matrices(rotation.CLIFFORDS):
        images = [matrix @ pauli @ matrix.conj().T for pauli in paulis]
        table = np.round([[np.trace(image @ pauli).real / 2 for pauli in paulis] for image in images]).astype(int)
        assert (np.abs(table).sum(axis=0) == 1).all()
        seen.add(table.tobytes())
    assert len(seen) == 24


def test_a_unitary_between_paulis_keeps_its_angles_but_for_signs_and_half_turns() -> None:
    rng = np.random.default_rng(4)
    for euler in rng.uniform(-7, 7, (10, 3)):
        for first, last in np.ndindex(4, 4):
            bits = [(np.array(bool(k & 1)), np.array(bool(k & 2))) for k in (first, last)]
            made = np.array(rotation.between_paulis(euler, *bits))
            labels = [Operator.from_label("IXZY"[k]) for k in (first, last)]
            assert unitary(made).equiv(labels[0] & unitary(euler) & labels[1])


def test_matrices_and_quaternions_are_the_same_unitaries() -> None:
    angles = some_angles(5)
    for euler, made in zip(angles, rotation.euler_angles(rotation.quaternion(angles)), strict=True):
        assert unitary(made).equiv(unitary(euler))
    stack = np.array([unitary(euler).data for euler in angles])
    back = rotation.matrices(rotation.of_matrix(stack))
    assert all(Operator(one).equiv(Operator(other)) for one, other in zip(back, stack, strict=True))


def test_qubit_without_such_gates_has_no_kind() -> None:
    assert FrameKind.of(with_gates("h", "s", "cx"), 0) is None
    assert FrameKind.of(with_gates("rz", "cx"), 0) is None
    target = Target(num_qubits=2)
    target.add_instruction(RZGate(Parameter("a")), {(0,): None, (1,): None})
    target.add_instruction(SXGate(), {(0,): InstructionProperties()})
    assert FrameKind.of(target, 0) is not None
    assert FrameKind.of(target, 1) is None


def test_gates_that_are_not_qiskits_or_have_fixed_angles_are_not_used() -> None:
    target = Target(num_qubits=1)
    target.add_instruction(Gate("u", 1, [Parameter("a"), Parameter("b"), Parameter("c")]), {(0,): None})
    target.add_instruction(RXGate(np.pi / 2), {(0,): None}, name="rx")
    target.add_instruction(RYGate(Parameter("a")), {(0,): None}, angle_bounds=[(0.0, 1.0)])
    target.add_instruction(RZGate(Parameter("a")), {(0,): None})
    assert FrameKind.of(target, 0) is None
    target.add_instruction(U3Gate(*map(Parameter, "abc")), {(0,): None})
    kind = FrameKind.of(target, 0)
    assert kind is not None
    assert [turn.gate for turn in kind.turns] == ["u3"]


def test_target_of_any_width_has_kinds() -> None:
    target = Target()
    target.add_instruction(RGate(Parameter("a"), Parameter("b")))
    kind = FrameKind.of(target, 7)
    assert kind is not None
    assert kind.num_parameters == 3
