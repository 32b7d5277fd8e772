# SPDX-License-Identifier: Apache-2.0
"""From a Qiskit circuit to stage ``isa``: every operation legal, with its calibration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from feedline.errors import CapabilityError, InputError
from feedline_hal.calibration.calibration import Calibration
from feedline_hal.calibration.calibration_set import CalibrationSet
from feedline_hal.errors import CalibrationError
from feedline_hal.pulse.schedule import Schedule

from .control import branch, jump, loop
from .flow import Flow
from .isa import BARRIER, BOX, DELAY, GATE, PULSE, IsaProgram, Operations, Use

_CONTROL = {"if_else", "switch_case", "for_loop", "while_loop", "break_loop", "continue_loop"}
_SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "ps": 1e-12}
_EACH, _APART = -1, -2
"""What the table of known instructions says of those whose calibration depends on their angles, and of the rest."""


def read(circuit: QuantumCircuit, calibrations: CalibrationSet, *, dt_s: float) -> IsaProgram:
    """Read a circuit whose wires are the device's qubits.

    Args:
        circuit: Made of what the calibration set has.
        calibrations: The gates.
        dt_s: What delays in ``dt`` count, in seconds.

    Raises:
        CalibrationError: If a gate has no calibration; names gate, qubits and the nearest that exists.
        CapabilityError: If it holds an instruction that means nothing in pulses.
    """
    reader = _Reader(calibrations, dt_s)
    flow = reader.flow(circuit, list(range(circuit.num_qubits)), list(range(circuit.num_clbits)))
    if not isinstance(flow[0], Operations):  # what only happens at the start must not be in a loop
        flow = (Operations(use=[], arguments=[], clbits=[]), *flow)
    return IsaProgram(
        name=circuit.name,
        num_qubits=circuit.num_qubits,
        num_clbits=circuit.num_clbits,
        parameters=tuple(circuit.parameters),
        uses=tuple(reader.uses),
        flow=flow,
        calibration_id=calibrations.id,
    )


@attrs.define(slots=True, eq=False)
class _Reader:
    """Numbers the uses while it walks through the circuit."""

    calibrations: CalibrationSet
    dt_s: float
    uses: list[Use] = attrs.field(factory=list)
    _gates: dict[tuple[Any, ...], int] = attrs.field(factory=dict)
    _bounded: dict[int, Calibration] = attrs.field(factory=dict)
    _bits: list[int] = attrs.field(factory=list)

    def flow(self, circuit: QuantumCircuit, qubits: Sequence[int], clbits: Sequence[int]) -> Flow:
        """Operations and decisions of a circuit or block; ``qubits`` and ``clbits`` say where its wires end."""
        wire = dict(zip(circuit.qubits, qubits, strict=True))
        bit = dict(zip(circuit.clbits, clbits, strict=True))
        known: dict[tuple[Any, ...], int] = {}
        found: list[Any] = []
        block = Operations(use=[], arguments=[], clbits=[])
        for instruction in circuit.data:
            name, where, arguments = instruction.name, instruction.qubits, instruction.params
            index = known.get((name, where, len(arguments)))
            if index is None:
                index = self._first(name, tuple([wire[qubit] for qubit in where]), arguments)
                known[name, where, len(arguments)] = index
            if index == _EACH:
                index = self._gate(name, tuple([wire[qubit] for qubit in where]), arguments)
            if index >= 0:
                block.use.append(index)
                block.arguments.append(arguments)
                written = instruction.clbits
                block.clbits.append(tuple([bit[item] for item in written]) if written else ())
                if len(written) != self._bits[index]:
                    raise self._wrong_bits(self.uses[index], len(written))
            elif name in _CONTROL:
                if block.use:
                    found.append(self._checked(block))
                    block = Operations(use=[], arguments=[], clbits=[])
                found.extend(self._decision(instruction, wire, bit))
            else:
                self._apart(
                    block, instruction, [wire[qubit] for qubit in where], [bit[item] for item in instruction.clbits]
                )
        if block.use or not found:
            found.append(self._checked(block))
        return tuple(found)

    def _first(self, name: str, qubits: tuple[int, ...], arguments: Sequence[Any]) -> int:
        """The use of an instruction that was not met on these qubits before, or why it needs a look each time."""
        if name in _CONTROL or name in ("delay", "box"):
            return _APART
        if name == "store":
            raise CapabilityError(
                "The circuit stores to a variable, which pulse programs do not have.",
                remedy="Use measured bits and registers in conditions, and bind everything else.",
            )
        if name == "barrier":
            return self._add((BARRIER, qubits), Use(kind=BARRIER, name=name, qubits=qubits))
        there = self.calibrations.index.on(name, qubits)
        if len(there) > 1 and arguments:
            return _EACH
        index = self._gate(name, qubits, arguments)
        if arguments:
            (only,) = there
            if not all(isinstance(item, Parameter) for item in only.arguments):
                return _EACH
            if any(only.bounds):
                self._bounded[index] = only
        return index

    def _checked(self, block: Operations) -> Operations:
        """The block, every angle that is a number being within the bounds of its calibration."""
        if self._bounded:
            for index, arguments in zip(block.use, block.arguments, strict=True):
                if index in self._bounded:
                    for bound, value in zip(self._bounded[index].bounds, arguments, strict=True):
                        if bound is not None and type(value) is float and not bound[0] <= value <= bound[1]:
                            use = self.uses[index]  # the look-up knows how near is near enough, and what to say
                            self.calibrations.find(use.name, use.qubits, arguments)
        return block

    def _gate(self, name: str, qubits: tuple[int, ...], arguments: Sequence[Any]) -> int:
        calibration = self.calibrations.find(name, qubits, arguments)
        key = (name, qubits, id(calibration))
        index = self._gates.get(key)
        if index is None:
            use = Use(kind=GATE, name=name, qubits=qubits, calibration=calibration, schedule=calibration.schedule)
            index = self._add(key, use)
        return index

    def _add(self, key: tuple[Any, ...], use: Use) -> int:
        index = self._gates.setdefault(key, len(self.uses))
        if index == len(self.uses):
            self._append(use)
        return index

    def _append(self, use: Use) -> None:
        self.uses.append(use)
        self._bits.append(0 if use.calibration is None else use.calibration.num_bits)

    @staticmethod
    def _wrong_bits(use: Use, given: int) -> CalibrationError:
        returned = 0 if use.calibration is None else use.calibration.num_bits
        return CalibrationError(
            f"'{use.label}' is to write {given} classical bits, its calibration gives {returned}.",
            remedy="Give the gate as many classical bits as its calibration captures.",
        )

    def _apart(self, block: Operations, instruction: Any, qubits: list[int], clbits: list[int]) -> None:
        """Add a delay or a box."""
        operation, where = instruction.operation, tuple(qubits)
        arguments: tuple[Any, ...]
        if operation.name == "delay":
            index = self._add((DELAY, where), Use(kind=DELAY, name="delay", qubits=where))
            arguments = (self._seconds(operation.duration, operation.unit),)
        else:
            index, arguments = self._box(operation, where, clbits)
        block.use.append(index)
        block.arguments.append(arguments)
        block.clbits.append(tuple(clbits))

    def _box(self, operation: Any, qubits: tuple[int, ...], clbits: list[int]) -> tuple[int, tuple[Any, ...]]:
        schedule = pulse_schedule(operation)
        if schedule is not None:
            self._append(Use(kind=PULSE, name="pulse", qubits=qubits, schedule=schedule))
            return len(self.uses) - 1, ()
        inner = self.flow(operation.blocks[0], qubits, clbits)
        if len(inner) != 1 or not isinstance(inner[0], Operations):
            raise CapabilityError(
                f"A box on qubits {list(qubits)} holds control flow.",
                remedy="Take the control flow out of the box: its duration would not be known.",
            )
        self._append(Use(kind=BOX, name="box", qubits=qubits, body=inner[0]))
        duration = getattr(operation, "duration", None)
        length = None if duration is None else self._seconds(duration, operation.unit)
        return len(self.uses) - 1, (length,)

    def _seconds(self, duration: Any, unit: str) -> Any:
        """A duration of Qiskit's in seconds; a stretch expression stays what it is."""
        if unit == "expr":
            return duration
        scale = self.dt_s if unit == "dt" else _SECONDS.get(unit)
        if scale is None:
            raise InputError(f"A delay has the unit '{unit}'.", remedy="Use dt, s, ms, us, ns or ps.")
        return duration * scale

    def _decision(self, instruction: Any, wire: Any, bit: Any) -> Flow:
        operation = instruction.operation
        qubits = [wire[qubit] for qubit in instruction.qubits]
        clbits = [bit[item] for item in instruction.clbits]
        if operation.name in ("break_loop", "continue_loop"):
            return (jump(operation),)
        if operation.name in ("for_loop", "while_loop"):
            return loop(operation, lambda body: self.flow(body, qubits, clbits), bit)
        return (branch(operation, lambda body: self.flow(body, qubits, clbits), bit),)


def pulse_schedule(operation: Any) -> Schedule | None:
    """The schedule that a box carries, if it is a pulse box."""
    for annotation in operation.annotations:
        if annotation.namespace == "feedline.pulse":
            schedule: Schedule = annotation.schedule
            return schedule
    return None
