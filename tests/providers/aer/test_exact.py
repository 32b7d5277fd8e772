# SPDX-License-Identifier: Apache-2.0
"""Exact expectation values are exact, and refused where there are none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter, ParameterVector
from qiskit.circuit.random import random_circuit
from qiskit.quantum_info import DensityMatrix, Kraus, SparsePauliOp, Statevector, random_pauli_list
from qiskit_aer.noise import NoiseModel, amplitude_damping_error, depolarizing_error

import feedline
from feedline.errors import CapabilityError, InputError

METHODS = ["automatic", "statevector", "density_matrix", "matrix_product_state"]


def ansatz(width: int) -> QuantumCircuit:
    """Layers with plain parameters, affine and curved expressions of them, and a global phase."""
    angles = ParameterVector("angle", width)
    shared = Parameter("shared")
    circuit = QuantumCircuit(width, name="ansatz", global_phase=shared)
    for qubit in range(width):
        circuit.ry(angles[qubit], qubit)
        circuit.rz(2 * angles[qubit] - shared / 3 + 0.5, qubit)
        circuit.rx(angles[qubit] * shared, qubit)
    for qubit in range(width - 1):
        circuit.cx(qubit, qubit + 1)
    return circuit


def observables(width: int, rng: np.random.Generator, terms: int = 5) -> SparsePauliOp:
    paulis = random_pauli_list(width, terms, seed=rng, phase=False)
    return SparsePauliOp(paulis, rng.normal(size=terms))


@pytest.mark.parametrize("method", METHODS)
def test_values_equal_those_of_state_vectors(method: str, drive: Any, rng: np.random.Generator) -> None:
    """Several observables, a sweep, expressions of parameters: one chunk, exact to rounding."""
    circuit = ansatz(3)
    asked = (observables(3, rng), observables(3, rng), SparsePauliOp("III", 0.5))
    values = rng.normal(size=(7, circuit.num_parameters))
    backend = feedline.backend("aer", method=method, num_qubits=3)
    (chunk,) = drive(backend, circuit, values, observables=asked)
    states = [Statevector(circuit.assign_parameters(point)) for point in values]
    wanted = [[state.expectation_value(o).real for o in asked] for state in states]
    np.testing.assert_allclose(chunk.expectation, wanted, atol=1e-9)


def test_terms_that_observables_share_are_saved_once(drive: Any, rng: np.random.Generator) -> None:
    circuit = ansatz(2)
    values = rng.normal(size=(2, circuit.num_parameters))
    terms = SparsePauliOp(["XX", "ZI", "IY", "ZZ"])
    asked = tuple(SparsePauliOp(terms.paulis, rng.normal(size=4)) for _ in range(6))
    (chunk,) = drive(feedline.backend("aer"), circuit, values, observables=asked)
    states = [Statevector(circuit.assign_parameters(point)) for point in values]
    wanted = [[state.expectation_value(o).real for o in asked] for state in states]
    np.testing.assert_allclose(chunk.expectation, wanted, atol=1e-9)


def test_sweep_without_parameters_repeats_the_value(drive: Any) -> None:
    circuit = QuantumCircuit(1)
    circuit.x(0)
    (chunk,) = drive(feedline.backend("aer"), circuit, np.zeros((2, 3, 0)), observables=(SparsePauliOp("Z"),))
    assert chunk.expectation.tolist() == [[-1.0]] * 6


@pytest.mark.parametrize("method", ["automatic", "statevector"])
def test_noise_is_averaged_exactly(method: str, drive: Any, rng: np.random.Generator) -> None:
    """With noise the values are those of a density matrix, whatever the method for shots is."""
    error, damping = depolarizing_error(0.1, 2), amplitude_damping_error(0.2)
    noise = NoiseModel()
    noise.add_all_qubit_quantum_error(error, ["cx"])
    noise.add_all_qubit_quantum_error(damping, ["ry"])
    circuit = QuantumCircuit(2)
    angle = Parameter("angle")
    circuit.ry(angle, 0)
    circuit.cx(0, 1)
    asked = (observables(2, rng),)
    backend = feedline.backend("aer", method=method, noise_model=noise, basis_gates=["ry", "cx"])
    (chunk,) = drive(backend, circuit, [[0.3], [2.0]], observables=asked)
    for value, found in zip([0.3, 2.0], chunk.expectation, strict=True):
        state = DensityMatrix.from_label("00").evolve(_bound("ry", value), [0]).evolve(Kraus(damping), [0])
        state = state.evolve(_bound("cx"), [0, 1]).evolve(Kraus(error), [0, 1])
        assert found[0] == pytest.approx(state.expectation_value(asked[0]).real, abs=1e-9)


def _bound(name: str, *parameters: float) -> QuantumCircuit:
    circuit = QuantumCircuit(2 if name == "cx" else 1)
    getattr(circuit, name)(*parameters, *range(circuit.num_qubits))
    return circuit


def test_reset_and_measurement_in_the_middle_are_averaged_exactly(drive: Any) -> None:
    """A measurement that nobody reads only takes the coherence away; a reset mixes."""
    measured = QuantumCircuit(2, 1)
    measured.h(0)
    measured.measure(0, 0)
    measured.h(0)
    entangled = QuantumCircuit(2)
    entangled.ry(1.0, 0)
    entangled.cx(0, 1)
    entangled.reset(0)
    asked = (SparsePauliOp("IZ"), SparsePauliOp("ZI"))
    backend = feedline.backend("aer")
    assert drive(backend, measured, observables=asked)[0].expectation == pytest.approx(np.array([[0.0, 1.0]]))
    assert drive(backend, entangled, observables=asked)[0].expectation == pytest.approx(np.array([[1.0, np.cos(1.0)]]))


def test_idle_qubits_cost_nothing(drive: Any) -> None:
    """A noisy circuit on a few of many qubits needs a density matrix of those few."""
    noise = NoiseModel()
    noise.add_all_qubit_quantum_error(depolarizing_error(0.1, 1), ["x"])
    circuit = QuantumCircuit(25)
    circuit.x(20)
    observable = SparsePauliOp.from_sparse_list([("Z", [20], 1.0)], 25)
    backend = feedline.backend("aer", noise_model=noise)
    (chunk,) = drive(backend, circuit, observables=(observable,))
    assert chunk.expectation[0, 0] == pytest.approx(-0.9)


def test_random_circuits_agree_with_state_vectors(drive: Any, rng: np.random.Generator) -> None:
    backend = feedline.backend("aer")
    for seed in range(8):
        circuit = random_circuit(4, 5, max_operands=2, seed=seed).decompose(
            ["cu", "rccx", "iswap", "dcx", "cs", "csdg", "u0", "xx_minus_yy", "xx_plus_yy", "ch"]
        )
        if not set(circuit.count_ops()) <= set(backend.target.operation_names):
            continue
        asked = (observables(4, rng),)
        (chunk,) = drive(backend, circuit, observables=asked)
        wanted = Statevector(circuit).expectation_value(asked[0]).real
        assert chunk.expectation[0, 0] == pytest.approx(wanted, abs=1e-9)


def test_control_flow_is_refused(drive: Any) -> None:
    circuit = QuantumCircuit(1, 1, name="steered")
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(0)
    with pytest.raises(CapabilityError, match=r"'steered' has control flow(.|\n)*precision above 0"):
        drive(feedline.backend("aer"), circuit, observables=(SparsePauliOp("Z"),))


def test_quantum_errors_on_measurements_are_refused(drive: Any) -> None:
    noise = NoiseModel()
    noise.add_all_qubit_quantum_error(depolarizing_error(0.1, 1), ["measure"])
    circuit = QuantumCircuit(1, 1, name="read")
    circuit.measure(0, 0)
    backend = feedline.backend("aer", noise_model=noise)
    with pytest.raises(CapabilityError, match="'read' measures, and the noise model has quantum errors"):
        drive(backend, circuit, observables=(SparsePauliOp("Z"),))


def test_too_many_qubits_for_a_density_matrix_are_refused(drive: Any) -> None:
    noise = NoiseModel()
    noise.add_all_qubit_quantum_error(depolarizing_error(0.1, 1), ["x"])
    circuit = QuantumCircuit(25, name="broad")
    circuit.x(range(25))
    backend = feedline.backend("aer", noise_model=noise)
    with pytest.raises(CapabilityError, match=r"'broad' acts on 25 qubits(.|\n)*density matrix"):
        drive(backend, circuit, observables=(SparsePauliOp("Z" * 25),))


def test_gate_that_a_density_matrix_lacks_is_named(drive: Any) -> None:
    circuit = QuantumCircuit(2, name="controlled")
    circuit.cry(0.3, 0, 1)
    circuit.reset(0)
    with pytest.raises(CapabilityError, match="'controlled' holds 'cry'"):
        drive(feedline.backend("aer"), circuit, observables=(SparsePauliOp("ZZ"),))


def test_approximate_method_declares_and_gives_no_exact_values(drive: Any) -> None:
    backend = feedline.backend("aer", method="extended_stabilizer", num_qubits=2)
    assert not backend.capabilities.exact_expectation
    circuit = QuantumCircuit(2)
    circuit.h(0)
    with pytest.raises(CapabilityError, match="'extended_stabilizer' is approximate"):
        drive(backend, circuit, observables=(SparsePauliOp("ZZ"),))


def test_observable_that_is_not_hermitian_is_refused(drive: Any) -> None:
    circuit = QuantumCircuit(1, name="one")
    with pytest.raises(InputError, match="'one' is not Hermitian"):
        drive(feedline.backend("aer"), circuit, observables=(SparsePauliOp("Z", 1j),))


def test_swapped_qubits_that_no_observable_looks_at_do_not_mix_values_up(drive: Any) -> None:
    """Aer 0.18.2 gives 0 here when told to save the value of qubit 0 alone."""
    circuit = QuantumCircuit(3)
    circuit.cz(0, 2)
    circuit.swap(0, 2)
    circuit.h(0)
    (chunk,) = drive(feedline.backend("aer"), circuit, observables=(SparsePauliOp("IIX"),))
    assert chunk.expectation[0, 0] == pytest.approx(1)


def test_random_clifford_circuits_on_part_of_the_qubits_agree_with_state_vectors(
    drive: Any, rng: np.random.Generator
) -> None:
    for _ in range(60):
        circuit = QuantumCircuit(4)
        used = rng.permutation(4)[: rng.integers(2, 5)].tolist()
        for _ in range(6):
            first, second = rng.choice(used, 2, replace=False).tolist()
            name = str(rng.choice(["h", "s", "sx", "cx", "cz", "swap"]))
            getattr(circuit, name)(*((first, second) if name in ("cx", "cz", "swap") else (first,)))
        operator = SparsePauliOp(random_pauli_list(4, 1, phase=False, seed=int(rng.integers(2**31))))
        (chunk,) = drive(feedline.backend("aer"), circuit, observables=(operator,))
        wanted = Statevector(circuit).expectation_value(operator).real
        assert chunk.expectation[0, 0] == pytest.approx(wanted, abs=1e-9)
