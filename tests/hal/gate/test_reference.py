# SPDX-License-Identifier: Apache-2.0
"""Pulse gates and pulse boxes played by the reference device do what closed forms say."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.circuit.library import XGate

import feedline
from feedline.pipeline import available_levels
from feedline_hal import Calibration, CalibrationSet, PulseGate, Schedule, pulse_box
from feedline_hal.pulse.value import plain
from feedline_hal.testing import ReferenceBackend

SCALE = Parameter("scale")


@pytest.fixture(scope="module")
def backend() -> ReferenceBackend:
    return ReferenceBackend(seed=5)


def x_schedule(backend: ReferenceBackend, qubit: int, scale: object = 1.0) -> Schedule:
    """The device's own X pulse, its amplitude scaled."""
    own = backend.calibrations.find("x", (qubit,)).schedule
    items = [
        attrs.evolve(item, waveform=attrs.evolve(item.waveform, amplitude=plain(item.waveform.amplitude * scale)))
        if hasattr(item, "waveform")
        else item
        for item in own.items
    ]
    return attrs.evolve(own, items=items)


def rabi_set(backend: ReferenceBackend, *qubits: int) -> CalibrationSet:
    made = [
        Calibration(gate="rabi", qubits=(q,), arguments=(SCALE,), schedule=x_schedule(backend, q, SCALE))
        for q in qubits
    ]
    return attrs.evolve(backend.calibrations, calibrations=made)


def ones(counts: dict[str, int], bit: int) -> float:
    return sum(n for word, n in counts.items() if word[-1 - bit] == "1") / sum(counts.values())


@pytest.mark.parametrize("level", [0, 3])
def test_a_rabi_sweep_is_a_sine_squared(backend: ReferenceBackend, level: int) -> None:
    """Amplitude times scale turns by pi times scale, DRAG and all, to a percent."""
    circuit = QuantumCircuit(2)
    circuit.append(PulseGate("rabi", 1, [SCALE]), [1])
    circuit.measure_all()
    derived = backend.with_calibrations(rabi_set(backend, 1))
    scales = np.linspace(0, 1, 7)
    sampler = feedline.Sampler(derived, {"transpilation": {"optimization_level": level}})
    data = sampler.run([(circuit, scales[:, np.newaxis])], shots=4000).result()[0].data.meas
    found = [ones(data.get_counts(point), 1) for point in range(7)]
    np.testing.assert_allclose(found, np.sin(np.pi * scales / 2) ** 2, atol=0.035)


def test_a_pulse_box_plays_its_schedule_and_not_its_body(backend: ReferenceBackend) -> None:
    circuit = QuantumCircuit(2)
    with pulse_box(circuit, x_schedule(backend, 0)):
        circuit.noop(0)  # says that it means nothing; the device plays an X all the same
    with pulse_box(circuit, x_schedule(backend, 1, 0.0)):
        circuit.x(1)
    circuit.measure_all()
    for counts in (
        backend.sampler().run([circuit], shots=200).result()[0].data.meas.get_counts(),
        backend.run(circuit, shots=200).result().get_counts(),
    ):
        assert counts == {"01": 200}


def test_circuit_goes_before_session_and_session_before_set(backend: ReferenceBackend) -> None:
    """The lookup order: a box in the circuit, then with_calibrations, then the device's own set."""
    off = attrs.evolve(
        backend.calibrations,
        calibrations=[Calibration(gate="x", qubits=(0,), schedule=x_schedule(backend, 0, 0.0))],
    )
    derived = backend.with_calibrations(off)
    plain_x = QuantumCircuit(1)
    plain_x.x(0)
    plain_x.measure_all()
    boxed = QuantumCircuit(1)
    with pulse_box(boxed, x_schedule(backend, 0)):
        boxed.x(0)
    boxed.measure_all()
    for where, circuit, word in ((backend, plain_x, "1"), (derived, plain_x, "0"), (derived, boxed, "1")):
        assert where.run(circuit, shots=100).result().get_counts() == {word: 100}


def test_estimator_takes_pulse_gates_at_every_level(backend: ReferenceBackend) -> None:
    circuit = QuantumCircuit(2)
    circuit.append(PulseGate("rabi", 1, [SCALE]), [0])
    circuit.cx(0, 1)
    derived = backend.with_calibrations(rabi_set(backend, 0, 1))
    for level in available_levels("estimator"):
        estimator = feedline.Estimator(derived, {"resilience_level": level})
        values = estimator.run([(circuit, ["ZI", "ZZ"], [1.0])], precision=0.03).result()[0].data.evs
        np.testing.assert_allclose(values, [-1.0, 1.0], atol=0.1)


def test_control_flow_around_pulse_gates_and_boxes(backend: ReferenceBackend) -> None:
    circuit = QuantumCircuit(2, 3)
    circuit.x(0)
    circuit.measure(0, 0)
    with circuit.if_test((0, 1)):
        circuit.append(PulseGate("rabi", 1, [1.0], ideal=XGate()), [1])
    with circuit.for_loop(range(3)), pulse_box(circuit, x_schedule(backend, 0)):
        circuit.x(0)
    circuit.measure([0, 1], [1, 2])
    derived = backend.with_calibrations(rabi_set(backend, 1))
    assert derived.run(circuit, shots=100).result().get_counts() == {"101": 100}


def test_results_name_the_calibration_set(backend: ReferenceBackend) -> None:
    circuit = QuantumCircuit(1)
    circuit.append(PulseGate("rabi", 1, [0.5]), [0])
    circuit.measure_all()
    derived = backend.with_calibrations(rabi_set(backend, 0, 1))
    metadata = derived.sampler().run([circuit], shots=10).result()[0].metadata
    assert metadata["calibration_id"] == derived.calibrations.id != backend.calibrations.id


def test_both_backends_take_turns_on_one_lane(backend: ReferenceBackend) -> None:
    """The device adopts each description in turn; neither sees the other's calibrations."""
    derived = backend.with_calibrations(
        attrs.evolve(
            backend.calibrations,
            calibrations=[Calibration(gate="x", qubits=(0,), schedule=x_schedule(backend, 0, 0.0))],
        )
    )
    assert derived.device_id == backend.device_id
    circuit = QuantumCircuit(1)
    circuit.x(0)
    circuit.measure_all()
    for _ in range(2):
        assert backend.run(circuit, shots=50).result().get_counts() == {"1": 50}
        assert derived.run(circuit, shots=50).result().get_counts() == {"0": 50}
