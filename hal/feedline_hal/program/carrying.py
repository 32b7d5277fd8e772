# SPDX-License-Identifier: Apache-2.0
"""Circuits that carry their schedules: every gate that a calibration set knows becomes a pulse box."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
from qiskit import QuantumCircuit
from qiskit.circuit import BoxOp, CircuitInstruction, ParameterExpression

from feedline.errors import InputError
from feedline.own_operation import with_own_operation
from feedline.pulse_mark import is_pulse_box, is_pulse_gate
from feedline_hal.errors import CalibrationError
from feedline_hal.gate.annotation import PulseAnnotation
from feedline_hal.gate.pulse_box import PLACEHOLDER
from feedline_hal.gate.pulse_gate import PulseGate
from feedline_hal.pulse.value import parameters_of

from .assembly import Wires

if TYPE_CHECKING:
    from feedline_hal.calibration.calibration import Calibration
    from feedline_hal.calibration.calibration_set import CalibrationSet


def carrying(index: int, circuit: QuantumCircuit, calibrations: CalibrationSet) -> QuantumCircuit:
    """The circuit with pulse boxes in place of the gates that are calibrated.

    Args:
        index: Which program of a call it is, for errors.
        circuit: Its circuit.
        calibrations: Its own calibrations.

    Raises:
        InputError: If its qubits are virtual, or a gate's parameters are not bound.
    """
    if not calibrations.calibrations:
        return circuit
    if circuit.layout is None:
        raise InputError(
            f"Program {index} of the call has virtual qubits and calibrations of its own, and the call holds "
            "programs or circuits without these.",
            remedy="Write physical qubits ($0, $1), or run it in a call of its own.",
        )
    return _Carrier(index, calibrations).of(circuit, Wires.of(circuit))


class _Carrier:
    def __init__(self, index: int, calibrations: CalibrationSet) -> None:
        self._index = index
        self._calibrations = calibrations
        self._gates = {calibration.gate for calibration in calibrations.calibrations}

    def of(self, circuit: QuantumCircuit, wires: Wires) -> QuantumCircuit:
        made = circuit.copy_empty_like()
        for item in circuit.data:
            found = self._found(item, wires)
            if found is not None:
                made.append(self._box(item, found, wires))
            elif item.is_control_flow() and not is_pulse_box(item.operation):
                blocks = [self.of(block, wires.inside(item, block)) for block in item.operation.blocks]
                made.append(item.operation.replace_blocks(blocks), item.qubits, item.clbits, copy=False)
            else:
                made.append(with_own_operation(item))
        return made

    def _found(self, item: CircuitInstruction, wires: Wires) -> Calibration | None:
        """The program's calibration of a gate; ``None`` if the device's holds."""
        if item.name not in self._gates:
            return None
        qubits = [wires.qubits[bit] for bit in item.qubits]
        try:
            return self._calibrations.find(item.name, qubits, item.params)
        except CalibrationError:
            if self._calibrations.index.on(item.name, tuple(qubits)) and is_pulse_gate(item.operation):
                raise
            return None

    def _box(self, item: CircuitInstruction, calibration: Calibration, wires: Wires) -> CircuitInstruction:
        schedule = attrs.evolve(calibration.schedule, name=calibration.gate)
        given = dict(zip(calibration.arguments, item.params, strict=True))
        values = {formal: given[formal] for formal in schedule.free}
        free = sorted(name.name for value in values.values() for name in parameters_of(value))
        if free:
            raise InputError(
                f"Program {self._index} of the call gives the input {', '.join(free)} to its own gate "
                f"'{calibration.gate}', and the call holds other programs or circuits.",
                remedy="Run it in a call of its own, or write the value into the text.",
            )
        order = sorted(item.qubits, key=wires.qubits.__getitem__)
        body = QuantumCircuit(order, list(item.clbits))
        opaque = is_pulse_gate(item.operation)
        if opaque and item.operation.ideal is not None:
            body.compose(item.operation.ideal, item.qubits, item.clbits, inplace=True)
        elif opaque:
            body.append(PulseGate(PLACEHOLDER, len(order), num_clbits=len(item.clbits)), order, item.clbits)
        else:
            body.append(item)
        annotation = PulseAnnotation(
            schedule.bind({formal: _number(value) for formal, value in values.items()}),
            qubits=tuple(wires.qubits[bit] for bit in order),
            has_ideal=not opaque or item.operation.ideal is not None,
        )
        box = BoxOp(body, label=calibration.gate, annotations=[annotation])
        return CircuitInstruction(box, order, item.clbits)


def _number(value: Any) -> Any:
    return value.numeric() if isinstance(value, ParameterExpression) else value
