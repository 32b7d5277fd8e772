# SPDX-License-Identifier: Apache-2.0
"""Circuits and operators that the benchmarks share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector
from qiskit.quantum_info import SparsePauliOp

H2_ENERGY = -1.857275030202382
"""Ground state of `h2` without the nuclear repulsion, in hartree, by diagonalisation."""


def chain(measured: bool = False) -> QuantumCircuit:
    """6 qubits, 100 gates, 36 parameters: rotations, square roots of X, a line of CZ, six times."""
    circuit, angles = QuantumCircuit(6, name="chain"), ParameterVector("a", 36)
    for layer in range(6):
        for qubit in range(6):
            if layer or qubit > 1:
                circuit.sx(qubit)
            circuit.rz(angles[6 * layer + qubit], qubit)
        for qubit in range(5):
            circuit.cz(qubit, qubit + 1)
    assert len(circuit.data) == 100
    if measured:
        circuit.measure_all()
    return circuit


def ising() -> SparsePauliOp:
    """11 terms on 6 qubits: a transverse-field Ising chain."""
    return ising_terms(6)


def ising_terms(num_qubits: int) -> SparsePauliOp:
    """A transverse-field Ising chain: ``2 * num_qubits - 1`` terms."""
    bonds = [("ZZ", [qubit, qubit + 1], 1.0) for qubit in range(num_qubits - 1)]
    fields = [("X", [qubit], 0.7) for qubit in range(num_qubits)]
    return SparsePauliOp.from_sparse_list([*bonds, *fields], num_qubits=num_qubits)


def random_terms(count: int, num_qubits: int = 6) -> SparsePauliOp:
    """Distinct random Pauli strings with coefficient 1."""
    rng = np.random.default_rng(count)
    codes = rng.choice(4**num_qubits - 1, size=count, replace=False) + 1
    labels = ["".join("IXYZ"[code >> 2 * qubit & 3] for qubit in range(num_qubits)) for code in codes]
    return SparsePauliOp(labels)


def h2() -> SparsePauliOp:
    """Hydrogen at 0.735 angstrom in the STO-3G basis, parity mapping, two qubits.

    Source: the operator of Qiskit's VQE tutorials.
    """
    return SparsePauliOp.from_list(
        [
            ("II", -1.052373245772859),
            ("IZ", 0.39793742484318045),
            ("ZI", -0.39793742484318045),
            ("ZZ", -0.01128010425623538),
            ("XX", 0.18093119978423156),
        ]
    )


def h2_ansatz() -> QuantumCircuit:
    """Two qubits, eight angles."""
    circuit, angles = QuantumCircuit(2, name="h2"), ParameterVector("a", 8)
    for layer in range(2):
        for qubit in range(2):
            circuit.ry(angles[4 * layer + 2 * qubit], qubit)
            circuit.rz(angles[4 * layer + 2 * qubit + 1], qubit)
        if not layer:
            circuit.cx(0, 1)
    return circuit


def parameter_sets(circuit: QuantumCircuit, count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Fresh angles, shape ``(count, n_parameters)``."""
    return rng.uniform(-np.pi, np.pi, (count, circuit.num_parameters))
