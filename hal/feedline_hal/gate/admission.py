# SPDX-License-Identifier: Apache-2.0
"""What a backend that plays pulses makes of a circuit before it is transpiled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qiskit.circuit import BoxOp, CircuitInstruction, QuantumCircuit

from feedline.errors import CapabilityError
from feedline.isa import unroll_boxes
from feedline.own_operation import with_own_operation
from feedline.pulse_mark import is_pulse_box, name_of, pulse_annotation, unpacked
from feedline_hal.errors import PulseError
from feedline_hal.fit import check_schedule

from .annotation import PulseAnnotation
from .pulse_box import fill

if TYPE_CHECKING:
    from feedline_hal.backend import PulseBackend
    from feedline_hal.pulse.schedule import Schedule


def admitted(circuit: QuantumCircuit, backend: PulseBackend) -> QuantumCircuit:
    """Check pulse boxes against the device and empty them, and unroll what only groups.

    An emptied box holds placeholders, and has its qubits and classical bits in the circuit's order; its
    body was what it means, which nobody needs where it is played, and which the transpiler would otherwise
    translate and route.
    Boxes with a duration are kept: they say something about time. Custom instructions are unrolled if they hold
    pulse gates.

    Raises:
        CapabilityError: If a pulse box is not on the qubits that it was written for.
        PulseError: If its schedule does not fit the device, or plays on other qubits' ports.
    """
    circuit = unpacked(circuit)
    if not circuit.has_control_flow_op():
        return circuit
    circuit = unroll_boxes(circuit, keep=lambda box: is_pulse_box(box) or box.duration is not None)
    return _checked(circuit, tuple(range(circuit.num_qubits)), tuple(range(circuit.num_clbits)), backend)


def _checked(
    circuit: QuantumCircuit, wires: tuple[int, ...], places: tuple[int, ...], backend: PulseBackend
) -> QuantumCircuit:
    wire = dict(zip(circuit.qubits, wires, strict=True))
    place = dict(zip(circuit.clbits, places, strict=True))
    made = circuit.copy_empty_like()
    for item in circuit.data:
        if not item.is_control_flow():
            made.append(with_own_operation(item))
        elif is_pulse_box(item.operation):
            qubits = sorted(item.qubits, key=wire.__getitem__)
            clbits = sorted(item.clbits, key=place.__getitem__)
            check_box(item.operation, tuple(wire[bit] for bit in qubits), backend)
            made.append(CircuitInstruction(_emptied(item.operation), qubits, clbits))
        else:
            inside = tuple(wire[bit] for bit in item.qubits), tuple(place[bit] for bit in item.clbits)
            blocks = [_checked(block, *inside, backend) for block in item.operation.blocks]
            made.append(CircuitInstruction(item.operation.replace_blocks(blocks), item.qubits, item.clbits))
    return made


def check_box(box: Any, qubits: tuple[int, ...], backend: PulseBackend) -> None:
    """Refuse a box that is elsewhere than it was written for, or that the device cannot play.

    Args:
        box: The box.
        qubits: The physical qubits that it is on, ascending.
        backend: The device.
    """
    annotation = pulse_annotation(box)
    what = f"Pulse box '{name_of(box)}'"
    if tuple(annotation.qubits) != qubits:
        raise CapabilityError(
            f"{what} was written for qubits {tuple(annotation.qubits)} and is on qubits {qubits}.",
            remedy="Schedules name physical ports: keep the layout trivial and two-qubit gates between coupled "
            "qubits (and transpile with routing_method='none', which leaves swaps alone), or use a PulseGate that is "
            "calibrated for all qubits.",
        )
    if box.num_clbits != annotation.num_bits:
        raise PulseError(
            f"{what} has {box.num_clbits} classical bits, and its captures give {annotation.num_bits}.",
            remedy="Measure in its body (or give clbits=[...]) once for each slot of its captures.",
        )
    if box.body.parameters:
        names = ", ".join(sorted(parameter.name for parameter in box.body.parameters))
        raise PulseError(
            f"{what} means something that depends on {names}, and its schedule does not.",
            remedy="Use a PulseGate with these parameters, and give its schedule to a Calibration.",
        )
    check_schedule(annotation.schedule, backend, what)
    _check_ports(annotation.schedule, qubits, backend, what)


def _check_ports(schedule: Schedule, qubits: tuple[int, ...], backend: PulseBackend, what: str) -> None:
    for frame in schedule.frames():
        strange = sorted(set(backend.ports[frame.port.name].qubits) - set(qubits))
        if strange:
            raise PulseError(
                f"{what} is on qubits {qubits} and uses port '{frame.port.name}', which acts on qubits {strange} too.",
                remedy="Give pulse_box all qubits that the schedule acts on: qubits=[...].",
            )


def _emptied(box: Any) -> BoxOp:
    """The box without its meaning, and saying so."""
    annotation = pulse_annotation(box)
    if annotation.has_ideal:
        annotation = PulseAnnotation(annotation.schedule, qubits=annotation.qubits, has_ideal=False)
    body = QuantumCircuit(box.num_qubits, box.num_clbits)
    fill(body, body.qubits, body.clbits)
    return BoxOp(body, duration=box.duration, unit=box.unit, label=box.label, annotations=[annotation])
