# SPDX-License-Identifier: Apache-2.0
"""Circuits, noise and ideal values of the mitigation benchmark.

Mirror circuits and their noise are those of Russo et al., arXiv:2210.07194: on a line, depolarising noise on both
qubits of each CNOT. The kicked Ising model is that of Kim et al., Nature 618, 500 (2023), on a line.
"""

from __future__ import annotations

import math

import attrs
import numpy as np
from qiskit import QuantumCircuit
from qiskit.quantum_info import Operator, SparseObservable, Statevector
from qiskit_aer.noise import NoiseModel, ReadoutError, coherent_unitary_error, depolarizing_error

DEPTHS = (1, *range(3, 20, 2))
TRIALS = 4
PAULI_PROBABILITY = 0.005
"""Of X, Y and Z together, on either qubit of a CNOT."""
_CLIFFORDS = ((), ("h",), ("s",), ("h", "s"), ("s", "h"), ("h", "s", "h"))


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Case:
    """A circuit with the observables that are asked of it, and their ideal values.

    Attributes:
        circuit: Without measurements.
        observables: What is estimated.
        ideal: Exact values, one for each.
    """

    circuit: QuantumCircuit
    observables: tuple[SparseObservable, ...]
    ideal: tuple[float, ...]


def mirror_cases(num_qubits: int, seed: int) -> list[Case]:
    """Mirror circuits of all depths: the observable is the projector on the one outcome that is right."""
    rng = np.random.default_rng(seed)
    return [_mirror(num_qubits, depth, rng) for depth in DEPTHS for _ in range(TRIALS)]


def mirror_noise() -> NoiseModel:
    """Depolarising noise on both qubits of each CNOT."""
    single = depolarizing_error(4 / 3 * PAULI_PROBABILITY, 1)
    model = NoiseModel(basis_gates=["cx", "rz", "sx", "x", "id"])
    model.add_all_qubit_quantum_error(single.tensor(single), ["cx"])
    return model


def ising_case(num_qubits: int, steps: int) -> Case:
    """Kicked Ising on a line: kicks of 0.6, ZZ turns of a quarter; magnetisation and neighbours' correlations."""
    circuit = QuantumCircuit(num_qubits, name=f"ising_{steps}")
    for _ in range(steps):
        circuit.rx(0.6, range(num_qubits))
        for first in (0, 1):
            for left in range(first, num_qubits - 1, 2):
                circuit.cx(left, left + 1)
                circuit.rz(-math.pi / 4, left + 1)
                circuit.cx(left, left + 1)
    singles = [SparseObservable.from_sparse_list([("Z", [qubit], 1.0)], num_qubits) for qubit in range(num_qubits)]
    pairs = [
        SparseObservable.from_sparse_list([("ZZ", [qubit, qubit + 1], 1.0)], num_qubits)
        for qubit in range(num_qubits - 1)
    ]
    observables = (*singles, *pairs)
    return Case(circuit=circuit, observables=observables, ideal=_ideal(circuit, observables))


def ising_noise(*, coherent: bool) -> NoiseModel:
    """1 % on CNOTs, depolarising or an over-rotation, and readout errors of 2 and 4 %."""
    model = NoiseModel(basis_gates=["cx", "rz", "sx", "x", "id"])
    if coherent:
        turn = QuantumCircuit(2)
        turn.rzz(0.1, 0, 1)
        turn.rx(0.05, 1)
        model.add_all_qubit_quantum_error(coherent_unitary_error(Operator(turn)), ["cx"])
    else:
        model.add_all_qubit_quantum_error(depolarizing_error(0.01, 2), ["cx"])
    model.add_all_qubit_readout_error(ReadoutError([[0.98, 0.02], [0.04, 0.96]]))
    return model


def _mirror(num_qubits: int, depth: int, rng: np.random.Generator) -> Case:
    half = QuantumCircuit(num_qubits)
    for _ in range(depth):
        for qubit in range(num_qubits):
            for gate in _CLIFFORDS[rng.integers(len(_CLIFFORDS))]:
                getattr(half, gate)(qubit)
        for left in range(int(rng.integers(2)), num_qubits - 1, 2):
            half.cx(*((left, left + 1) if rng.integers(2) else (left + 1, left)))
    circuit = half.copy(name=f"mirror_{depth}")
    circuit.barrier()
    for qubit in range(num_qubits):
        for gate in ((), ("x",), ("y",), ("z",))[rng.integers(4)]:
            getattr(circuit, gate)(qubit)
    circuit.barrier()
    circuit.compose(half.inverse(), inplace=True)
    (right,) = Statevector(circuit).probabilities_dict(decimals=6)
    return Case(circuit=circuit, observables=(SparseObservable.from_label(right),), ideal=(1.0,))


def _ideal(circuit: QuantumCircuit, observables: tuple[SparseObservable, ...]) -> tuple[float, ...]:
    state = Statevector(circuit)
    return tuple(float(state.expectation_value(_operator(one)).real) for one in observables)


def _operator(observable: SparseObservable) -> Operator:
    from qiskit.quantum_info import SparsePauliOp

    return SparsePauliOp.from_sparse_observable(observable)
