# SPDX-License-Identifier: Apache-2.0
"""What passes rewrite executions with."""

from __future__ import annotations

import numpy as np
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit import Parameter

from feedline.execution import Execution
from feedline.rewriting import (
    columns_of,
    final_measures,
    is_rewritable,
    ordered_values,
    shots_each,
    unused_name,
    with_axis,
    with_flips,
)
from feedline.structure import freeze


def test_final_measures_are_those_that_nothing_follows() -> None:
    circuit = QuantumCircuit(QuantumRegister(3), ClassicalRegister(4))
    circuit.measure(0, 0)
    circuit.x(0)
    circuit.measure(1, 1)
    with circuit.if_test((circuit.clbits[1], 1)):
        circuit.x(2)
    circuit.barrier()
    circuit.measure([2, 0], [2, 3])
    assert [(one.qubit, one.clbit) for one in final_measures(circuit)] == [(2, 2), (0, 3)]
    assert all(circuit.data[one.place].name == "measure" for one in final_measures(circuit))


def test_gates_may_be_rewritten_and_nothing_else() -> None:
    circuit = QuantumCircuit(2, 1)
    circuit.cx(0, 1)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(1)
    with circuit.box():
        circuit.x(0)
    assert [is_rewritable(item.operation) for item in circuit.data] == [True, False, False, False]


def test_a_wider_execution_has_its_values_where_its_circuit_wants_them() -> None:
    """Parameters sort by name: a new one may come first."""
    b, c, a = Parameter("b"), Parameter("c"), Parameter("a")
    circuit = QuantumCircuit(1, 1)
    circuit.rx(b, 0)
    circuit.rz(c, 0)
    wide = circuit.copy()
    wide.ry(a, 0)
    for made in (circuit, wide):
        made.measure(0, 0)
    values = np.arange(6.0).reshape(3, 2)
    before = Execution(circuit=freeze(circuit), values=values, shots=100, axes=("param",))
    before = with_flips(before, {0: np.array([True, False, True])})
    angles = np.arange(12.0).reshape(3, 4) + 100
    after = with_axis(before, "randomization", 4, circuit=freeze(wide), columns={a: angles}, shots=shots_each(100, 4))
    assert after.axes == ("param", "randomization")
    assert after.shots == 25
    found = columns_of(after)
    assert (found[a] == angles).all()
    assert (found[b] == values[:, :1]).all()
    assert (found[c] == values[:, 1:]).all()
    assert after.flips is not None
    assert (after.flips[..., 0] == np.array([[1], [0], [1]])).all()
    again = with_flips(after, {0: np.ones((3, 4), bool)})
    assert again.flips is not None
    assert (again.flips[..., 0] == np.array([[0], [1], [0]])).all()
    assert ordered_values(wide, found, (3, 4)).shape == (3, 4, 3)


def test_names_do_not_clash_and_shots_do_not_get_lost() -> None:
    assert unused_name("frame", ["frame", "frame2"]) == "frame3"
    assert [shots_each(shots, 32) for shots in (1, 32, 33)] == [1, 1, 2]
