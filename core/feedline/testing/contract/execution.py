# SPDX-License-Identifier: Apache-2.0
"""The part of the contract about executions: points, shots, bits, parameters, seeds."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit import Parameter

from feedline.device import Device, Executable
from feedline.processor import Backend

from .lifecycle import flip
from .subject import BackendSubject, ask, isa, take


class ExecutionContract(BackendSubject):
    """Every point and shot comes once, and every bit stands where the circuit put it."""

    def test_compile_keeps_the_circuit(self, subject: Backend, device: Device) -> None:
        """An executable names the circuit that it was made from."""
        circuit = flip(subject)
        made = device.compile(circuit)
        assert isinstance(made, Executable)
        assert made.circuit is circuit

    def test_every_point_and_shot_comes_once(self, subject: Backend, device: Device) -> None:
        """Several executions, with and without sweeps, in one call."""
        angle = Parameter("angle")
        circuit = QuantumCircuit(1, 1)
        circuit.ry(angle, 0)
        circuit.measure(0, 0)
        swept = isa(subject, circuit)
        plain, grid, scalar, none = take(
            device,
            ask(flip(subject), shots=7),
            ask(swept, np.zeros((2, 3, 1)), shots=20),
            ask(swept, np.zeros(1), shots=1),
            ask(swept, np.zeros((0, 1)), shots=5),
        )
        assert plain.bits.shape == (1, 7, 1)
        assert grid.bits.shape == (6, 20, 1)
        assert scalar.bits.shape == (1, 1, 1)
        assert none.bits.shape == (0, 5, 1)

    def test_shots_without_order_add_up(self, subject: Backend, device: Device) -> None:
        """``memory=False`` allows counts; there are as many."""
        (answer,) = take(device, ask(flip(subject), shots=64, memory=False))
        assert answer.bits.shape == (1, 64, 1)
        assert answer.mean(0) > 0.5

    def test_bit_stands_where_it_was_measured(self, subject: Backend, device: Device) -> None:
        """Across bytes, and bits that nobody measures are 0."""
        for clbit in (0, 3, 7, 8, 10):
            circuit = QuantumCircuit(1, 11)
            circuit.x(0)
            circuit.measure(0, clbit)
            (answer,) = take(device, ask(isa(subject, circuit)))
            assert np.flatnonzero(answer.likely()[0]).tolist() == [clbit]
            others = np.delete(answer.bits, clbit, axis=2)
            assert not others.any(), "a bit that nobody measured is 1"

    def test_registers_follow_each_other(self, subject: Backend, device: Device) -> None:
        """Classical bits count through registers of different sizes in the circuit's order."""
        first, second, third = (ClassicalRegister(size, name) for size, name in ((1, "b"), (9, "a"), (2, "c")))
        circuit = QuantumCircuit(QuantumRegister(1, "q"), first, second, third)
        circuit.x(0)
        circuit.measure(0, second[8])
        circuit.measure(0, third[1])
        (answer,) = take(device, ask(isa(subject, circuit)))
        assert np.flatnonzero(answer.likely()[0]).tolist() == [9, 11]

    def test_qubits_are_told_apart(self, subject: Backend, device: Device) -> None:
        """X on qubit 0 shows in its bit and not in its neighbour's."""
        if subject.num_qubits < 2:
            pytest.skip("one qubit")
        for flipped in (0, 1):
            circuit = QuantumCircuit(2, 2)
            circuit.x(flipped)
            circuit.measure([0, 1], [0, 1])
            (answer,) = take(device, ask(isa(subject, circuit)))
            assert np.flatnonzero(answer.likely()[0]).tolist() == [flipped]

    def test_parameters_are_bound_in_the_circuits_order(self, subject: Backend, device: Device) -> None:
        """The last axis of the values follows ``circuit.parameters``; the sweep is flattened C-wise."""
        late, early = Parameter("z_late"), Parameter("a_early")
        circuit = QuantumCircuit(1, 1)
        circuit.ry(late - 2 * early, 0)
        circuit.measure(0, 0)
        swept = isa(subject, circuit)
        assert [parameter.name for parameter in swept.parameters] == ["a_early", "z_late"]
        values = np.pi * np.array([[[0, 0], [0, 1], [1, 0]], [[0.5, 0], [0.5, 1], [1, 1]]])
        (answer,) = take(device, ask(swept, values))
        expected = [[False], [True], [False], [True], [False], [True]]
        assert answer.likely().tolist() == expected

    def test_superposition_is_even(self, subject: Backend, device: Device) -> None:
        """H gives 0 and 1 equally often."""
        circuit = QuantumCircuit(1, 1)
        circuit.h(0)
        circuit.measure(0, 0)
        (answer,) = take(device, ask(isa(subject, circuit), shots=self.shots))
        margin = 5 * 0.5 / self.shots**0.5 if self.noiseless else 0.25
        assert abs(answer.mean(0)[0] - 0.5) < margin

    def test_seed_reproduces_shots(self, subject: Backend, device: Device) -> None:
        """Where seeds are declared: equal seeds give equal shots, others give others."""
        if not subject.capabilities.seeded:
            pytest.skip("not seeded")
        circuit = QuantumCircuit(1, 1)
        circuit.h(0)
        circuit.measure(0, 0)
        asked = [ask(isa(subject, circuit), shots=200, seed=seed) for seed in (5, 5, 6)]
        first, same, other = (take(device, execution)[0].bits for execution in asked)
        assert (first == same).all()
        assert (first != other).any()

    def test_reset_works_where_the_target_has_it(self, subject: Backend, device: Device) -> None:
        """A flipped qubit that is reset reads 0, in the middle of a circuit."""
        if "reset" not in subject.target.operation_names:
            pytest.skip("no reset")
        circuit = QuantumCircuit(1, 2)
        circuit.x(0)
        circuit.measure(0, 0)
        circuit.reset(0)
        circuit.measure(0, 1)
        (answer,) = take(device, ask(isa(subject, circuit)))
        assert answer.likely().tolist() == [[True, False]]
