# SPDX-License-Identifier: Apache-2.0
"""Random gates for benchmarking, as angles of ``rz`` between ``sx``; the first qubit is the lower digit."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit.library import CZGate
from qiskit.quantum_info import Operator, random_clifford
from qiskit.synthesis import OneQubitEulerDecomposer, TwoQubitBasisDecomposer

from feedline_bringup.fitting import Array

Matrix = NDArray[np.complex128]
ANGLES = 3
"""Angles of a gate ``rz sx rz sx rz``."""
PAIR_LAYERS = 4
"""Such gates on each of two qubits, with CZ between them, that make any gate of two qubits."""
SX: Matrix = np.array([[1 + 1j, 1 - 1j], [1 - 1j, 1 + 1j]], dtype=np.complex128) / 2
CZ: Matrix = np.diag([1, 1, 1, -1]).astype(np.complex128)


def cliffords() -> list[Matrix]:
    """The 24 Clifford gates of one qubit, up to a phase."""
    hadamard, phase = np.array([[1, 1], [1, -1]]) / math.sqrt(2), np.diag([1, 1j])
    found: list[Matrix] = []
    for word in itertools.chain.from_iterable(itertools.product((hadamard, phase), repeat=n) for n in range(8)):
        made = np.eye(2, dtype=complex)
        for one in word:
            made = one @ made
        if not any(abs(abs(np.trace(other.conj().T @ made)) - 2) < 1e-9 for other in found):
            found.append(made)
    return found


def angles(gate: Matrix) -> list[float]:
    """Angles of ``rz(a) sx rz(b) sx rz(c)``, first to last, that make a gate of one qubit up to a phase."""
    theta, phi, lam = OneQubitEulerDecomposer("U3").angles(gate)
    return [lam, theta + math.pi, phi + math.pi]


def turned(circuit: QuantumCircuit, qubit: int, three: Sequence[Any]) -> None:
    """Append ``rz sx rz sx rz``."""
    circuit.rz(three[0], qubit)
    circuit.sx(qubit)
    circuit.rz(three[1], qubit)
    circuit.sx(qubit)
    circuit.rz(three[2], qubit)


def quarter_turns(numbers: NDArray[np.integer[Any]]) -> Matrix:
    """Matrices of ``rz`` by so many quarter turns, up to a phase, shape ``(..., 2, 2)``."""
    made = np.zeros((*numbers.shape, 2, 2), dtype=np.complex128)
    made[..., 0, 0] = 1
    made[..., 1, 1] = 1j**numbers
    return made


def random_pair(rng: np.random.Generator) -> Matrix:
    """One of the 11 520 Clifford gates of two qubits, each as likely."""
    found: Matrix = Operator(random_clifford(2, seed=rng)).data
    return found


def pair_angles(unitary: Matrix) -> Array:
    """Angles that make a gate of two qubits up to a phase, shape ``(2, PAIR_LAYERS * ANGLES)``, by qubit."""
    decomposer = TwoQubitBasisDecomposer(CZGate(), euler_basis="U3")
    circuit = decomposer(Operator(unitary), _num_basis_uses=PAIR_LAYERS - 1)
    gates = np.tile(np.eye(2, dtype=complex), (2, PAIR_LAYERS, 1, 1))
    step = 0
    for instruction in circuit.data:
        if instruction.operation.name == "cz":
            step += 1
            continue
        place = circuit.find_bit(instruction.qubits[0]).index
        gates[place, step] = instruction.operation.to_matrix() @ gates[place, step]
    return np.array([[angles(gate) for gate in one] for one in gates]).reshape(2, -1)


def local_angles(first: Matrix, second: Matrix) -> Array:
    """Angles of one gate on each of two qubits, shape ``(2, ANGLES)``."""
    return np.array([angles(first), angles(second)])
