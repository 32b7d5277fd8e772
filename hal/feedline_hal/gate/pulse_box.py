# SPDX-License-Identifier: Apache-2.0
"""Pulse boxes: a schedule played once, at one place of a circuit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from qiskit.circuit import QuantumCircuit

from feedline_hal.errors import PulseError
from feedline_hal.pulse.instruction import Capture

from .annotation import PulseAnnotation
from .pulse_gate import PulseGate

if TYPE_CHECKING:
    from feedline_hal.pulse.schedule import Schedule

PLACEHOLDER = "pulse"
"""Name of the instruction that fills a box without an ideal meaning, so that nobody takes it for nothing."""


@contextmanager
def pulse_box(
    circuit: QuantumCircuit, schedule: Schedule, qubits: Sequence[Any] = (), clbits: Sequence[Any] = ()
) -> Iterator[None]:
    """Play a schedule at this place; what is written inside is what it means, and is not played.

    ``with pulse_box(circuit, schedule): circuit.x(0)`` plays the schedule as an X gate on qubit 0;
    ``with pulse_box(circuit, schedule, qubits=[0]): pass`` plays one without an ideal meaning;
    ``circuit.noop(0)`` inside says that it means nothing but time. Schedules name physical ports, so the
    circuit's qubit ``i`` is the device's qubit ``i``: the transpiler may not move it. Slot ``k`` of the
    captures goes to the ``k``-th of the box's classical bits, in the circuit's order.

    Args:
        circuit: The circuit.
        schedule: What is played; without free parameters.
        qubits: The qubits that it acts on, besides those of the body; all of them if the body is empty.
        clbits: The classical bits of its captures if the body is empty; else the body's measurements say so.

    Raises:
        PulseError: If the schedule has free parameters, or an empty box has no qubits.
    """
    annotations: list[PulseAnnotation] = []
    PulseAnnotation(schedule, qubits=(), has_ideal=False)  # refuses before the body is written
    with circuit.box(annotations, label=schedule.name or None, duration=schedule.duration_s, unit="s"):
        yield
        annotations.append(_complete(circuit, schedule, list(qubits), list(clbits)))


def fill(circuit: QuantumCircuit, qubits: Sequence[Any], clbits: Sequence[Any]) -> None:
    """Append placeholders: one a qubit, so that there is nothing to route whatever the device's coupling."""
    circuit.append(PulseGate(PLACEHOLDER, 1, num_clbits=len(clbits)), qubits[:1], clbits)
    for qubit in qubits[1:]:
        circuit.append(PulseGate(PLACEHOLDER, 1), [qubit])


def _complete(circuit: QuantumCircuit, schedule: Schedule, qubits: list[Any], clbits: list[Any]) -> PulseAnnotation:
    """Fill an empty body, and note where the box is."""
    scope = circuit._current_scope()  # noqa: SLF001 - Qiskit says nowhere else what an open box holds
    has_ideal = bool(scope.qubits())
    if has_ideal:
        if clbits:
            raise PulseError(
                f"The pulse box '{schedule.name}' has a body, and clbits besides.",
                remedy="Say where captures go by measurements in the body, or leave the body empty.",
            )
        circuit.noop(*qubits)
    elif qubits:
        fill(circuit, qubits, clbits)
    else:
        raise PulseError(
            f"The pulse box '{schedule.name}' is empty and names no qubits.",
            remedy="Write what it means inside, or give qubits=[...].",
        )
    if sorted(places := [circuit.find_bit(bit).index for bit in circuit_bits(circuit, clbits)]) != places:
        raise PulseError(
            f"The pulse box '{schedule.name}' has the classical bits {places}.",
            remedy="Give them in the circuit's order: slot k of the captures goes to the k-th of them.",
        )
    _check_slots(circuit, scope, schedule)
    wires = sorted(circuit.find_bit(bit).index for bit in scope.qubits())
    return PulseAnnotation(schedule, qubits=tuple(wires), has_ideal=has_ideal)


def _check_slots(circuit: QuantumCircuit, scope: Any, schedule: Schedule) -> None:
    """Refuse a body that measures a qubit to another bit than the qubit's capture goes to."""
    place = {bit: index for index, bit in enumerate(bit for bit in circuit.clbits if bit in set(scope.clbits()))}
    measured = {
        circuit.find_bit(item.qubits[0]).index: place[item.clbits[0]]
        for item in scope.instructions
        if item.name == "measure"
    }
    for item in schedule.instructions():
        if isinstance(item, Capture) and item.slot is not None and len(item.frame.port.qubits) == 1:
            (qubit,) = item.frame.port.qubits
            if measured.get(qubit, item.slot) != item.slot:
                raise PulseError(
                    f"The pulse box '{schedule.name}' measures qubit {qubit} to bit {measured[qubit]} of its bits, and "
                    f"its capture on '{item.frame.port.name}' has slot {item.slot}.",
                    remedy="Slot k of the captures goes to the k-th of the box's bits, in the circuit's order: number "
                    "the slots like the bits.",
                )


def circuit_bits(circuit: QuantumCircuit, clbits: list[Any]) -> list[Any]:
    """Classical bits that may be given as bits or numbers."""
    return [circuit.clbits[bit] if isinstance(bit, int) else bit for bit in clbits]
