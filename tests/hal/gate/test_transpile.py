# SPDX-License-Identifier: Apache-2.0
"""Every optimisation level of Qiskit's transpiler keeps pulse gates and pulse boxes as they are."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from pulse_lab import THETA, drive, isa, kick, lab, pulse_gate, readout
from qiskit import QuantumCircuit, transpile
from qiskit.circuit import Parameter
from qiskit.circuit.library import XGate

from feedline.errors import CapabilityError
from feedline.pulse_mark import is_pinned, pulse_annotation, pulse_parts
from feedline_hal import Calibration, PulseGate, pulse_box
from feedline_hal.errors import PulseError
from feedline_hal.gate.annotation import _written

LEVELS = pytest.mark.parametrize("level", [0, 1, 2, 3])
PHI = Parameter("phi")


def next_to_two_qubit_gates() -> QuantumCircuit:
    circuit = QuantumCircuit(3, 3)
    circuit.cx(0, 1)
    circuit.append(pulse_gate(), [0])
    with pulse_box(circuit, drive(1)):
        circuit.x(1)
    circuit.cx(0, 1)
    circuit.append(pulse_gate(), [1])
    circuit.cz(1, 2)
    return circuit


def repeated() -> QuantumCircuit:
    """What an optimiser would merge, cancel or commute if these were gates."""
    circuit = QuantumCircuit(3, 3)
    for _ in range(2):
        circuit.append(PulseGate("kick", 1, [math.pi], ideal=XGate()), [0])
        with pulse_box(circuit, drive(1)):
            circuit.x(1)
    circuit.rz(0.3, 0)
    circuit.append(pulse_gate(), [0])
    circuit.rz(-0.3, 0)
    return circuit


def parametrised() -> QuantumCircuit:
    circuit = QuantumCircuit(3, 3)
    circuit.rx(THETA, 0)
    circuit.append(pulse_gate(2 * THETA + PHI), [0])
    circuit.append(pulse_gate(PHI), [1])
    circuit.rx(THETA, 0)
    return circuit


def inside_control_flow() -> QuantumCircuit:
    circuit = QuantumCircuit(3, 3)
    circuit.h(0)
    circuit.measure(0, 0)
    with circuit.if_test((0, 1)) as otherwise:
        circuit.append(pulse_gate(THETA), [0])
    with otherwise, pulse_box(circuit, drive(0)):
        circuit.x(0)
    with pulse_box(circuit, readout(0, 2), qubits=[0, 2], clbits=[0, 1]):
        pass
    return circuit


def inside_a_loop() -> QuantumCircuit:
    """The box before the gate: Qiskit 2.3 forgets to translate a block whose last inner block is native."""
    circuit = QuantumCircuit(3, 3)
    with circuit.for_loop(range(3)):
        circuit.append(pulse_gate(THETA), [1])
        with pulse_box(circuit, drive(2)):
            circuit.z(2)
        circuit.cx(0, 1)
    with circuit.while_loop((0, 0)), pulse_box(circuit, drive(0)):
        circuit.x(0)
    return circuit


def inside_a_switch() -> QuantumCircuit:
    circuit = QuantumCircuit(3, 3)
    with circuit.switch(circuit.clbits[1]) as case:
        with case(0):
            circuit.append(pulse_gate(), [2])
        with case(1), pulse_box(circuit, drive(1), qubits=[1]):
            pass
    return circuit


def before_measurement() -> QuantumCircuit:
    circuit = QuantumCircuit(3, 3)
    circuit.append(pulse_gate(), [0])
    with pulse_box(circuit, drive(1)):
        circuit.z(1)
    with pulse_box(circuit, readout(2), qubits=[2], clbits=[2]):
        pass
    circuit.measure([0, 1], [0, 1])
    return circuit


CIRCUITS = [next_to_two_qubit_gates, repeated, parametrised, inside_control_flow, before_measurement]
ALL = [*CIRCUITS, inside_a_loop, inside_a_switch]


def played(circuit: QuantumCircuit) -> Counter[tuple[str, ...]]:
    """Every pulse gate and pulse box with its qubits, parameters and schedule."""

    def content(operation: Any) -> str:
        annotation = pulse_annotation(operation)
        return str(list(map(str, operation.params))) if annotation is None else str(_written(annotation.schedule))

    return Counter(
        (part.operation.name, str(sorted(part.qubits)), content(part.operation)) for part in pulse_parts(circuit)
    )


@LEVELS
@pytest.mark.parametrize("make", ALL)
def test_primitives_keep_pulses_as_they_are(make: Callable[[], QuantumCircuit], level: int) -> None:
    circuit = make()
    made = isa(circuit, lab(*kick(0, 1, 2)), level)
    assert played(made) == played(circuit)
    assert list(made.parameters) == list(circuit.parameters)


@LEVELS
@pytest.mark.parametrize("make", ALL)
def test_qiskits_own_transpile_keeps_pulses_as_they_are(make: Callable[[], QuantumCircuit], level: int) -> None:
    circuit, backend = make(), lab(*kick(0, 1, 2))
    made = transpile(circuit, backend, optimization_level=level, initial_layout=[0, 1, 2], seed_transpiler=5)
    assert played(made) == played(circuit)
    assert played(isa(made, backend)) == played(circuit)


@LEVELS
def test_order_of_pulses_on_a_qubit_is_kept(level: int) -> None:
    circuit = QuantumCircuit(1)
    for angle in (0.1, 0.2, 0.3):
        circuit.append(pulse_gate(angle), [0])
        circuit.sx(0)
    made = isa(circuit, lab(*kick(0, 1, 2)), level)
    wires = [made.find_bit(item.qubits[0]).index for item in made.data]
    assert len(set(wires)) == 1
    assert [item.params[0] for item in made.data if item.name == "kick"] == [0.1, 0.2, 0.3]
    assert [item.name for item in made.data if item.name != "rz"] == ["kick", "sx"] * 3


@LEVELS
def test_wires_stay_where_a_gate_is_calibrated_for_some_qubits_only(level: int) -> None:
    circuit = QuantumCircuit(2)
    circuit.append(pulse_gate(), [1])
    circuit.cx(1, 0)
    backend = lab(*kick(1))
    assert is_pinned(circuit, backend.target)
    assert [part.qubits for part in pulse_parts(isa(circuit, backend, level))] == [(1,)]


def test_wires_are_free_where_a_gate_is_calibrated_everywhere() -> None:
    circuit = QuantumCircuit(1)
    circuit.append(pulse_gate(), [0])
    assert not is_pinned(circuit, lab(*kick(0, 1, 2)).target)


def test_routing_that_moves_a_pulse_box_is_refused() -> None:
    circuit = QuantumCircuit(3)
    for _ in range(3):
        circuit.cx(0, 2)
        circuit.cx(0, 1)
        circuit.cx(1, 2)
    for qubit in range(3):
        with pulse_box(circuit, drive(qubit, name=f"flip{qubit}")):
            circuit.x(qubit)
    with pytest.raises(CapabilityError, match=r"was written for qubits \(\d,\) and is on qubits \(\d,\)"):
        isa(circuit, lab())


@LEVELS
def test_swaps_before_a_pulse_box_are_played_and_not_taken_for_names(level: int) -> None:
    circuit = QuantumCircuit(3)
    circuit.swap(0, 1)
    with pulse_box(circuit, drive(0, name="flip")):
        circuit.x(0)
    made = isa(circuit, lab(), level)
    assert [part.qubits for part in pulse_parts(made)] == [(0,)]
    assert made.count_ops()["cz"] == 3
    assert made.layout.final_index_layout() == [0, 1, 2]


@LEVELS
def test_what_is_pinned_is_routed_where_that_moves_no_pulses(level: int) -> None:
    circuit = QuantumCircuit(3)
    with pulse_box(circuit, drive(0, name="flip")):
        circuit.x(0)
    circuit.cx(0, 2)
    assert [part.qubits for part in pulse_parts(isa(circuit, lab(), level))] == [(0,)]


def test_a_layout_of_the_users_own_that_moves_a_pulse_box_is_refused() -> None:
    circuit = QuantumCircuit(1)
    with pulse_box(circuit, drive(0, name="flip")):
        circuit.x(0)
    backend = lab()
    moved = transpile(circuit, backend, initial_layout=[2])
    with pytest.raises(CapabilityError, match=r"'flip' was written for qubits \(0,\) and is on qubits \(2,\)"):
        isa(moved, backend)
    with pytest.raises(CapabilityError, match="keep the layout trivial"):
        backend.run(moved)


def test_a_gate_on_a_qubit_that_it_is_not_calibrated_for_names_both() -> None:
    circuit = QuantumCircuit(2)
    circuit.append(pulse_gate(), [0])
    with pytest.raises(CapabilityError, match=r"holds 'kick' on qubits \(0,\)[^\0]*It has 'kick' on \(1,\)"):
        isa(circuit, lab(*kick(1)))


def test_a_value_that_a_gate_is_not_calibrated_for_is_named() -> None:
    bounded = Calibration(gate="push", qubits=(0,), arguments=(THETA,), schedule=drive(0, THETA), bounds=((0.0, 0.5),))
    literal = Calibration(gate="jolt", qubits=(0,), arguments=(0.25,), schedule=drive(0))
    backend = lab(bounded, literal)
    for name, remedy in (("push", "'push' has bounds there"), ("jolt", r"It has 'jolt\(0.25\)'")):
        circuit = QuantumCircuit(1)
        circuit.append(PulseGate(name, 1, [0.75]), [0])
        with pytest.raises(CapabilityError, match=rf"holds '{name}\(0.75\)' on qubits \(0,\)[^\0]*{remedy}"):
            isa(circuit, backend)


def test_plain_boxes_are_unrolled_and_those_with_a_duration_kept() -> None:
    circuit = QuantumCircuit(2)
    with circuit.box():
        circuit.sx(0)
        with pulse_box(circuit, drive(1)):
            circuit.x(1)
    with circuit.box(duration=100, unit="ns"):
        circuit.sx(0)
    made = isa(circuit, lab())
    assert dict(made.count_ops()) == {"sx": 1, "box": 2}
    assert len(list(pulse_parts(made))) == 1


def test_boxes_are_emptied_and_keep_the_circuits_order_of_bits() -> None:
    circuit = QuantumCircuit(3, 2)
    with pulse_box(circuit, readout(1, 2)):
        circuit.measure(2, 1)
        circuit.measure(1, 0)
    made = isa(circuit, lab())
    item = made.data[0]
    assert set(item.operation.body.count_ops()) == {"pulse"}
    assert [made.find_bit(bit).index for bit in item.qubits] == [1, 2]
    assert [made.find_bit(bit).index for bit in item.clbits] == [0, 1]


def test_a_box_whose_captures_do_not_match_its_bits_is_refused() -> None:
    circuit = QuantumCircuit(1, 1)
    with pulse_box(circuit, drive(0, name="flip")):
        circuit.measure(0, 0)
    with pytest.raises(PulseError, match="'flip' has 1 classical bits, and its captures give 0"):
        isa(circuit, lab())


def test_a_box_that_uses_another_qubits_port_is_refused() -> None:
    circuit = QuantumCircuit(2)
    with pulse_box(circuit, drive(1, name="flip")):
        circuit.x(0)
    with pytest.raises(PulseError, match=r"on qubits \(0,\) and uses port 'q1_drive', which acts on qubits \[1\]"):
        isa(circuit, lab())


def test_a_box_whose_meaning_has_parameters_is_refused() -> None:
    circuit = QuantumCircuit(1)
    with pulse_box(circuit, drive(0, name="flip")):
        circuit.rx(THETA, 0)
    with pytest.raises(PulseError, match="depends on theta, and its schedule does not"):
        isa(circuit, lab())
