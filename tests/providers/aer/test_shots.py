# SPDX-License-Identifier: Apache-2.0
"""Shots are drawn from the right distribution, by every route, and no two points share them."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit import Parameter
from qiskit.quantum_info import Statevector
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel, ReadoutError, depolarizing_error

import feedline
from feedline import Execution
from feedline.errors import ProviderError
from feedline.front_door import wrap_backend

SHOTS = 20000


class CountingSimulator(AerSimulator):
    """Aer, writing down what each call was given."""

    calls: list[tuple[int, int]]

    def run(self, circuits: Any, parameter_binds: Any = None, **options: Any) -> Any:
        points = sum(len(next(iter(binds.values()))) if binds else 1 for binds in parameter_binds)
        self.calls.append((points, options["shots"]))
        return super().run(circuits, parameter_binds, **options)


def counting(**options: Any) -> tuple[Any, list[tuple[int, int]]]:
    """A backend around it, and its list of ``(experiments, shots)``."""
    simulator = CountingSimulator(**options)
    simulator.calls = []
    return wrap_backend(simulator), simulator.calls


def is_drawn_from(shares: Any, wanted: Any, shots: int) -> bool:
    """Whether every share is within five standard errors."""
    errors = np.sqrt(np.maximum(wanted * (1 - wanted), 1e-9) / shots)
    return bool((np.abs(shares - wanted) <= 5 * errors + 2 / shots).all())


def scrambled() -> tuple[QuantumCircuit, Parameter]:
    """Measured out of order, one bit unmeasured, one qubit read twice."""
    angle = Parameter("angle")
    circuit = QuantumCircuit(QuantumRegister(3), ClassicalRegister(2, "b"), ClassicalRegister(3, "a"))
    circuit.ry(angle, 0)
    circuit.cx(0, 1)
    circuit.rx(2 * angle + 0.1, 2)
    circuit.cx(2, 1)
    circuit.measure([2, 0, 1, 0], [0, 2, 3, 4])
    return circuit, angle


def expected(angle: float) -> Any:
    circuit, _ = scrambled()
    bare = circuit.remove_final_measurements(inplace=False).assign_parameters([angle])
    wanted = np.zeros(32)
    for outcome, probability in enumerate(Statevector(bare).probabilities()):
        q0, q1, q2 = outcome & 1, outcome >> 1 & 1, outcome >> 2 & 1
        wanted[q2 | q0 << 2 | q1 << 3 | q0 << 4] += probability
    return wanted


@pytest.mark.parametrize("memory", [False, True])
@pytest.mark.parametrize("method", ["automatic", "density_matrix", "matrix_product_state"])
def test_shots_follow_the_state(method: str, memory: bool, drive: Any, frequencies: Any) -> None:
    circuit, _ = scrambled()
    angles = [0.4, 1.3, 2.9]
    backend = feedline.backend("aer", method=method, seed=1, num_qubits=3)
    chunks = drive(backend, circuit, [[angle] for angle in angles], shots=SHOTS, memory=memory)
    shares = frequencies(chunks, 3, 5)
    for found, angle in zip(shares, angles, strict=True):
        assert is_drawn_from(found, expected(angle), SHOTS)


@pytest.mark.parametrize("memory", [False, True])
def test_mid_circuit_outcomes_stay_with_their_shot(memory: bool, drive: Any, frequencies: Any) -> None:
    """Measured, fed forward, reset, measured again: joint outcomes come as often as they should."""
    circuit = QuantumCircuit(2, 3)
    circuit.ry(1.0, 0)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(1)
    circuit.reset(0)
    circuit.ry(0.5, 0)
    circuit.measure([0, 1], [1, 2])
    one, two = np.sin(0.5) ** 2, np.sin(0.25) ** 2
    wanted = np.zeros(8)
    wanted[[0b000, 0b010]] = (1 - one) * np.array([1 - two, two])
    wanted[[0b101, 0b111]] = one * np.array([1 - two, two])
    chunks = drive(feedline.backend("aer", seed=2), circuit, shots=SHOTS, memory=memory)
    assert is_drawn_from(frequencies(chunks, 1, 3)[0], wanted, SHOTS)


def test_shots_are_in_random_order(drive: Any) -> None:
    """Neighbours are no more alike than strangers."""
    circuit = QuantumCircuit(1, 1)
    circuit.h(0)
    circuit.measure(0, 0)
    reread = circuit.copy()
    reread.measure(0, 0)
    reread.reset(0)
    for asked in (circuit, reread):
        (chunk,) = drive(feedline.backend("aer", seed=3), asked, shots=10000)
        bits = chunk.bits[0, :, 0].astype(float)
        assert abs(np.corrcoef(bits[1:], bits[:-1])[0, 1]) < 0.05


def test_readout_error_is_applied(drive: Any, frequencies: Any) -> None:
    noise = NoiseModel(["x"])
    noise.add_all_qubit_readout_error(ReadoutError([[0.9, 0.1], [0.2, 0.8]]))
    circuit = QuantumCircuit(1, 1)
    circuit.x(0)
    circuit.measure(0, 0)
    chunks = drive(feedline.backend("aer", noise_model=noise, seed=4), circuit, shots=SHOTS, memory=False)
    assert is_drawn_from(frequencies(chunks, 1, 1)[0], np.array([0.2, 0.8]), SHOTS)


def test_many_classical_bits_are_packed(drive: Any) -> None:
    """Over 64 bits, by both routes."""
    circuit = QuantumCircuit(2, 70)
    circuit.x(0)
    circuit.measure(0, 69)
    circuit.measure(0, 3)
    again = circuit.copy()
    again.x(1)
    again.measure(1, 0)
    again.reset(0)
    for asked, bits in ((circuit, {3, 69}), (again, {0, 3, 69})):
        (chunk,) = drive(feedline.backend("aer"), asked, shots=5)
        found = np.unpackbits(chunk.bits[0, 0])[::-1]
        assert set(np.flatnonzero(found).tolist()) == bits


def test_circuit_without_measurement_reads_zeros(drive: Any) -> None:
    circuit = QuantumCircuit(1, 2)
    circuit.x(0)
    (bits,) = drive(feedline.backend("aer"), circuit, np.zeros((3, 0)), shots=4)
    assert bits.bits.shape == (3, 4, 1)
    assert not bits.bits.any()
    (counts,) = drive(feedline.backend("aer"), circuit, shots=4, memory=False)
    assert counts.counts.weight.tolist() == [4]


def test_sweep_goes_down_in_one_call() -> None:
    """A thousand parameter sets, exact or sampled, are one Aer call."""
    backend, calls = counting()
    circuit, _ = scrambled()
    values = np.linspace(0, 3, 1000)[:, None]
    with backend.open() as device:
        made = device.compile(circuit)
        execution = Execution(circuit=circuit, values=values, shots=100, executable=made)
        chunks = list(device.execute([execution]))
    assert [chunk.points for chunk in chunks] == [slice(0, 1000)]
    assert [points for points, _ in calls] == [1000]
    assert chunks[0].stopped_s >= chunks[0].started_s > 1e9


def test_executions_alike_share_a_call() -> None:
    """Measured bases of one observable: several circuits, one call, each with data of its own."""
    for options, expected_calls in (({}, [(2, 1)]), ({"noise_model": _flipping()}, [(2, 50)])):
        backend, calls = counting(**options)
        circuits = []
        for flips in range(2):
            circuit = QuantumCircuit(1, 1)
            for _ in range(flips):
                circuit.x(0)
            circuit.measure(0, 0)
            circuits.append(circuit)
        with backend.open() as device:
            executions = [
                Execution(circuit=c, values=np.zeros(0), shots=50, executable=device.compile(c)) for c in circuits
            ]
            chunks = {chunk.execution: chunk for chunk in device.execute(executions)}
        assert calls == expected_calls
        assert chunks[0].bits.mean() < 0.2
        assert chunks[1].bits.mean() > 0.8


def _flipping() -> NoiseModel:
    noise = NoiseModel(["x", "rx", "ry", "cx"])
    noise.add_all_qubit_quantum_error(depolarizing_error(0.01, 1), ["x", "ry"])
    return noise


def test_points_with_many_trajectories_do_not_share_random_numbers() -> None:
    """Aer's streams of neighbouring experiments overlap from shot 2113 on; equal points must still differ."""
    backend, calls = counting(method="statevector", noise_model=_flipping(), seed_simulator=5)
    angle = Parameter("angle")
    circuit = QuantumCircuit(1, 1)
    circuit.ry(angle, 0)
    circuit.x(0)
    circuit.measure(0, 0)
    with backend.open() as device:
        execution = Execution(
            circuit=circuit,
            values=np.full((5, 1), np.pi / 2),
            shots=4096,
            memory=False,
            executable=device.compile(circuit),
        )
        chunks = list(device.execute([execution]))
    assert {points for points, _ in calls} == {1}
    weights = {tuple(chunk.counts.weight.tolist()) for chunk in chunks}
    assert len(weights) == 5


