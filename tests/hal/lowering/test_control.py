# SPDX-License-Identifier: Apache-2.0
"""Qiskit's control flow as branches, loops and jumps."""

from __future__ import annotations

import pytest
from paper_backend import paper
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.circuit.classical import expr

from feedline_hal import lower
from feedline_hal.lowering.flow import Branch, Jump, Loop


def test_a_break_in_a_loop_that_is_written_out_leaves_all_its_turns() -> None:
    """Turns of their own are loops of their own; a break of an inner loop stays the inner loop's."""
    circuit = QuantumCircuit(1, 1)
    turn = Parameter("turn")
    with circuit.for_loop(range(3), turn):
        circuit.rz(turn, 0)
        with circuit.if_test((0, 1)):
            circuit.break_loop()
        with circuit.for_loop(range(2)):
            circuit.break_loop()
    _, loop = lower(circuit, paper(1)).flow
    assert isinstance(loop, Loop)
    assert (loop.count, len(loop.body)) == (1, 3)
    for inner in loop.body:
        branch = next(item for item in inner.body if isinstance(item, Branch))
        assert branch.cases[0][1][-1] == Jump("break", levels=2)
        assert inner.body[-1].body[-1] == Jump("break")


def test_a_loop_of_many_turns_costs_nothing_to_read() -> None:
    """Its range is counted, not written out."""
    circuit = QuantumCircuit(1)
    with circuit.for_loop(range(10**9)):
        circuit.x(0)
    assert lower(circuit, paper(1)).flow[-1].count == 10**9


@pytest.mark.parametrize(("bits", "holds"), [((0, 0), True), ((1, 0), False)])
def test_a_bit_turned_over_is_a_bit(bits, holds) -> None:
    """Not Python's ``~1``, which is -2 and true."""
    circuit = QuantumCircuit(1, 2)
    with circuit.if_test(expr.bit_not(circuit.clbits[0])):
        circuit.x(0)
    branch = next(item for item in lower(circuit, paper(1)).flow if isinstance(item, Branch))
    assert branch.condition.holds(bits) is holds
