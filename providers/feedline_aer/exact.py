# SPDX-License-Identifier: Apache-2.0
"""Exact expectation values: Aer's save instructions, and when there are such values at all."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.quantum_info import Kraus, PauliList, SparsePauliOp
from qiskit_aer import AerSimulator
from qiskit_aer.library import SaveExpectationValue
from qiskit_aer.noise import NoiseModel

from feedline.errors import CapabilityError, InputError

from .anatomy import Anatomy


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Readings:
    """Saved values, and the observables they add up to.

    Attributes:
        circuit: The circuit with save instructions.
        labels: Labels of the saved values.
        weights: Shape ``(observables, labels)``.
    """

    circuit: QuantumCircuit
    labels: tuple[str, ...]
    weights: NDArray[np.float64]


def with_readings(circuit: QuantumCircuit, observables: Sequence[SparsePauliOp]) -> Readings:
    """Save every observable at the end of the circuit.

    All qubits that anything acts on are named, so that Aer leaves the idle ones out. Naming only those
    that the observables look at is not enough: Aer 0.18.2 then returns wrong values for some circuits
    (cz(0, 2), swap(0, 2), h(0): the value of X on qubit 0 came out as 0 instead of 1, with every
    method). Terms that several observables share are saved once.
    """
    for observable in observables:
        if not np.allclose(observable.coeffs.imag, 0):
            raise InputError(
                f"An observable of circuit '{circuit.name}' is not Hermitian: it has complex coefficients.",
                remedy="Split it into a Hermitian and an anti-Hermitian part, and ask for both.",
            )
    qubits = sorted({*_support(observables), *_active(circuit)})
    saved, weights = _saved([_on(qubits, observable) for observable in observables])
    measured = circuit.copy()
    labels = tuple(f"feedline {index}" for index in range(len(saved)))
    for label, operator in zip(labels, saved, strict=True):
        measured.append(SaveExpectationValue(operator, label=label), qubits, copy=False)
    return Readings(circuit=measured, labels=labels, weights=weights)


def check_exact(circuit: QuantumCircuit, anatomy: Anatomy, noise_model: NoiseModel | None) -> None:
    """Refuse a circuit that has no exact expectation values in a density matrix.

    Raises:
        CapabilityError: Says what stands in the way.
    """
    if anatomy.has_control_flow:
        raise CapabilityError(
            f"Circuit '{circuit.name}' has control flow: Aer has no exact expectation values of it.",
            remedy="Ask for a precision above 0, which takes shots.",
        )
    if anatomy.has_measurement and noise_model is not None and _noise_on_measurement(noise_model):
        raise CapabilityError(
            f"Circuit '{circuit.name}' measures, and the noise model has quantum errors on measurements: "
            "Aer has no exact expectation values of that.",
            remedy="Leave the measurements out, or ask for a precision above 0, which takes shots.",
        )
    known = AerSimulator(method="density_matrix").target
    if known.num_qubits is not None and anatomy.active > known.num_qubits:
        raise CapabilityError(
            f"Circuit '{circuit.name}' acts on {anatomy.active} qubits with noise, measurement or reset: "
            f"exact values need a density matrix, and memory allows {known.num_qubits} qubits.",
            remedy="Ask for a precision above 0, which takes shots.",
        )
    for name in circuit.count_ops():
        if name not in known.operation_names and name not in ("barrier", "measure"):
            raise CapabilityError(
                f"Circuit '{circuit.name}' holds '{name}', which Aer's density matrix does not run; "
                "exact values with noise, measurement or reset need one.",
                remedy="Transpile it to other gates (basis_gates=), or ask for a precision above 0.",
            )


def dephased(circuit: QuantumCircuit) -> QuantumCircuit:
    """The circuit with every measurement replaced by what it does to the state when nobody looks."""
    if "measure" not in circuit.count_ops():
        return circuit
    look = Kraus([np.diag([1.0, 0.0]), np.diag([0.0, 1.0])]).to_instruction()
    quiet = circuit.copy_empty_like()
    for instruction in circuit.data:
        if instruction.name == "measure":
            quiet.append(look, instruction.qubits)
        else:
            quiet.append(instruction)
    return quiet


def _noise_on_measurement(noise_model: NoiseModel) -> bool:
    return any(
        error["type"] == "qerror" and "measure" in error.get("operations", ())
        for error in noise_model.to_dict()["errors"]
    )


def _active(circuit: QuantumCircuit) -> set[int]:
    """Qubits that an operation acts on."""
    index = {qubit: number for number, qubit in enumerate(circuit.qubits)}
    return {
        index[qubit] for instruction in circuit.data if instruction.name != "barrier" for qubit in instruction.qubits
    }


def _support(observables: Sequence[SparsePauliOp]) -> list[int]:
    looked_at = np.any([(o.paulis.z | o.paulis.x).any(axis=0) for o in observables], axis=0)
    return [int(qubit) for qubit in np.flatnonzero(looked_at)] or [0]


def _on(qubits: list[int], observable: SparsePauliOp) -> SparsePauliOp:
    paulis = PauliList.from_symplectic(observable.paulis.z[:, qubits], observable.paulis.x[:, qubits])
    return SparsePauliOp(paulis, observable.coeffs.real)


def _saved(observables: Sequence[SparsePauliOp]) -> tuple[list[SparsePauliOp], NDArray[np.float64]]:
    """Operators to save, and how the observables are sums of them."""
    table = np.concatenate([np.hstack([o.paulis.z, o.paulis.x]) for o in observables])
    distinct, place = np.unique(table, axis=0, return_inverse=True)
    if len(distinct) >= len(table) or len(observables) == 1:
        return list(observables), np.eye(len(observables))
    weights = np.zeros((len(observables), len(distinct)))
    owner = np.repeat(np.arange(len(observables)), [len(o.paulis) for o in observables])
    np.add.at(weights, (owner, place.reshape(-1)), np.concatenate([o.coeffs.real for o in observables]))
    width = table.shape[1] // 2
    paulis = PauliList.from_symplectic(distinct[:, :width], distinct[:, width:])
    return [SparsePauliOp(pauli) for pauli in paulis], weights
