# SPDX-License-Identifier: Apache-2.0
"""Pulse boxes in circuits, before anything is transpiled."""

from __future__ import annotations

import pytest
from pulse_lab import DRIVE, THETA, drive, readout
from qiskit import QuantumCircuit

from feedline.pulse_mark import pulse_annotation, pulse_parts
from feedline.structure import structure_key
from feedline_hal import Delay, Play, Schedule, Waveform, pulse_box
from feedline_hal.errors import PulseError
from feedline_hal.gate.annotation import PulseAnnotation


def test_the_body_is_the_meaning_and_the_annotation_the_schedule() -> None:
    circuit = QuantumCircuit(3)
    schedule = drive(1, name="flip")
    with pulse_box(circuit, schedule):
        circuit.x(1)
    box = circuit.data[0].operation
    annotation = pulse_annotation(box)
    assert (box.name, box.label, box.duration, box.unit) == ("box", "flip", 20e-9, "s")
    assert dict(box.body.count_ops()) == {"x": 1}
    assert (annotation.schedule, annotation.qubits, annotation.has_ideal) == (schedule, (1,), True)


def test_an_empty_box_holds_a_placeholder_and_no_meaning() -> None:
    circuit = QuantumCircuit(3, 2)
    with pulse_box(circuit, readout(1, 2), qubits=[2, 1], clbits=[0, 1]):
        pass
    (part,) = pulse_parts(circuit)
    assert dict(part.operation.body.count_ops()) == {"pulse": 2}
    assert sorted(part.qubits) == [1, 2]
    assert part.operation.num_clbits == 2
    assert not pulse_annotation(part.operation).has_ideal
    assert str(part) in ("pulse box 'readout' on qubits 1, 2", "pulse box 'readout' on qubits 2, 1")


def test_a_noop_means_nothing_but_time() -> None:
    circuit = QuantumCircuit(1)
    with pulse_box(circuit, drive(0)):
        circuit.noop(0)
    assert pulse_annotation(circuit.data[0].operation).has_ideal
    assert len(circuit.data[0].operation.body) == 0


def test_qubits_come_on_top_of_those_of_the_body() -> None:
    circuit = QuantumCircuit(3)
    with pulse_box(circuit, drive(1), qubits=[2]):
        circuit.x(1)
    assert pulse_annotation(circuit.data[0].operation).qubits == (1, 2)


def test_a_box_inside_control_flow_knows_its_qubits() -> None:
    circuit = QuantumCircuit(3, 1)
    with circuit.for_loop(range(2)), circuit.if_test((0, 1)), pulse_box(circuit, drive(2)):
        circuit.x(2)
    (part,) = pulse_parts(circuit)
    assert part.qubits == (2,)
    assert pulse_annotation(part.operation).qubits == (2,)


def test_an_empty_box_without_qubits_is_refused_and_leaves_the_circuit_as_it_was() -> None:
    circuit = QuantumCircuit(1)
    box = pulse_box(circuit, drive(0, name="flip"))
    with pytest.raises(PulseError, match="'flip' is empty and names no qubits"), box:
        pass
    assert len(circuit.data) == 0


def test_free_parameters_are_refused_with_the_way_to_have_them() -> None:
    circuit = QuantumCircuit(1)
    with pytest.raises(PulseError, match=r"still depends on theta[^\0]*PulseGate"), pulse_box(circuit, drive(0, THETA)):
        circuit.x(0)
    assert len(circuit.data) == 0


def test_clbits_beside_a_body_are_refused() -> None:
    circuit = QuantumCircuit(1, 1)
    with pytest.raises(PulseError, match="has a body, and clbits besides"), pulse_box(circuit, readout(0), clbits=[0]):
        circuit.measure(0, 0)


def test_clbits_out_of_order_are_refused() -> None:
    circuit = QuantumCircuit(3, 2)
    box = pulse_box(circuit, readout(1, 2), qubits=[1, 2], clbits=[1, 0])
    with pytest.raises(PulseError, match=r"has the classical bits \[1, 0\]"), box:
        pass


def test_annotations_are_equal_by_content_and_so_are_circuits() -> None:
    def circuit(schedule: Schedule) -> QuantumCircuit:
        made = QuantumCircuit(1)
        with pulse_box(made, schedule):
            made.x(0)
        return made

    samples = [0.1, 0.2j, 0.3, 0.0, 0.1, 0.2, 0.1, 0.0]
    one = circuit(Schedule.left(Play(DRIVE[0], Waveform.sampled(samples, rate_hz=1e9))))
    same = circuit(Schedule.left(Play(DRIVE[0], Waveform.sampled(list(samples), rate_hz=1e9))))
    other = circuit(Schedule.left(Play(DRIVE[0], Waveform.sampled([0.2, *samples[1:]], rate_hz=1e9))))
    assert one == same
    assert structure_key(one) == structure_key(same)
    assert list(one.data) != list(other.data)
    assert structure_key(one) != structure_key(other)


def test_the_payload_reads_as_the_same_annotation() -> None:
    schedule = Schedule.sequential(
        drive(0, 0.1 + 0.05j), Delay(8e-9, [DRIVE[1]]), Schedule.left(Play(DRIVE[1], Waveform.constant(8e-9) * 0.5))
    )
    annotation = PulseAnnotation(schedule, qubits=(0, 1), has_ideal=False)
    again = PulseAnnotation.of(annotation.payload)
    assert again == annotation
    assert hash(again) == hash(annotation)
    assert again.schedule == schedule


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ("{", "damaged: JSONDecodeError"),
        ('{"version": 1}', "damaged: KeyError"),
        ('{"version": 9}', "of version 9, this version reads 1"),
    ],
)
def test_a_payload_that_cannot_be_read_says_why(payload: str, words: str) -> None:
    with pytest.raises(PulseError, match=words):
        PulseAnnotation.of(payload)


def test_a_body_that_measures_to_other_bits_than_the_captures_is_refused() -> None:
    circuit = QuantumCircuit(2, 3)
    with pulse_box(circuit, readout(0, 1)):
        circuit.measure([0, 1], [0, 2])
    with (
        pytest.raises(PulseError, match=r"'readout' measures qubit 0 to bit 1 of its bits.* has slot 0"),
        pulse_box(circuit, readout(0, 1)),
    ):
        circuit.measure([0, 1], [2, 0])
    assert circuit.count_ops() == {"box": 1}
