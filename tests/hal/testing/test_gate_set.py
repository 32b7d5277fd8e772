# SPDX-License-Identifier: Apache-2.0
"""The reference device's own gates: as good as they claim, and what Qiskit means by them."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import QuantumCircuit, transpile
from qiskit.circuit.random import random_circuit
from qiskit.quantum_info import Operator

from feedline_hal.calibration.calibration_set import CalibrationSet
from feedline_hal.testing import ReferenceBackend, circuit_propagator
from feedline_hal.testing.gate_set import gate_set
from feedline_hal.testing.model import reference_model

from .oracle import COMPUTATIONAL, infidelity

BACKEND = ReferenceBackend(2, fractional=True)
DECLARED = {(item.gate, item.qubits): item.error for item in BACKEND.calibrations.calibrations}


def error(circuit: QuantumCircuit, backend: ReferenceBackend = BACKEND) -> float:
    return infidelity(circuit_propagator(circuit, backend), Operator(circuit).data, COMPUTATIONAL)


@pytest.mark.parametrize("qubit", [0, 1])
@pytest.mark.parametrize("gate", ["sx", "x", "id"])
def test_fixed_rotation_errs_as_it_declares(gate: str, qubit: int) -> None:
    """Below 1e-4, leakage included, and not above what the calibration says."""
    circuit = QuantumCircuit(2)
    getattr(circuit, gate)(qubit)
    declared = DECLARED[gate, (qubit,)]
    assert error(circuit) <= declared * 1.05 + 1e-12
    assert declared < 1e-4


@pytest.mark.parametrize("angle", [-7.0, -np.pi, -0.4, 0.0, 1.0, np.pi, 4.0])
def test_rotation_of_any_angle_errs_below_1e_4(angle: float) -> None:
    """Amplitude is proportional to the angle, which is taken from -pi to pi."""
    for qubit in (0, 1):
        for gate in ("rx", "rz"):
            circuit = QuantumCircuit(2)
            getattr(circuit, gate)(angle, qubit)
            assert error(circuit) < 1e-5


@pytest.mark.parametrize("pair", [(0, 1), (1, 0)])
def test_cz_is_one_up_to_its_virtual_phases(pair: tuple[int, int]) -> None:
    """Infidelity below 1e-3 by far: |11> goes once round |20> and comes back with a sign."""
    circuit = QuantumCircuit(2)
    circuit.cz(*pair)
    assert error(circuit) <= DECLARED["cz", pair] < 1e-3
    made = circuit_propagator(circuit, BACKEND)[np.ix_(COMPUTATIONAL, COMPUTATIONAL)]
    np.testing.assert_allclose(made / made[0, 0], np.diag([1, 1, 1, -1]), atol=3e-5)


@pytest.mark.parametrize("angle", [-3.0, -0.5, 0.0, 0.7, np.pi / 2, 6.0])
def test_rzz_takes_any_angle(angle: float) -> None:
    """The phase between two half turns is the angle."""
    for pair in ((0, 1), (1, 0)):
        circuit = QuantumCircuit(2)
        circuit.rzz(angle, *pair)
        assert error(circuit) <= DECLARED["rzz", pair]


@pytest.mark.parametrize("fractional", [False, True])
def test_random_circuits_mean_what_qiskit_means(fractional: bool) -> None:
    """Ten layers, every level of the transpiler: the error is that of the gates added up."""
    backend = ReferenceBackend(2, fractional=fractional)
    for level in range(4):
        circuit = random_circuit(2, 10, seed=level, max_operands=2)
        isa = transpile(circuit, backend, optimization_level=level, seed_transpiler=1)
        made = circuit_propagator(isa, backend)
        count = sum(number for name, number in isa.count_ops().items() if name != "rz")
        worst = 1e-4 if fractional else 5e-6
        assert infidelity(made, Operator(isa).data, COMPUTATIONAL) < 2 * count * worst


def test_gate_set_survives_openpulse_text() -> None:
    """Written and read again it is the same set."""
    for fractional in (False, True):
        made = gate_set(reference_model(2), fractional=fractional)
        assert CalibrationSet.from_openpulse(made.to_openpulse(), ports=made.ports.values()).id == made.id


def test_target_has_durations_and_frequencies() -> None:
    """What the transpiler and passes need to know."""
    target = BACKEND.target
    assert target["sx"][(1,)].duration == pytest.approx(32e-9)
    assert target["cz"][(1, 0)].duration == pytest.approx(128e-9)
    assert target["measure"][(0,)].duration == pytest.approx(400e-9)
    assert [item.frequency for item in target.qubit_properties] == [5.2e9, 4.6e9]
    assert {"durations", "coupling", "meas.mid"} <= BACKEND.capabilities.tokens
