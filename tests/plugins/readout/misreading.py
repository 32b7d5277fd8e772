# SPDX-License-Identifier: Apache-2.0
"""A machine that misreads, and what is run on it."""

from __future__ import annotations

from typing import Any

from qiskit import QuantumCircuit
from qiskit_aer.noise import NoiseModel, ReadoutError

import feedline

ERRORS = [(0.03, 0.06), (0.01, 0.08), (0.05, 0.02), (0.02, 0.09)]
"""Probabilities to read 1 for 0, and 0 for 1."""


def misread(errors: Any = ERRORS) -> feedline.Backend:
    model = NoiseModel(basis_gates=["id", "rz", "sx", "x", "h", "s", "sdg", "ry", "cx"])
    for qubit, (zero, one) in enumerate(errors):
        model.add_readout_error(ReadoutError([[1 - zero, zero], [one, 1 - one]]), [qubit])
    return feedline.backend("aer", noise_model=model)


def ghz(count: int = 4) -> QuantumCircuit:
    circuit = QuantumCircuit(count)
    circuit.h(0)
    for qubit in range(count - 1):
        circuit.cx(qubit, qubit + 1)
    return circuit


def options(seed: int = 3, shots: int = 4096, **own: Any) -> dict[str, Any]:
    return {
        "default_shots": shots,
        "simulator": {"seed_simulator": seed},
        "resilience": {"passes": ["readout"], "readout": own},
    }
