# SPDX-License-Identifier: Apache-2.0
"""Angles make the gates that they are for; what is drawn is what it is said to be."""

from __future__ import annotations

import numpy as np
from qiskit import QuantumCircuit
from qiskit.quantum_info import Clifford, Operator, random_unitary

from feedline_bringup.routine.clifford import (
    ANGLES,
    CZ,
    PAIR_LAYERS,
    SX,
    angles,
    cliffords,
    pair_angles,
    quarter_turns,
    random_pair,
    turned,
)


def test_angles_make_every_clifford_of_one_qubit() -> None:
    gates = cliffords()
    assert len(gates) == 24
    for gate in gates:
        circuit = QuantumCircuit(1)
        turned(circuit, 0, angles(gate))
        assert Operator(circuit).equiv(Operator(gate))


def test_angles_make_gates_of_two_qubits_with_three_cz() -> None:
    """Random unitaries and Cliffords, among them the identity, which needs no CZ at all."""
    rng = np.random.default_rng(5)
    pairs = [np.eye(4), CZ, *(random_pair(rng) for _ in range(5)), *(random_unitary(4, seed=k).data for k in range(5))]
    for unitary in pairs:
        circuit = QuantumCircuit(2)
        found = pair_angles(np.asarray(unitary, dtype=np.complex128))
        for layer in range(PAIR_LAYERS):
            if layer:
                circuit.cz(0, 1)
            for qubit in (0, 1):
                turned(circuit, qubit, found[qubit, ANGLES * layer : ANGLES * (layer + 1)])
        assert Operator(circuit).equiv(Operator(unitary))


def test_random_pairs_are_cliffords_and_differ() -> None:
    rng = np.random.default_rng(5)
    drawn = {str(Clifford.from_matrix(random_pair(rng)).tableau.astype(int)) for _ in range(20)}
    assert len(drawn) == 20


def test_layers_reach_sixteen_cliffords_that_paulis_only_permute() -> None:
    """A quarter turn, ``sx`` and a quarter turn: 16 of the 24, and with each of them its product with every Pauli."""
    turns = quarter_turns(np.arange(4))
    made = [after @ SX @ before for after in turns for before in turns]
    kinds = {Clifford.from_matrix(one).tableau.tobytes() for one in made}
    assert len(kinds) == 16
    for pauli in (np.diag([1, -1]), np.array([[0, 1], [1, 0]]), np.array([[0, -1j], [1j, 0]])):
        assert {Clifford.from_matrix(pauli @ one).tableau.tobytes() for one in made} == kinds
