# SPDX-License-Identifier: Apache-2.0
"""Loops of a program: what they run over, and whether they stay loops."""

from __future__ import annotations

import math
from typing import Any

from feedline_hal.openpulse.kind import Kind
from feedline_hal.openpulse.syntax import error_at

from .folding import Folding, names_in
from .tree import ast

KIND_OF = {
    ast.IntType: Kind.INT,
    ast.UintType: Kind.UINT,
    ast.FloatType: Kind.FLOAT,
    ast.AngleType: Kind.ANGLE,
    ast.DurationType: Kind.DURATION,
}
MOST_TURNS = 100_000
_CLASSICAL = (
    ast.CalibrationStatement,
    ast.ClassicalAssignment,
    ast.ClassicalDeclaration,
    ast.ConstantDeclaration,
)


def turns_of(loop: Any, folding: Folding) -> list[Any]:
    """The values that a loop's variable takes.

    Raises:
        OpenPulseError: If they are only known at run time, or are no numbers of the variable's type.
    """
    over = loop.set_declaration
    if isinstance(over, ast.DiscreteSet):
        return [_number(item, loop, folding) for item in over.values]
    if not isinstance(over, ast.RangeDefinition):
        raise error_at(over, "A loop runs over this.", remedy="Loops run over [start:step:end] or {1, 2, 3}.")
    if over.start is None or over.end is None:
        raise error_at(over, "A loop's range has no start or no end.", remedy="Write [start:end] or [start:step:end].")
    start, end = _number(over.start, loop, folding), _number(over.end, loop, folding)
    step = 1 if over.step is None else _number(over.step, loop, folding)
    if step == 0 or (over.step is None and KIND_OF.get(type(loop.type)) is Kind.DURATION):
        raise error_at(over, "A loop's range has no step.", remedy="Give a step other than zero: [start:step:end].")
    count = max(0, math.floor((end - start) / step + 1e-9) + 1)
    if count > MOST_TURNS:
        raise error_at(
            over, f"A loop has {count} turns.", remedy=f"At most {MOST_TURNS} are unrolled; sweep an input instead."
        )
    return [start + turn * step for turn in range(count)]


def stays(loop: Any) -> bool:
    """Whether a loop can stay one: its variable stands in angles only, and nothing in it is carried out here."""
    if not isinstance(loop.type, ast.IntType | ast.UintType):
        return False
    return not any(_ties(statement, loop.identifier.name) for statement in loop.block)


def _ties(node: Any, variable: str) -> bool:
    if isinstance(node, list):
        return any(_ties(item, variable) for item in node)
    if not isinstance(node, ast.QASMNode):
        return False
    if isinstance(node, _CLASSICAL):
        return True
    if isinstance(node, ast.QuantumGate):
        return any(name.name == variable for name in names_in(node.qubits))
    if isinstance(node, ast.Identifier):
        return bool(node.name == variable)
    return any(_ties(value, variable) for value in vars(node).values())


def _number(expression: Any, loop: Any, folding: Folding) -> Any:
    kind = KIND_OF.get(type(loop.type))
    if kind is None:
        raise error_at(loop.type, "A loop's variable is no number.", remedy="Use int, uint, float, angle or duration.")
    typed = folding.value(expression)
    if typed is None:
        raise error_at(
            expression,
            "A loop's range depends on what is only known when the program runs.",
            remedy="Use constants; sweep inputs from outside, a pub for each length.",
        )
    if (typed.kind is Kind.DURATION) is not (kind is Kind.DURATION):
        raise error_at(
            expression, f"A loop over {kind} has a bound of type {typed.kind}.", remedy=f"Give a value of type {kind}."
        )
    if kind in (Kind.INT, Kind.UINT) and int(typed.value) != typed.value:
        raise error_at(expression, f"A loop over {kind} has the bound {typed.value}.", remedy="Give a whole number.")
    return int(typed.value) if kind in (Kind.INT, Kind.UINT) else float(typed.value)
