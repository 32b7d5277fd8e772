# SPDX-License-Identifier: Apache-2.0
"""Pulse gates inside control flow: every bound copy of a circuit runs with its own values."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Instruction, Parameter

import feedline
from feedline.own_operation import with_own_operation, with_own_operations
from feedline_hal import Calibration, CalibrationSet, PulseBackend, PulseGate
from feedline_hal.testing import ReferenceBackend

ANGLE, OTHER = Parameter("angle"), Parameter("other")


@pytest.fixture(scope="module")
def backend() -> PulseBackend:
    """The reference device with ``turn``, an ``rx`` by another name."""
    device = ReferenceBackend(1, seed=1, fractional=True)
    turn = device.calibrations.find("rx", (0,), (ANGLE,))
    made = Calibration(gate="turn", qubits=(0,), arguments=turn.arguments, schedule=turn.schedule)
    own = device.calibrations
    return device.with_calibrations(CalibrationSet(ports=own.ports, frames=own.frames, calibrations=[made]))


def branched() -> QuantumCircuit:
    circuit = QuantumCircuit(1, 2)
    with circuit.if_test((1, 0)):
        circuit.append(PulseGate("turn", 1, [ANGLE]), [0])
    circuit.measure(0, 0)
    return circuit


def boxed() -> QuantumCircuit:
    circuit = QuantumCircuit(1, 2)
    with circuit.if_test((1, 0)), circuit.box():
        circuit.append(PulseGate("turn", 1, [ANGLE]), [0])
    circuit.measure(0, 0)
    return circuit


def looped() -> QuantumCircuit:
    circuit = QuantumCircuit(1, 2)
    with circuit.for_loop([1, 0], OTHER):
        circuit.append(PulseGate("turn", 1, [ANGLE * OTHER]), [0])
    circuit.measure(0, 0)
    if OTHER in circuit.parameters:
        pytest.skip("this version of Qiskit counts a loop's parameter among the circuit's")
    return circuit


@pytest.mark.parametrize("make", [branched, boxed, looped])
def test_bound_copies_play_their_own_values(backend: PulseBackend, make: Callable[[], QuantumCircuit]) -> None:
    circuit = make()
    flips, stays = (circuit.assign_parameters({ANGLE: angle}) for angle in (math.pi, 0.0))
    result = backend.sampler().run([flips, stays], shots=20).result()
    assert [pub.data.c.get_counts() for pub in result] == [{"01": 20}, {"00": 20}]
    assert backend.run([flips, stays], shots=20).result().get_counts() == [{"01": 20}, {"00": 20}]


def test_comparing_circuits_with_loops_does_not_change_what_runs(backend: PulseBackend) -> None:
    """Qiskit's comparison renames the loop's parameter in operations that copies share."""
    circuit = looped().assign_parameters({ANGLE: math.pi})
    assert circuit.copy() == circuit
    assert backend.sampler().run([circuit], shots=20).result()[0].data.c.get_counts() == {"01": 20}


def test_bound_copies_are_written_with_their_own_values() -> None:
    circuit = boxed()
    copies = [circuit.assign_parameters({ANGLE: angle}) for angle in (0.25, 0.5)]
    for copy, angle in zip(copies, (0.25, 0.5), strict=True):
        read = feedline.qasm3_loads(feedline.qasm3_dumps(copy))
        inner = read.data[0].operation.blocks[0].data[0].operation.blocks[0].data[0]
        assert list(inner.params) == list(inner.operation.params) == [angle]


def test_a_circuit_with_operations_of_its_own_is_bound_again_and_again(rng: np.random.Generator) -> None:
    circuit = QuantumCircuit(1, 1)
    with circuit.for_loop(range(2)), circuit.if_test((0, 0)):
        circuit.append(Instruction("kick", 1, 0, [ANGLE, ANGLE * OTHER]), [0])
        circuit.delay(OTHER, 0, unit="us")
    for angle, other in rng.uniform(0, 3, (3, 2)).tolist():
        bound = with_own_operations(circuit).assign_parameters({ANGLE: angle, OTHER: other})
        kick, delay = bound.data[0].operation.blocks[0].data[0].operation.blocks[0].data
        assert list(kick.params) == list(kick.operation.params) == [angle, angle * other]
        assert delay.operation.duration == other
        assert set(circuit.parameters) == {ANGLE, OTHER}


def test_what_shares_nothing_is_left_as_it_is() -> None:
    circuit = QuantumCircuit(1)
    circuit.rx(ANGLE, 0)
    assert with_own_operations(circuit) is circuit
    assert all(with_own_operation(item) is item for item in circuit.data)
