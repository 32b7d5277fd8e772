# SPDX-License-Identifier: Apache-2.0
"""Backends without pulses refuse pulse gates by name, or run what they mean if the user said so."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pulse_lab import DRIVE, THETA, calibration_set, drive, kick, lab
from qiskit import QuantumCircuit
from qiskit.circuit.library import RXGate
from qiskit.primitives import StatevectorEstimator, StatevectorSampler
from qiskit.quantum_info import SparsePauliOp

import feedline
from feedline.errors import CapabilityError
from feedline.isa import unroll_boxes
from feedline.testing import IdealBackend, NullBackend
from feedline_hal import PulseGate, pulse_box
from feedline_hal.ideal import IdealPulseBackend

KICKS = calibration_set(*kick(0, 1, 2))


def with_gate() -> QuantumCircuit:
    circuit = QuantumCircuit(2, name="gated")
    circuit.append(PulseGate("kick", 1, [0.4], ideal=RXGate(0.4)), [1])
    return circuit


def with_box() -> QuantumCircuit:
    circuit = QuantumCircuit(2, name="boxed")
    with pulse_box(circuit, drive(1, name="flip")):
        circuit.x(1)
    return circuit


def nested() -> QuantumCircuit:
    circuit = QuantumCircuit(2, name="nested")
    with circuit.box(), pulse_box(circuit, drive(1, name="flip")):
        circuit.x(1)
    return circuit


NAMED = [
    (with_gate, "'gated' holds pulse gate 'kick' on qubit 1"),
    (with_box, "'boxed' holds pulse box 'flip' on qubit 1"),
    (nested, "'nested' holds pulse box 'flip' on qubit 1"),
]


def by_sampler(backend: Any, circuit: QuantumCircuit) -> None:
    feedline.Sampler(backend).run([circuit.measure_all(inplace=False)])


def by_estimator(backend: Any, circuit: QuantumCircuit) -> None:
    feedline.Estimator(backend).run([(circuit, "ZZ")])


def by_run(backend: Any, circuit: QuantumCircuit) -> None:
    backend.run(circuit.measure_all(inplace=False))


def by_executor(backend: Any, circuit: QuantumCircuit) -> None:
    samplomatic = pytest.importorskip("samplomatic")
    program = samplomatic.quantum_program.QuantumProgram(shots=10)
    program.append_circuit_item(circuit.measure_all(inplace=False))
    feedline.Executor(backend).run(program)


@pytest.mark.parametrize(("make", "words"), NAMED)
@pytest.mark.parametrize("run", [by_sampler, by_estimator, by_run, by_executor])
@pytest.mark.parametrize("name", ["aer", "null"])
def test_a_backend_without_pulses_refuses_them_by_name(make: Any, words: str, run: Any, name: str) -> None:
    backend = feedline.backend("aer") if name == "aer" else NullBackend(2)
    with pytest.raises(CapabilityError, match=f"{words}, which backend '{backend.name}' cannot play"):
        run(backend, make())


def test_the_remedy_fits_whether_there_is_a_meaning() -> None:
    with pytest.raises(CapabilityError, match=r"with_calibrations\(calibrations, ideal=True\)"):
        by_sampler(NullBackend(2), with_gate())
    circuit = QuantumCircuit(1)
    circuit.append(PulseGate("kick", 1, [0.4]), [0])
    with pytest.raises(CapabilityError, match="it has no ideal meaning to run instead"):
        by_sampler(NullBackend(2), circuit)


def test_pulses_inside_control_flow_are_refused_by_name() -> None:
    circuit = QuantumCircuit(2, 1, name="branch")
    with circuit.if_test((0, 1)), circuit.for_loop(range(2)):
        circuit.append(PulseGate("kick", 1, [0.4]), [1])
    with pytest.raises(CapabilityError, match="'branch' holds pulse gate 'kick' on qubit 1, which backend 'aer'"):
        feedline.backend("aer").run(circuit)


def test_a_pulse_box_is_never_unrolled_in_silence() -> None:
    with pytest.raises(CapabilityError, match="'flip' cannot be unrolled: its body is what it means"):
        unroll_boxes(with_box())
    with feedline.backend("aer").open() as device, pytest.raises(CapabilityError, match="'flip'"):
        device.compile(with_box())


def test_calibrations_need_pulses_or_leave_to_do_without() -> None:
    with pytest.raises(CapabilityError, match=r"'null' plays no pulses[^\0]*'pulse' for one[^\0]*ideal=True"):
        NullBackend(2).with_calibrations(KICKS)


def swept() -> QuantumCircuit:
    """Pulse gates and boxes in a circuit of which each part matters."""
    circuit = QuantumCircuit(2)
    circuit.append(PulseGate("kick", 1, [THETA, 0.1], ideal=RXGate(THETA)), [0])
    with pulse_box(circuit, drive(1)):
        circuit.h(1)
    circuit.cx(0, 1)
    circuit.rx(2 * THETA, 1)
    return circuit


def meant() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.rx(THETA, 0)
    circuit.h(1)
    circuit.cx(0, 1)
    circuit.rx(2 * THETA, 1)
    return circuit


@pytest.mark.parametrize("name", ["aer", "ideal"])
def test_ideal_results_are_those_of_the_bodies(name: str) -> None:
    backend = (feedline.backend("aer", seed=3) if name == "aer" else IdealBackend(2)).with_calibrations(
        KICKS, ideal=True
    )
    angles = np.linspace(0, np.pi, 4)[:, np.newaxis]
    observables = [[SparsePauliOp("ZZ")], [SparsePauliOp("IX")]]
    pub = feedline.Estimator(backend).run([(swept(), observables, angles.T[..., np.newaxis])], precision=0.01)
    oracle = StatevectorEstimator().run([(meant(), observables, angles.T[..., np.newaxis])])
    np.testing.assert_allclose(pub.result()[0].data.evs, oracle.result()[0].data.evs, atol=0.05)
    shots = feedline.Sampler(backend).run([(swept().measure_all(inplace=False), angles)], shots=4000)
    exact = StatevectorSampler(seed=7).run([(meant().measure_all(inplace=False), angles)], shots=4000)
    for point in range(4):
        ours, theirs = (job.result()[0].data.meas.get_counts(point) for job in (shots, exact))
        for word in ("00", "01", "10", "11"):
            assert abs(ours.get(word, 0) - theirs.get(word, 0)) < 250


def test_ideal_results_say_so_and_name_the_set() -> None:
    backend = feedline.backend("aer").with_calibrations(KICKS, ideal=True)
    result = backend.sampler().run([with_gate().measure_all(inplace=False)]).result()
    assert result[0].metadata["pulses"] == "ideal"
    assert result[0].metadata["calibration_id"] == KICKS.id
    plain = feedline.backend("aer").sampler().run([QuantumCircuit(1).measure_all(inplace=False)]).result()
    assert "pulses" not in plain[0].metadata


def test_run_and_executor_take_ideal_meanings_too() -> None:
    backend = IdealBackend(2).with_calibrations(KICKS, ideal=True)
    circuit = with_box().measure_all(inplace=False)
    assert backend.run(circuit, shots=20).result().get_counts() == {"10": 20}
    samplomatic = pytest.importorskip("samplomatic")
    program = samplomatic.quantum_program.QuantumProgram(shots=20)
    program.append_circuit_item(circuit)
    (item,) = feedline.Executor(backend).run(program).result()
    assert item["meas"].sum(axis=0).tolist() == [0, 20]


def test_executor_drops_the_column_of_a_parameter_that_means_nothing() -> None:
    samplomatic = pytest.importorskip("samplomatic")
    backend = feedline.backend("aer").with_calibrations(KICKS, ideal=True)
    circuit = QuantumCircuit(1)
    circuit.append(PulseGate("kick", 1, [THETA], ideal=RXGate(np.pi)), [0])
    circuit.measure_all()
    program = samplomatic.quantum_program.QuantumProgram(shots=20)
    program.append_circuit_item(circuit, circuit_arguments=np.array([[0.1], [0.2]]))
    (item,) = feedline.Executor(backend).run(program).result()
    assert item["meas"].all()


def test_what_has_no_meaning_is_refused_by_name() -> None:
    backend = feedline.backend("aer").with_calibrations(KICKS, ideal=True)
    gate = QuantumCircuit(2, name="gated")
    gate.append(PulseGate("kick", 1, [0.4]), [1])
    box = QuantumCircuit(2, name="boxed")
    with pulse_box(box, drive(1, name="flip"), qubits=[1]):
        pass
    inner = QuantumCircuit(2, name="inner")
    with pulse_box(inner, drive(1)):
        inner.append(PulseGate("kick", 1, [0.4]), [1])
    for circuit, words in ((gate, "'kick' on qubit 1"), (box, "'flip' on qubit 1"), (inner, "'kick' on qubit 1")):
        with pytest.raises(CapabilityError, match=f"{words}, which has no ideal meaning that backend 'aer'"):
            by_sampler(backend, circuit)


def test_an_emptied_box_of_a_pulse_backend_is_not_taken_for_nothing() -> None:
    emptied = lab().admit(with_box())
    with pytest.raises(CapabilityError, match="'flip' on qubit 1, which has no ideal meaning"):
        by_sampler(feedline.backend("aer").with_calibrations(KICKS, ideal=True), emptied)


def test_the_wrapper_is_the_same_processor_and_wraps_once() -> None:
    parent = NullBackend(2)
    backend = parent.with_calibrations(KICKS, ideal=True)
    assert isinstance(backend, IdealPulseBackend)
    assert (backend.device_id, backend.target, backend.capabilities) == (
        parent.device_id,
        parent.target,
        parent.capabilities,
    )
    again = backend.with_calibrations(calibration_set(*kick(0)), ideal=True)
    assert isinstance(again, IdealPulseBackend)
    assert again.backend is parent


def test_where_pulses_can_be_played_they_are() -> None:
    backend = lab().with_calibrations(KICKS, ideal=True)
    assert "kick" in backend.target.operation_names
    assert backend.capabilities.pulse_gates
    assert DRIVE[0].name in backend.calibrations.frames  # type: ignore[attr-defined]
