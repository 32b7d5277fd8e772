# SPDX-License-Identifier: Apache-2.0
"""Core knows pulses by their marks, whoever made them."""

from __future__ import annotations

import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Annotation, Instruction

from feedline.capabilities import Capabilities
from feedline.errors import CapabilityError
from feedline.isa import unroll_boxes
from feedline.pulse_mark import has_ideal, is_pinned, pulse_parts
from feedline.testing import NullBackend, ScriptedBackend


class Marked(Instruction):
    """A stranger's pulse gate."""

    is_pulse_gate = True


class Note(Annotation):
    """A stranger's pulse annotation."""

    namespace = "feedline.pulse"


def circuit() -> QuantumCircuit:
    made = QuantumCircuit(3, 1, name="mine")
    with made.if_test((0, 1)):
        made.append(Marked("kick", 2, 0, []), [2, 0])
    with made.box([Note()], label="once"):
        made.x(1)
    return made


def test_parts_are_found_inside_control_flow_with_their_wires() -> None:
    assert sorted(str(part) for part in pulse_parts(circuit())) == [
        "pulse box 'once' on qubit 1",
        "pulse gate 'kick' on qubits 2, 0",
    ]
    assert not any(has_ideal(part.operation) for part in pulse_parts(circuit()))


def test_only_pulses_pin_wires() -> None:
    plain = QuantumCircuit(2)
    plain.cx(0, 1)
    assert not is_pinned(plain, NullBackend(3).target)
    assert is_pinned(circuit(), NullBackend(3).target)


def test_a_backend_that_declares_no_pulses_admits_none() -> None:
    boxed = QuantumCircuit(1, name="boxed")
    with boxed.box([Note()], label="once"):
        boxed.x(0)
    with pytest.raises(CapabilityError, match="'boxed' holds pulse box 'once' on qubit 0, which backend 'null'"):
        NullBackend(1).admit(boxed)
    assert ScriptedBackend(capabilities=Capabilities(pulse_gates=True)).admit(boxed) is boxed


def test_other_boxes_are_unrolled_wherever_they_are() -> None:
    made = QuantumCircuit(1, 1)
    with made.if_test((0, 1)), made.box():
        made.x(0)
    (item,) = unroll_boxes(made).data
    assert [inner.name for inner in item.operation.blocks[0].data] == ["x"]
    with pytest.raises(CapabilityError, match="'once' cannot be unrolled"):
        unroll_boxes(circuit())
    kept = unroll_boxes(circuit(), keep=lambda box: True)
    assert kept.count_ops()["box"] == 1