def test_states_of_noise_are_shared_by_shots_when_aer_says_so() -> None:
    """Where Aer draws shots from one density matrix, a sweep is not taken apart, after the first point."""
    backend, calls = counting(noise_model=_flipping())
    angle = Parameter("angle")
    circuit = QuantumCircuit(1, 1)
    circuit.ry(angle, 0)
    circuit.x(0)
    circuit.measure(0, 0)
    with backend.open() as device:
        execution = Execution(circuit=circuit, values=np.zeros((30, 1)), shots=4096, executable=device.compile(circuit))
        list(device.execute([execution]))
    assert [points for points, _ in calls] == [1, 29]


def test_seed_decides_the_shots(drive: Any) -> None:
    """Equal seeds give equal shots, by every route; neighbouring seeds have nothing in common."""
    circuit, _ = scrambled()
    for options in ({}, {"noise_model": _flipping()}, {"method": "matrix_product_state"}):
        backend = feedline.backend("aer", num_qubits=3, **options)
        first, same, other = (
            drive(backend, circuit, [[0.4], [0.4]], shots=200, seed=seed)[0].bits for seed in (5, 5, 6)
        )
        assert (first == same).all()
        assert (first != other).any()
        assert (first[0] != first[1]).any()


def test_equal_seeds_of_one_job_do_not_repeat_each_other() -> None:
    circuit = QuantumCircuit(1, 1)
    circuit.h(0)
    circuit.measure(0, 0)
    with feedline.backend("aer").open() as device:
        made = device.compile(circuit)
        one, two = (
            chunk.bits
            for chunk in device.execute(
                [Execution(circuit=circuit, values=np.zeros(0), shots=100, seed=1, executable=made) for _ in range(2)]
            )
        )
    assert (one != two).any()


