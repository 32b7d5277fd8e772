# SPDX-License-Identifier: Apache-2.0
"""Snapshots and structure keys."""

from __future__ import annotations

import gc
import io
from collections.abc import Callable

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, qpy
from qiskit.circuit import Gate, Parameter

from feedline.structure import freeze, snapshot, structure_key


def ansatz() -> QuantumCircuit:
    """A circuit with a bit of everything that the key covers."""
    circuit = QuantumCircuit(2, 2, name="ansatz", metadata={"who": "me"})
    theta = Parameter("theta")
    circuit.rx(theta, 0)
    circuit.rz(0.5, 1)
    circuit.cx(0, 1)
    circuit.measure(0, 0)
    with circuit.if_test((0, 1)):
        circuit.x(1)
    circuit.append(Gate("mine", 1, [0.25]), [0])
    return circuit


def qpy_bytes(circuit: QuantumCircuit) -> bytes:
    buffer = io.BytesIO()
    qpy.dump(circuit, buffer)
    return buffer.getvalue()


def test_snapshot_is_the_same_object_while_the_circuit_is_unchanged() -> None:
    circuit = ansatz()
    assert snapshot(circuit) is snapshot(circuit)
    assert snapshot(circuit) is not circuit


def test_snapshot_is_byte_identical() -> None:
    """With standard gates only: Qiskit before 2.6 names others anew in each copy."""
    circuit = QuantumCircuit(2, 2, name="ansatz", metadata={"who": "me"}, global_phase=0.1)
    circuit.rx(Parameter("theta"), 0)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [1, 0])
    assert qpy_bytes(snapshot(circuit)) == qpy_bytes(circuit)


def test_snapshot_with_control_flow_is_equal() -> None:
    circuit = ansatz()
    assert snapshot(circuit) == circuit


def test_snapshot_follows_a_change_and_the_old_one_stays() -> None:
    circuit = ansatz()
    before = snapshot(circuit)
    size = before.size()
    circuit.x(0)
    assert snapshot(circuit) is not before
    assert snapshot(circuit).size() == size + 1
    assert before.size() == size


@pytest.mark.parametrize(
    "change",
    [
        lambda circuit: setattr(circuit, "global_phase", 1.0),
        lambda circuit: setattr(circuit, "name", "other"),
        lambda circuit: setattr(circuit, "metadata", {"who": "you"}),
        lambda circuit: circuit.rz(0.1, 0),
    ],
)
def test_snapshot_notices_every_kind_of_change(change: Callable[[QuantumCircuit], object]) -> None:
    circuit = ansatz()
    before = snapshot(circuit)
    change(circuit)
    assert snapshot(circuit) is not before


def test_snapshot_of_a_frozen_circuit_is_itself() -> None:
    circuit = freeze(ansatz())
    assert snapshot(circuit) is circuit


def test_snapshots_are_let_go_with_their_circuit() -> None:
    from feedline import structure

    circuit = ansatz()
    snapshot(circuit)
    number = id(circuit)
    assert number in structure._KNOWN
    del circuit
    gc.collect()
    assert number not in structure._KNOWN


def test_structure_key_is_equal_for_a_rebuilt_circuit() -> None:
    assert structure_key(ansatz()) == structure_key(ansatz())


def rename(circuit: QuantumCircuit) -> QuantumCircuit:
    circuit.name = "another"
    circuit.metadata = {}
    return circuit


def test_structure_key_ignores_name_and_metadata() -> None:
    assert structure_key(rename(ansatz())) == structure_key(ansatz())


def changed(number: int) -> QuantumCircuit:
    """The ansatz with one ingredient of the key changed."""
    circuit = QuantumCircuit(3 if number == 0 else 2, 2)
    theta = Parameter("phi" if number == 1 else "theta")
    circuit.rx(2 * theta if number == 2 else theta, 0)
    circuit.rz(0.75 if number == 3 else 0.5, 1)
    circuit.cx(*((1, 0) if number == 4 else (0, 1)))
    circuit.measure(0, 1 if number == 5 else 0)
    with circuit.if_test((0, 0 if number == 6 else 1)):
        circuit.z(1) if number == 7 else circuit.x(1)
    circuit.append(Gate("mine", 1, [0.5 if number == 8 else 0.25]), [0])
    if number == 9:
        circuit.global_phase = 0.5
    if number == 10:
        circuit.add_register(ClassicalRegister(1, "more"))
    if number == 11:
        circuit.barrier()
    return circuit


@pytest.mark.parametrize("number", range(12))
def test_structure_key_changes_with_each_ingredient(number: int) -> None:
    assert structure_key(changed(number)) != structure_key(changed(-1))


def test_structure_key_sees_the_definition_of_a_custom_gate() -> None:
    def wrapped(angle: float) -> QuantumCircuit:
        inner = QuantumCircuit(1, name="inner")
        inner.rz(angle, 0)
        outer = QuantumCircuit(1)
        outer.append(inner.to_gate(), [0])
        return outer

    assert structure_key(wrapped(0.1)) != structure_key(wrapped(0.2))
    assert structure_key(wrapped(0.1)) == structure_key(wrapped(0.1))


def test_structure_key_sees_matrices() -> None:
    def unitary(phase: float) -> QuantumCircuit:
        circuit = QuantumCircuit(1)
        circuit.unitary(np.diag([1, np.exp(1j * phase)]), [0])
        return circuit

    assert structure_key(unitary(0.1)) != structure_key(unitary(0.2))
    assert structure_key(unitary(0.1)) == structure_key(unitary(0.1))


def test_structure_key_sees_switch_cases_and_loop_ranges() -> None:
    def switched(case: int, turns: int) -> QuantumCircuit:
        circuit = QuantumCircuit(1, 2)
        with circuit.switch(circuit.cregs[0]) as on:
            with on(case):
                circuit.x(0)
        with circuit.for_loop(range(turns)):
            circuit.x(0)
        return circuit

    keys = {structure_key(switched(*which)) for which in ((0, 1), (1, 1), (0, 2))}
    assert len(keys) == 3
    assert structure_key(switched(0, 1)) == structure_key(switched(0, 1))
