# SPDX-License-Identifier: Apache-2.0
"""How core knows pulse gates and pulse boxes when it sees them: by a mark, not by their classes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import attrs
from qiskit.circuit import Instruction

from .errors import CapabilityError
from .own_operation import with_own_operation

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit.circuit import CircuitInstruction
    from qiskit.transpiler import Target

    from .processor import Backend

NAMESPACE = "feedline.pulse"
"""Namespace of the annotation that makes a box a pulse box."""


@attrs.frozen(slots=True)
class PulsePart:
    """A pulse gate or pulse box of a circuit.

    Attributes:
        operation: The operation.
        qubits: The wires of the circuit that it is on.
    """

    operation: Any
    qubits: tuple[int, ...]

    def __str__(self) -> str:
        where = ", ".join(map(str, self.qubits))
        kind = "pulse box" if is_pulse_box(self.operation) else "pulse gate"
        return f"{kind} '{name_of(self.operation)}' on qubit{'s' * (len(self.qubits) != 1)} {where}"


def is_pulse_gate(operation: Any) -> bool:
    """Whether the operation is a pulse gate: its attribute ``is_pulse_gate`` is true."""
    return getattr(operation, "is_pulse_gate", False) is True


def pulse_annotation(operation: Any) -> Any:
    """The annotation that makes a box a pulse box; ``None`` if it is none."""
    for annotation in getattr(operation, "annotations", ()):
        if annotation.namespace == NAMESPACE:
            return annotation
    return None


def is_pulse_box(operation: Any) -> bool:
    """Whether the operation is a box with a pulse annotation."""
    return pulse_annotation(operation) is not None


def name_of(operation: Any) -> str:
    """The name for errors: a box's label or its schedule's name."""
    annotation = pulse_annotation(operation)
    if annotation is None:
        return str(operation.name)
    return str(operation.label or getattr(annotation, "name", "") or "pulse")


def pulse_parts(circuit: QuantumCircuit, wires: tuple[int, ...] | None = None) -> Iterator[PulsePart]:
    """Pulse gates and pulse boxes of a circuit, also inside control flow, plain boxes and custom instructions.

    What is inside a pulse box is what it means, not what is played, so it is left out.
    """
    wires = tuple(range(circuit.num_qubits)) if wires is None else wires
    index = {bit: wire for bit, wire in zip(circuit.qubits, wires, strict=True)}
    for instruction in circuit.data:
        if instruction.is_standard_gate():
            continue
        operation = instruction.operation
        if is_pulse_gate(operation) or is_pulse_box(operation):
            yield PulsePart(operation, tuple(index[bit] for bit in instruction.qubits))
            continue
        for block in blocks_of(operation):
            yield from pulse_parts(block, tuple(index[bit] for bit in instruction.qubits))


def blocks_of(operation: Any) -> Sequence[QuantumCircuit]:
    """Circuits in an operation that may hold pulses: blocks of control flow, what a custom instruction is made of.

    Custom instructions are made by ``circuit.to_instruction``, ``repeat`` and ``power``. Qiskit makes no gates
    of circuits with pulse gates, so definitions of gates hold none.
    """
    if type(operation) is Instruction:
        return () if operation.definition is None else (operation.definition,)
    blocks: Sequence[QuantumCircuit] = getattr(operation, "blocks", ())
    return blocks


def unpacked(circuit: QuantumCircuit) -> QuantumCircuit:
    """The circuit with custom instructions that hold pulses replaced by what they are made of; itself without."""
    if not any(_packs(item) for item in circuit.data):
        return circuit
    made = circuit.copy_empty_like()
    for item in circuit.data:
        if not _packs(item):
            made.append(with_own_operation(item))
        elif item.is_control_flow():
            blocks = [unpacked(block) for block in item.operation.blocks]
            made.append(item.replace(operation=item.operation.replace_blocks(blocks)))
        else:
            made.compose(unpacked(item.operation.definition), item.qubits, item.clbits, inplace=True)
    return made


def _packs(item: CircuitInstruction) -> bool:
    """Whether a custom instruction with pulses is there or inside."""
    if item.is_standard_gate():
        return False
    operation = item.operation
    if is_pulse_gate(operation) or is_pulse_box(operation):
        return False
    if item.is_control_flow():
        return any(_packs(inner) for block in operation.blocks for inner in block.data)
    return any(True for block in blocks_of(operation) for _ in pulse_parts(block))


def refuse_pulses(circuit: QuantumCircuit, backend: Backend) -> None:
    """Refuse a circuit with pulse gates or pulse boxes.

    Raises:
        CapabilityError: Names the first, its qubits and the backend.
    """
    for part in pulse_parts(circuit):
        raise CapabilityError(
            f"Circuit '{circuit.name}' holds {part}, which backend '{backend.name}' cannot play.",
            remedy="Choose a backend that plays pulses (`feedline backends`), or run what it means instead: "
            "backend.with_calibrations(calibrations, ideal=True)."
            if has_ideal(part.operation)
            else "Choose a backend that plays pulses (`feedline backends`); it has no ideal meaning to run instead.",
        )


def refuse_unrolling(box: Any) -> None:
    """Refuse to take a pulse box for its body.

    Raises:
        CapabilityError: Names the box.
    """
    if is_pulse_box(box):
        raise CapabilityError(
            f"Pulse box '{name_of(box)}' cannot be unrolled: its body is what it means, not what it plays.",
            remedy="Choose a backend that plays pulses, or backend.with_calibrations(calibrations, ideal=True).",
        )


def is_pinned(circuit: QuantumCircuit, target: Target) -> bool:
    """Whether the circuit's wires must be the device's qubits of the same numbers.

    So it is with pulse boxes, whose schedules name physical ports, and with pulse gates that are not
    calibrated everywhere: on every qubit, or on every coupled pair in both directions.
    """
    return any(
        is_pulse_box(part.operation) or not _is_everywhere(part.operation, target) for part in pulse_parts(circuit)
    )


def _is_everywhere(operation: Any, target: Target) -> bool:
    if operation.name not in target.operation_names:
        return False
    placed = target.qargs_for_operation_name(operation.name)
    if placed is None:
        return True
    if operation.num_qubits == 1:
        return bool(len(placed) == target.num_qubits)
    pairs = target.build_coupling_map()
    if operation.num_qubits != 2 or pairs is None:
        return False
    return all((second, first) in placed for first, second in pairs.get_edges())


def has_ideal(operation: Any) -> bool:
    """Whether a pulse gate or pulse box says what it means without pulses."""
    annotation = pulse_annotation(operation)
    if annotation is not None:
        return bool(getattr(annotation, "has_ideal", False))
    return getattr(operation, "ideal", None) is not None