def test_backend_seed_covers_what_has_no_seed(drive: Any) -> None:
    circuit, _ = scrambled()
    bits = [drive(feedline.backend("aer", seed=9), circuit, [[0.4]], shots=100)[0].bits for _ in range(2)]
    assert (bits[0] == bits[1]).all()


def test_long_trajectories_are_cut_and_add_up(drive: Any) -> None:
    """A point that takes long goes down in parts: every shot comes, and abort has a place to act."""
    circuit = QuantumCircuit(12, 1)
    circuit.h(range(12))
    for _ in range(6):
        circuit.measure(0, 0)
        circuit.h(0)
    for qubit in range(11):
        circuit.cx(qubit, qubit + 1)
    circuit.measure(0, 0)
    chunks = drive(feedline.backend("aer"), circuit, shots=4000)
    assert len(chunks) > 1
    assert sum(chunk.bits.shape[1] for chunk in chunks) == 4000


def test_box_is_unrolled(drive: Any) -> None:
    circuit = QuantumCircuit(1, 1)
    with circuit.box():
        circuit.x(0)
    circuit.measure(0, 0)
    assert "box" not in feedline.backend("aer").target.operation_names
    assert drive(feedline.backend("aer"), circuit, shots=3)[0].bits.tolist() == [[[1], [1], [1]]]


def test_failure_of_aer_keeps_its_words(drive: Any) -> None:
    backend = feedline.backend("aer", method="statevector", max_memory_mb=1)
    circuit = QuantumCircuit(22, 22, name="huge")
    circuit.h(range(22))
    circuit.t(0)
    circuit.measure(range(22), range(22))
    with pytest.raises(ProviderError, match=r"Aer could not simulate 'huge'(.|\n)*memory"):
        drive(backend, circuit)


def test_outcomes_of_wide_circuits_come_from_aer(drive: Any) -> None:
    """Too many measured qubits for a table of probabilities: Clifford, so Aer has a method for it."""
    circuit = QuantumCircuit(40, 40)
    circuit.h(0)
    for qubit in range(39):
        circuit.cx(qubit, qubit + 1)
    circuit.measure(range(40), range(40))
    backend = feedline.backend("aer", method="stabilizer")
    (chunk,) = drive(backend, circuit, shots=200)
    words = Counter(bytes(word).hex() for word in chunk.bits[0])
    assert set(words) == {"0" * 10, "f" * 10}
