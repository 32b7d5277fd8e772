# SPDX-License-Identifier: Apache-2.0
"""Circuits on chips of one to six qubits: as often as density matrices say, or refused in words."""

from __future__ import annotations

import pytest
from expected import check_counts, expected
from qiskit import QuantumCircuit

import feedline
from feedline.errors import CapabilityError


def ghz(num_qubits: int) -> QuantumCircuit:
    circuit = QuantumCircuit(num_qubits, num_qubits)
    circuit.h(0)
    for qubit in range(num_qubits - 1):
        circuit.cx(qubit, qubit + 1)
    circuit.measure(range(num_qubits), range(num_qubits))
    return circuit


@pytest.mark.parametrize("num_qubits", [1, *(pytest.param(n, marks=pytest.mark.exhaustive) for n in (2, 3, 4, 5)), 6])
def test_a_ghz_state_is_as_often_each_string_as_decay_leaves_it(num_qubits: int) -> None:
    """Five standard deviations of 2000 shots and a percent for each qubit; see `expected`."""
    backend = feedline.backend("twin", num_qubits=num_qubits)
    circuit = ghz(num_qubits)
    with feedline.Session(backend) as session:
        counts = feedline.Sampler(mode=session).run([circuit], shots=2000).result()[0].data.c.get_counts()
    wanted = expected(circuit, backend, backend.chip)
    check_counts(counts, wanted)
    right = wanted["0" * num_qubits] + wanted["1" * num_qubits]
    found = (counts["0" * num_qubits] + counts["1" * num_qubits]) / 2000
    assert found == pytest.approx(right, abs=0.05 + 0.01 * num_qubits)


def test_each_qubit_is_reset_whatever_instrument_plays_it(session: feedline.Session) -> None:
    """1 is read first, then 0 of both; the second one's reset comes from another generator."""
    circuit = QuantumCircuit(2, 4)
    circuit.x([0, 1])
    circuit.measure([0, 1], [0, 1])
    circuit.reset([0, 1])
    circuit.measure([0, 1], [2, 3])
    counts = feedline.Sampler(mode=session).run([circuit], shots=1000).result()[0].data.c.get_counts()
    assert counts["0011"] > 930


@pytest.mark.parametrize("kind", ["if_else", "for_loop", "while_loop"])
def test_a_rack_that_cannot_branch_says_so(session: feedline.Session, kind: str) -> None:
    circuit = QuantumCircuit(2, 2, name="branching")
    circuit.h(0)
    circuit.measure(0, 0)
    opened = {
        "if_else": lambda: circuit.if_test((circuit.clbits[0], 1)),
        "for_loop": lambda: circuit.for_loop(range(3)),
        "while_loop": lambda: circuit.while_loop((circuit.clbits[0], 1)),
    }[kind]
    with opened():
        circuit.x(1)
        circuit.measure(0, 0)
    with pytest.raises(CapabilityError, match=f"'branching' holds '{kind}', which backend 'twin' does not run") as told:
        feedline.Sampler(mode=session).run([circuit], shots=10).result()
    assert "Control flow that it runs: none. Unroll the circuit" in str(told.value)
