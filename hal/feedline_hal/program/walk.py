# SPDX-License-Identifier: Apache-2.0
"""The walk through a program: what is known is carried out, what is left is what Qiskit's importer reads.

Calibrations and classical statements go to the interpreter and disappear; loops around them are unrolled;
constants become literals; a ``cal`` block that plays something becomes a box that stands for it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

from qiskit.circuit import Parameter

from feedline.pulse_mark import NAMESPACE
from feedline_hal.openpulse.annotation import annotations_of
from feedline_hal.openpulse.interpreter import Interpreter
from feedline_hal.openpulse.kind import Kind
from feedline_hal.openpulse.syntax import error_at
from feedline_hal.pulse.schedule import Schedule

from .folding import Folding, at
from .loop import KIND_OF, MOST_TURNS, stays, turns_of
from .pulse_part import MARK, PulsePart
from .register import Registers
from .tree import ast

MOST_STATEMENTS = 200_000
_OWN_NOTES = (ast.Box, ast.CalibrationDefinition)
"""What annotations may stand before; checked where it is read."""


class Walk:
    """One walk through one program.

    Args:
        interpreter: Fresh, with the device's facts.

    Attributes:
        interpreter: The same, with everything that was declared.
        parts: The ``cal`` blocks that play something, in order.
        registers: Qubits and bits that were declared, and bits for measurements that name none.
        calls: Gate calls that are left, wherever they stand.
        definitions: Gate definitions by name.
        holds_written: Whether there are boxes that `feedline.qasm3_dumps` made of pulse gates or pulse boxes.
    """

    def __init__(self, interpreter: Interpreter) -> None:
        self.interpreter = interpreter
        self.parts: list[PulsePart] = []
        self.registers = Registers()
        self.calls: list[Any] = []
        self.definitions: dict[str, Any] = {}
        self.holds_written = False
        self._folding = Folding(interpreter)
        self._decisions = 0
        self._unrolled = 0
        self._count = 0
        self._handlers: dict[type, Callable[[Any], list[Any]]] = {
            ast.BranchingStatement: self._branch,
            ast.Box: self._box,
            ast.CalibrationDefinition: self._declare,
            ast.CalibrationGrammarDeclaration: self._declare,
            ast.CalibrationStatement: self._calibration,
            ast.ClassicalAssignment: self._assign,
            ast.ClassicalDeclaration: self._classical,
            ast.CompoundStatement: lambda node: self._scoped(node.statements),
            ast.ConstantDeclaration: self._declare,
            ast.ExternDeclaration: self._declare,
            ast.ForInLoop: self._for,
            ast.IODeclaration: self._input,
            ast.QuantumGate: self._gate,
            ast.QuantumGateDefinition: self._definition,
            ast.QuantumMeasurementStatement: self._measurement,
            ast.QubitDeclaration: self._qubits,
            ast.BreakStatement: self._jump,
            ast.ContinueStatement: self._jump,
            ast.WhileLoop: self._while,
        }

    def statements(self, nodes: Sequence[Any]) -> list[Any]:
        """What is left of statements.

        Raises:
            OpenPulseError: Names what is wrong, line and column.
        """
        made: list[Any] = []
        for node in nodes:
            self._count += 1
            if self._count > MOST_STATEMENTS:
                raise error_at(
                    node,
                    f"The program is more than {MOST_STATEMENTS} statements long when its loops are unrolled.",
                    remedy="Sweep an input from outside instead: a pub for each loop.",
                )
            if not isinstance(node, _OWN_NOTES):
                annotations_of(node, set())
            handler = self._handlers.get(type(node))
            made += [self._folding(node)] if handler is None else handler(node)
        return made

    def _scoped(self, nodes: Sequence[Any]) -> list[Any]:
        with self.interpreter.scope():
            return self.statements(nodes)

    def _decided(self, nodes: Sequence[Any]) -> list[Any]:
        """What is left of statements that may or may not be carried out."""
        self._decisions += 1
        try:
            return self._scoped(nodes)
        finally:
            self._decisions -= 1

    def _declare(self, node: Any) -> list[Any]:
        self.interpreter.declare(node)
        return []

    def _calibration(self, node: Any) -> list[Any]:
        if self._decisions:
            self._check_assignments(node)
        block = self.interpreter.run(node.body)
        if not block.schedule.items:
            return []
        found = [
            (slot, name, index)
            for name, slots in block.bits.items()
            for index, slot in enumerate(slots)
            if slot is not None and name in self.registers.bits
        ]
        targets = [self.registers.bit(name, index, node) for _, name, index in sorted(found)]
        return [self._stand_in(node, block.schedule, tuple(slot for slot, _, _ in sorted(found)), targets)]

    def _stand_in(self, node: Any, schedule: Schedule, slots: tuple[int, ...], targets: list[Any]) -> Any:
        """A box that holds a gate for the pulses, and a measurement for each bit that they give."""
        number = len(self.parts)
        gate = at(ast.QuantumGate([], ast.Identifier(f"{MARK}{number}"), [], []), node)
        measurements = tuple(
            at(ast.QuantumMeasurementStatement(at(ast.QuantumMeasurement(ast.Identifier("")), node), target), node)
            for target in targets
        )
        self.parts.append(
            PulsePart(number=number, node=node, schedule=schedule, slots=slots, gate=gate, measurements=measurements)
        )
        return at(ast.Box(None, [gate, *measurements]), node)

    def _check_assignments(self, node: Any) -> None:
        """Refuse a block that changes a variable of the program depending on what was measured."""
        own = {item.identifier.name for item in node.body if hasattr(item, "identifier")}
        for item in node.body:
            if isinstance(item, ast.ClassicalAssignment):
                name = getattr(item.lvalue, "name", item.lvalue)
                name = getattr(name, "name", name)
                if name not in own and name not in self.registers.bits:
                    raise self._undecided(item)

    def _undecided(self, node: Any) -> Exception:
        return error_at(
            node,
            "A variable is assigned depending on what is only known when the program runs.",
            remedy="Variables are computed when the text is read; decide with gates and cal blocks instead.",
        )

    def _assign(self, node: Any) -> list[Any]:
        if self._decisions:
            raise self._undecided(node)
        self.interpreter.run([node])
        return []

    def _classical(self, node: Any) -> list[Any]:
        if not isinstance(node.type, ast.BitType):
            self.interpreter.run([node])
            return []
        if self._unrolled or self._decisions:
            raise error_at(
                node, "Bits are declared inside a loop or branch.", remedy="Declare them at the top of the program."
            )
        made = self._folding(node)
        self.registers.declare_bits(made)
        bare = copy.copy(made)
        bare.init_expression = None
        self.interpreter.run([bare])  # cal blocks may put what they capture into it
        return [made]

    def _input(self, node: Any) -> list[Any]:
        kind = KIND_OF.get(type(node.type))
        if node.io_identifier is ast.IOKeyword.output and isinstance(node.type, ast.BitType):
            return self._classical(at(ast.ClassicalDeclaration(node.type, node.identifier, None), node))
        if kind in (Kind.FLOAT, Kind.ANGLE):
            self.interpreter.assign(node.identifier.name, kind, Parameter(node.identifier.name))
        return [self._folding(node)]

    def _qubits(self, node: Any) -> list[Any]:
        made = self._folding(node)
        self.registers.declare_qubits(made)
        return [made]

    def _gate(self, node: Any) -> list[Any]:
        made = self._folding(node)
        made.arguments = [self._seconds(argument) for argument in made.arguments]
        self.calls.append(made)
        return [made]

    def _seconds(self, argument: Any) -> Any:
        """A duration as the number of seconds that calibrations take: Qiskit's gates take numbers only."""
        if not isinstance(argument, ast.DurationLiteral):
            return argument
        return at(ast.FloatLiteral(float(self.interpreter.evaluate(argument).value)), argument)

    def _definition(self, node: Any) -> list[Any]:
        with self._folding.hiding(name.name for name in (*node.arguments, *node.qubits)):
            made = self._folding(node)
        self.definitions[node.name.name] = made
        self.calls += [item for item in made.body if isinstance(item, ast.QuantumGate)]
        return [made]

    def _measurement(self, node: Any) -> list[Any]:
        made = self._folding(node)
        if made.target is None:
            made.target = self.registers.unnamed(made.measure)
        return [made]

    def _box(self, node: Any) -> list[Any]:
        if any(note.keyword.startswith(NAMESPACE) for note in node.annotations):
            self.holds_written = True
            return [self._folding(node)]
        made = copy.copy(node)
        made.duration = self._folding(node.duration)
        made.body = self._scoped(node.body)
        return [made]

    def _branch(self, node: Any) -> list[Any]:
        known = self._folding.value(node.condition)
        if known is not None:
            return self._scoped(node.if_block if known.value else node.else_block)
        made = copy.copy(node)
        made.condition = self.registers.condition(self._folding(node.condition))
        made.if_block, made.else_block = self._decided(node.if_block), self._decided(node.else_block)
        return [made]

    def _while(self, node: Any) -> list[Any]:
        if self._folding.value(node.while_condition) is not None:
            return self._carried_out(node)
        made = copy.copy(node)
        made.while_condition = self.registers.condition(self._folding(node.while_condition))
        made.block = self._decided(node.block)
        return [made]

    def _carried_out(self, node: Any) -> list[Any]:
        """A loop whose condition is known when the text is read."""
        unrolled: list[Any] = []
        self._unrolled += 1
        for _ in range(MOST_TURNS):
            known = self._folding.value(node.while_condition)
            if known is None or not known.value:
                break
            unrolled += self._scoped(node.block)
        else:
            raise error_at(
                node,
                f"A while loop goes on for more than {MOST_TURNS} turns when the text is read.",
                remedy="Let its condition become false, or be about a measured bit: while (c == 0) {...}.",
            )
        self._unrolled -= 1
        return unrolled

    def _for(self, node: Any) -> list[Any]:
        values = turns_of(node, self._folding)
        if stays(node):
            made = copy.copy(node)
            made.set_declaration = self._folding(node.set_declaration)
            with self._folding.hiding([node.identifier.name]):
                made.block = self._decided(node.block)
            return [made]
        unrolled: list[Any] = []
        self._unrolled += 1
        for value in values:
            with self.interpreter.scope():
                self.interpreter.assign(node.identifier.name, KIND_OF[type(node.type)], value)
                unrolled += self.statements(node.block)
        self._unrolled -= 1
        return unrolled

    def _jump(self, node: Any) -> list[Any]:
        if self._unrolled:
            raise error_at(
                node,
                "A loop that is unrolled is left or restarted.",
                remedy="Loops around cal blocks and variables run to their end; use a while loop on a measured bit.",
            )
        return [node]
