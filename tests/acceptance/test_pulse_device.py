# SPDX-License-Identifier: Apache-2.0
"""The pulse layer end to end: pulses that Sampler and Estimator sent come back as closed forms and Qiskit say."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.circuit.random import random_circuit
from qiskit.primitives import StatevectorEstimator, StatevectorSampler

import feedline
from feedline import Estimator, Sampler
from feedline_hal import Calibration, CalibrationSet, Play, PulseGate, Schedule, Waveform
from feedline_hal.testing import Model, ReferenceBackend, Transmon

SHOTS = 4000


@pytest.fixture(scope="module")
def backend() -> feedline.Backend:
    return feedline.backend("pulse", seed=8)


def with_gate(backend: Any, name: str, schedule: Schedule, *arguments: Parameter) -> Any:
    """The backend with one gate more on qubit 0."""
    own = backend.calibrations
    gate = Calibration(gate=name, qubits=(0,), arguments=arguments, schedule=schedule)
    return backend.with_calibrations(CalibrationSet(ports=own.ports, frames=own.frames, calibrations=[gate]))


def excited(backend: Any, circuit: QuantumCircuit, values: NDArray[np.float64], shots: int = SHOTS) -> Any:
    """Population of qubit 0 at every point."""
    data = Sampler(backend, {"simulator": {"seed_simulator": 5}}).run([(circuit, values)], shots=shots).result()[0]
    return data.data.meas.to_bool_array().mean(axis=-2)[..., -1]


def margin(probability: NDArray[np.float64], shots: int = SHOTS) -> NDArray[np.float64]:
    """Five standard errors, and a little for gates that err by 1e-5."""
    return 5 * np.sqrt(np.clip(probability * (1 - probability), 0, None) / shots) + 1.5e-3


@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_rabi_oscillation_of_two_levels_is_a_squared_sine(level: int) -> None:
    """A constant resonant pulse, its amplitude swept, at every optimisation level."""
    model = Model(transmons=[Transmon(frequency_hz=5.2e9, readout_hz=7e9)], levels=2)
    two_levels = ReferenceBackend(1, model=model, seed=2)
    drive, frame = Parameter("drive"), two_levels.calibrations.frames["q0_drive_frame"]
    pushed = with_gate(two_levels, "push", Schedule.left(Play(frame, Waveform.constant(60e-9, drive))), drive)
    amplitude = Parameter("amplitude")
    circuit = QuantumCircuit(1)
    circuit.append(PulseGate("push", 1, [amplitude]), [0])
    circuit.measure_all()
    amplitudes = np.linspace(-1, 1, 41)
    options = {"simulator": {"seed_simulator": 5}, "transpilation": {"optimization_level": level}}
    data = Sampler(pushed, options).run([(circuit, amplitudes)], shots=SHOTS).result()[0].data.meas
    wanted = np.sin(math.pi * 50e6 * 60e-9 * amplitudes) ** 2
    assert (np.abs(data.to_bool_array().mean(axis=-2)[..., 0] - wanted) < margin(wanted)).all()


def test_ramsey_by_virtual_z_is_a_cosine(backend: Any) -> None:
    """Two half pulses with a virtual rotation between them."""
    angle = Parameter("angle")
    circuit = QuantumCircuit(1)
    circuit.sx(0)
    circuit.rz(angle, 0)
    circuit.sx(0)
    circuit.measure_all()
    angles = np.linspace(-2 * np.pi, 2 * np.pi, 41)
    wanted = (1 + np.cos(angles)) / 2
    assert (np.abs(excited(backend, circuit, angles) - wanted) < margin(wanted)).all()


def test_cz_turns_a_neighbour_only_if_it_is_excited(backend: Any) -> None:
    """Ramsey on one qubit, the other one flipped or not: the fringe moves by half a turn."""
    angle, flip = Parameter("angle"), Parameter("flip")
    for target, control in ((0, 1), (1, 0)):
        circuit = QuantumCircuit(2)
        circuit.rx(flip, control)
        circuit.sx(target)
        circuit.cz(target, control)
        circuit.rz(angle, target)
        circuit.sx(target)
        circuit.measure_all()
        angles = np.linspace(0, 2 * np.pi, 13)
        values = np.stack(np.meshgrid(angles, [0.0, np.pi]), axis=-1)
        assert [parameter.name for parameter in circuit.parameters] == ["angle", "flip"]
        bits = Sampler(backend).run([(circuit, values)], shots=SHOTS).result()[0].data.meas.to_bool_array()
        found = bits[..., 1 - target].mean(axis=-1)
        wanted = np.stack([(1 + np.cos(angles)) / 2, (1 - np.cos(angles)) / 2])
        assert (np.abs(found - wanted) < margin(wanted)).all()


def test_estimator_sees_a_bell_pair(backend: Any) -> None:
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    data = Estimator(backend).run([(circuit, ["ZZ", "XX", "YY", "ZI", "IX"])], precision=0.01).result()[0].data
    np.testing.assert_allclose(data.evs, [1, 1, -1, 0, 0], atol=0.05)
    assert data.evs[0] > 0.999


@pytest.mark.parametrize("fractional", [False, True])
@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_random_circuits_give_qiskits_distribution(level: int, fractional: bool) -> None:
    """Total variation from the exact distribution within five standard deviations of its mean under sampling."""
    shots = 20_000
    backend = ReferenceBackend(2, seed=9, fractional=fractional)
    options = {"simulator": {"seed_simulator": 6}, "transpilation": {"optimization_level": level, "seed_transpiler": 1}}
    for seed in range(3):
        circuit = random_circuit(2, 6, seed=10 * level + seed, max_operands=2)
        exact = np.zeros(4)
        for word, probability in _distribution(circuit).items():
            exact[word] = probability
        circuit.measure_all()
        counts = Sampler(backend, options).run([circuit], shots=shots).result()[0].data.meas.get_int_counts()
        found = np.array([counts.get(word, 0) for word in range(4)]) / shots
        variances = exact * (1 - exact) / shots
        mean = np.sqrt(2 * variances / np.pi).sum() / 2
        assert np.abs(found - exact).sum() / 2 < mean + 5 * np.sqrt(variances.sum()) / 2 + 2e-3


def _distribution(circuit: QuantumCircuit) -> dict[int, float]:
    from qiskit.quantum_info import Statevector

    return {int(word, 2): value for word, value in Statevector(circuit).probabilities_dict().items()}


def test_parametrised_estimates_agree_with_the_exact_ones(backend: Any) -> None:
    """An ansatz with a sweep and a non-commuting operator, against Qiskit's StatevectorEstimator."""
    angles = [Parameter(name) for name in "abc"]
    circuit = QuantumCircuit(2)
    circuit.ry(angles[0], 0)
    circuit.rx(angles[1], 1)
    circuit.cz(0, 1)
    circuit.ry(angles[2], 1)
    values = np.random.default_rng(3).uniform(-6, 6, size=(12, 3))
    observables = [["XY"], ["ZZ"], ["IX"], ["YZ"]]
    pub = (circuit, observables, values)
    wanted = StatevectorEstimator().run([pub]).result()[0].data.evs
    data = Estimator(backend, {"simulator": {"seed_simulator": 4}}).run([pub], precision=0.02).result()[0].data
    assert (np.abs(data.evs - wanted) < 5 * 0.02 + 2e-3).all()


def test_feed_forward_puts_a_qubit_back(backend: Any) -> None:
    """Measure in the middle, flip if 1, and the register says what StatevectorSampler says of the first bit."""
    circuit = QuantumCircuit(2, 2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(1)
    circuit.measure(1, 1)
    counts = Sampler(backend, {"simulator": {"seed_simulator": 1}}).run([circuit], shots=SHOTS).result()[0].data.c
    found = counts.get_int_counts()
    assert set(found) <= {0, 1, 2, 3}
    assert found.get(2, 0) + found.get(3, 0) <= SHOTS / 500
    assert abs(found[0] / SHOTS - 0.5) < 5 * 0.5 / SHOTS**0.5
    halves = QuantumCircuit(1)
    halves.h(0)
    halves.measure_all()
    oracle = StatevectorSampler(seed=2).run([halves], shots=SHOTS).result()[0].data.meas.get_int_counts()
    assert abs(found[0] - oracle[0]) < 5 * (SHOTS / 2) ** 0.5
