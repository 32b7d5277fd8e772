# SPDX-License-Identifier: Apache-2.0
"""Assembly: stand-ins of an imported circuit give way to pulse gates and pulse boxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
from qiskit import QuantumCircuit
from qiskit.circuit import BoxOp, CircuitInstruction, Gate, ParameterExpression
from qiskit.circuit.library import get_standard_gate_name_mapping

from feedline_hal.calibration.calibration import Calibration
from feedline_hal.gate.annotation import PulseAnnotation
from feedline_hal.gate.pulse_box import PLACEHOLDER
from feedline_hal.gate.pulse_gate import PulseGate

from .calls import OpaqueGate
from .pulse_part import PulsePart, with_slots


@attrs.frozen(slots=True)
class Wires:
    """Where the bits of a circuit, or of a block in it, are in the whole."""

    qubits: Mapping[Any, int]
    clbits: Mapping[Any, int]

    @classmethod
    def of(cls, circuit: QuantumCircuit) -> Wires:
        """Of the whole."""
        return cls(_numbered(circuit.qubits), _numbered(circuit.clbits))

    def inside(self, item: CircuitInstruction, block: QuantumCircuit) -> Wires:
        """Of a block."""
        return Wires(
            {mine: self.qubits[outer] for mine, outer in zip(block.qubits, item.qubits, strict=True)},
            {mine: self.clbits[outer] for mine, outer in zip(block.clbits, item.clbits, strict=True)},
        )


class Assembly:
    """Replaces stand-ins.

    Args:
        gates: Gates that only a ``defcal`` defines, by the names of their stand-ins.
        calibrated: The program's calibrations by gate, for gates that have a body too.
        parts: Its ``cal`` blocks that play something, by the names of their stand-ins.
        parameters: The circuit's parameters by name.

    Attributes:
        calibrations: Of ``cal`` blocks that depend on inputs: they become gates.
    """

    def __init__(
        self,
        gates: Mapping[str, OpaqueGate],
        calibrated: Mapping[str, Sequence[Calibration]],
        parts: Mapping[str, PulsePart],
        parameters: Mapping[str, Any],
    ) -> None:
        self.calibrations: dict[str, Calibration] = {}
        self._gates = gates
        self._calibrated = calibrated
        self._parts = parts
        self._parameters = parameters

    def of(self, circuit: QuantumCircuit, wires: Wires) -> QuantumCircuit:
        """The circuit, or block, without stand-ins; inside control flow too."""
        made = circuit.copy_empty_like()
        for item in circuit.data:
            operation: Any = None if item.is_standard_gate() else item.operation
            name = item.name
            if name in self._gates:
                made.append(self._gate(item), item.qubits, copy=False)
            elif name in self._calibrated and isinstance(operation, Gate):
                made.append(self._with_meaning(item, wires), item.qubits, copy=False)
            elif self._part(operation) is not None:
                self._append_part(made, item, wires)
            elif item.is_control_flow():
                blocks = [self.of(block, wires.inside(item, block)) for block in operation.blocks]
                made.append(operation.replace_blocks(blocks), item.qubits, item.clbits, copy=False)
            elif self._holds_stand_ins(operation):
                body = self.of(operation.definition, Wires({}, {}))
                made.compose(body, item.qubits, inplace=True, copy=False)
            else:
                made.append(item)
        return made

    def _gate(self, item: CircuitInstruction) -> Any:
        gate = self._gates[item.name]
        standard = get_standard_gate_name_mapping().get(gate.name)
        if standard is not None and (len(standard.params), standard.num_qubits) == (gate.num_params, gate.num_qubits):
            return standard.base_class(*item.params)
        return PulseGate(gate.name, gate.num_qubits, list(item.params))

    def _with_meaning(self, item: CircuitInstruction, wires: Wires) -> Any:
        """A gate with a body of gates and a ``defcal``: pulses where they hold, and the body as their meaning."""
        wanted = tuple(wires.qubits.get(bit) for bit in item.qubits)
        fitting = [
            calibration
            for calibration in self._calibrated[item.name]
            if len(calibration.arguments) == len(item.params) and _is_on(calibration, wanted)
        ]
        if item.is_standard_gate():
            return item.operation
        body = item.operation.definition
        if self._holds_stand_ins(item.operation):
            body = self.of(body, Wires({}, {}))
        if not fitting:
            return _with_body(item.operation, body)
        plain = all(not isinstance(value, ParameterExpression) for value in item.params)
        return PulseGate(item.name, len(item.qubits), list(item.params), ideal=body if plain else None)

    def _part(self, operation: Any) -> PulsePart | None:
        if operation is None or operation.name != "box" or not operation.blocks[0].data:
            return None
        return self._parts.get(operation.blocks[0].data[0].name)

    def _append_part(self, made: QuantumCircuit, item: CircuitInstruction, wires: Wires) -> None:
        """A pulse box; or, if its schedule depends on inputs, a gate with a calibration of its own."""
        part = self._part(item.operation)
        assert part is not None, "asked before"
        body = item.operation.blocks[0]
        outer = dict(zip(body.clbits, item.clbits, strict=True))
        clbits = sorted(item.clbits, key=wires.clbits.__getitem__)
        qubits = sorted(item.qubits, key=wires.qubits.__getitem__)
        targets = [outer[measured.clbits[0]] for measured in body.data[1:]]
        slots = {slot: clbits.index(bit) for slot, bit in zip(part.slots, targets, strict=True)}
        schedule = attrs.evolve(with_slots(part.schedule, slots), name=part.name)
        where = tuple(wires.qubits[bit] for bit in qubits)
        free = sorted(schedule.free, key=lambda parameter: parameter.name)
        if free:
            params = [self._parameters[parameter.name] for parameter in free]
            made.append(PulseGate(part.name, len(qubits), params, num_clbits=len(clbits)), qubits, clbits)
            self.calibrations[part.name] = Calibration(
                gate=part.name, qubits=where, arguments=tuple(free), schedule=schedule, num_bits=len(clbits)
            )
            return
        empty = QuantumCircuit(list(qubits), list(clbits))
        empty.append(PulseGate(PLACEHOLDER, len(qubits), num_clbits=len(clbits)), qubits, clbits)
        annotation = PulseAnnotation(schedule, qubits=where, has_ideal=False)
        made.append(CircuitInstruction(BoxOp(empty, label=part.name, annotations=[annotation]), qubits, clbits))

    def _holds_stand_ins(self, operation: Any) -> bool:
        if not isinstance(operation, Gate) or operation.definition is None:
            return False
        return any(
            item.name in self._gates or (not item.is_standard_gate() and self._holds_stand_ins(item.operation))
            for item in operation.definition.data
        )


def _with_body(operation: Gate, body: QuantumCircuit) -> Gate:
    """The gate by its name, for the target may have it where it is meant, with another definition."""
    if body is operation.definition:
        return operation
    made = operation.copy()
    made.definition = body
    return made


def _is_on(calibration: Calibration, qubits: tuple[int | None, ...]) -> bool:
    return len(calibration.qubits) == len(qubits) and all(
        own is None or own == asked for own, asked in zip(calibration.qubits, qubits, strict=True)
    )


def _numbered(bits: Sequence[Any]) -> dict[Any, int]:
    return {bit: index for index, bit in enumerate(bits)}
