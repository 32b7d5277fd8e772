# SPDX-License-Identifier: Apache-2.0
"""The variational eigensolver of qiskit-algorithms on the twin, in a session."""

from __future__ import annotations

import numpy as np
import pytest
from chip_model import read
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector
from qiskit.quantum_info import SparsePauliOp, Statevector
from qiskit_algorithms import VQE
from qiskit_algorithms.optimizers import NFT

import feedline
from feedline import Estimator
from feedline_rack.twin.backend import TwinBackend

HAMILTONIAN = SparsePauliOp.from_list(
    [
        ("II", -1.052373245772859),
        ("IZ", 0.39793742484318045),
        ("ZI", -0.39793742484318045),
        ("ZZ", -0.01128010425623538),
        ("XX", 0.18093119978423156),
    ]
)
"""Electrons of H2 at 0.735 angstrom, STO-3G, parity mapping, two qubits; hartree."""


def ansatz() -> QuantumCircuit:
    circuit, angle = QuantumCircuit(2), ParameterVector("angle", 4)
    circuit.ry(angle[0], 0)
    circuit.ry(angle[1], 1)
    circuit.cx(0, 1)
    circuit.ry(angle[2], 0)
    circuit.ry(angle[3], 1)
    return circuit


def energy_read(state: QuantumCircuit, twin: TwinBackend) -> float:
    """What relaxation, heat and readout leave of the energy: every Pauli from the circuit that measures it."""
    turned = state.copy()
    turned.h([0, 1])
    bases = {"Z": read(state, twin), "X": read(turned, twin)}
    total = 0.0
    for label, weight in zip(HAMILTONIAN.paulis.to_labels(), HAMILTONIAN.coeffs.real, strict=True):
        basis = bases["X" if "X" in label else "Z"]
        total += weight * basis.expectation_value(SparsePauliOp(label.replace("X", "Z"))).real
    return float(total)


@pytest.mark.slow
def test_vqe_in_a_session_finds_the_ground_state(session: feedline.Session, twin: TwinBackend) -> None:
    """The state that it finds is the ground state within 5 mHa, though its energy is read 30 mHa too high.

    How much too high is the noise model's, within 3 standard errors (2 mHa each) and 8 mHa: what a quarter of a
    percent of each reading makes, by clouds that overlap, idle ZZ and leakage.
    """
    estimator = Estimator(session)
    solver = VQE(estimator, ansatz(), NFT(maxfev=32), initial_point=[0.1] * 4)
    outcome = solver.compute_minimum_eigenvalue(HAMILTONIAN)
    assert outcome.cost_function_evals == 33
    state = ansatz().assign_parameters(outcome.optimal_point)
    exact = np.linalg.eigvalsh(HAMILTONIAN.to_matrix())[0]
    assert Statevector(state).expectation_value(HAMILTONIAN).real == pytest.approx(exact, abs=0.005)
    again = estimator.run([(ansatz(), HAMILTONIAN, outcome.optimal_point)], precision=0.004).result()[0].data
    assert float(again.evs) == pytest.approx(energy_read(state, twin), abs=0.008 + 3 * float(again.stds))
    assert outcome.eigenvalue.real == pytest.approx(float(again.evs), abs=4 * 0.0157)
    assert estimator.mode is session
