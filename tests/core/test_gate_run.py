# SPDX-License-Identifier: Apache-2.0
"""Runs of one-qubit gates are evaluated as Qiskit's Operator does, at every point of a sweep."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Gate, Parameter
from qiskit.quantum_info import Operator

from feedline import rotation
from feedline.gate_run import IDENTITY, GateRuns, angles_of

A, B = Parameter("a"), Parameter("b")
COLUMNS = {A: np.linspace(-4, 4, 6).reshape(3, 2), B: np.linspace(1, 7, 6).reshape(3, 2)}


def everything() -> QuantumCircuit:
    circuit = QuantumCircuit(1)
    circuit.h(0)
    circuit.rx(A, 0)
    circuit.p(2 * A - B + 0.5, 0)
    circuit.ry(A * B, 0)
    circuit.r(B, A, 0)
    circuit.u(0.3, A, B, 0)
    circuit.sx(0)
    circuit.rz(-A, 0)
    circuit.tdg(0)
    circuit.ry((A / 2).sin(), 0)
    return circuit


def test_run_is_the_product_of_its_gates_at_every_point() -> None:
    circuit, runs = everything(), GateRuns(COLUMNS, (3, 2))
    made = rotation.matrices(runs.run(circuit.data))
    assert made.shape == (3, 2, 2, 2)
    for point in np.ndindex(3, 2):
        bound = circuit.assign_parameters({name: values[point] for name, values in COLUMNS.items()})
        assert Operator(made[point]).equiv(Operator(bound)), point


def test_run_without_parameters_is_one_unitary_for_all_points() -> None:
    circuit = QuantumCircuit(1)
    circuit.s(0)
    circuit.append(Operator(circuit).to_instruction(), [0])
    run = GateRuns({}, (5,)).run(circuit.data)
    assert run.shape == (4,)
    assert Operator(rotation.matrices(run)).equiv(Operator.from_label("Z"))
    assert (angles_of(IDENTITY) == 0).all()


@pytest.mark.parametrize("what", ["id", "delay", "measure", "cx", "own", "own with angle"])
def test_what_is_no_gate_to_merge_is_told(what: str) -> None:
    circuit = QuantumCircuit(2, 1)
    if what == "delay":
        circuit.delay(10, 0)
    elif what == "measure":
        circuit.measure(0, 0)
    elif what.startswith("own"):
        circuit.append(Gate("mine", 1, [A] if "angle" in what else []), [0])
    else:
        getattr(circuit, what)(*range(2 if what == "cx" else 1))
    assert GateRuns(COLUMNS, (3, 2)).gate(circuit.data[0]) is None
