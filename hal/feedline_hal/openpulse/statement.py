# SPDX-License-Identifier: Apache-2.0
"""What statements do: loops and decisions are carried out while the text is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from typing import Any

import attrs

from feedline_hal.pulse.instruction import Barrier, Delay

from . import arithmetic
from .annotation import annotations_of
from .context import Context
from .declaration import check_free, check_size, declare_constant, declare_extern, declare_variable
from .expression import as_kind, bit_index, evaluate, frame_operands
from .frame_function import record
from .kind import Kind, Typed, checked, converted, definite
from .scope import Symbol
from .syntax import error_at
from .type_name import kind_of


class _Way(Enum):
    RETURN = "return"
    BREAK = "break"
    CONTINUE = "continue"


@attrs.frozen(slots=True)
class Leave:
    """How a statement left its block: by which word, with what value, where."""

    way: _Way
    node: Any
    value: Typed | None = None


def carry_out(statements: Sequence[Any], context: Context) -> Leave | None:
    """Carry out statements in order.

    Returns:
        How they left, if by ``return``, ``break`` or ``continue``.

    Raises:
        OpenPulseError: If one is wrong, not read in calibrations, or never reached.
    """
    for index, node in enumerate(statements):
        left = _carry_out(node, context)
        if left is not None:
            if index + 1 < len(statements) and type(node).__name__ in _LEAVING:
                raise error_at(
                    statements[index + 1],
                    f"This stands after '{left.way.value}' and is never carried out.",
                    remedy="Leave it out, or put it before.",
                )
            return left
    return None


def refuse(node: Any) -> Exception:
    """The error for a statement that calibrations do not have."""
    return error_at(
        node, f"'{word(node)}' is not read in calibrations.", remedy=_REMEDIES.get(type(node).__name__, _READ)
    )


def word(node: Any) -> str:
    """What a statement is called."""
    name = type(node).__name__
    return _WORDS.get(name, "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip())


def _carry_out(node: Any, context: Context) -> Leave | None:
    name = type(node).__name__
    if name not in _STATEMENTS:
        raise refuse(node)
    if context.body is not None:
        context.body.count(node)
    if name not in _WITH_ANNOTATIONS:
        annotations_of(node, set())
    return _STATEMENTS[name](node, context)


def _expression(node: Any, context: Context) -> None:
    call = node.expression
    if type(call).__name__ != "FunctionCall":
        raise error_at(node, "This expression does nothing.", remedy="Assign it, or leave it out.")
    typed = evaluate(call, context)
    if typed.kind is not Kind.VOID and not call.name.name.startswith("capture_"):
        raise error_at(
            node, f"The {typed.kind} that {call.name.name} gives is not used.", remedy="Assign it, or leave it out."
        )


def _assign(node: Any, context: Context) -> None:
    target = node.lvalue
    is_part = type(target).__name__ == "IndexedIdentifier"
    name = target.name.name if is_part else target.name
    check_free(name, node)
    symbol = context.scope.target(name, node)
    what = f"The value of '{name}'"
    typed = evaluate(node.rvalue, context)
    sign = node.op.name
    if sign != "=":
        old = evaluate(target, context) if not is_part else None
        if old is None:
            raise error_at(node, f"'{sign}' is not read for parts of '{name}'.", remedy="Assign with '='.")
        typed = arithmetic.binary(sign.removesuffix("="), old, typed, node)
    if not is_part:
        value = converted(typed, symbol.kind, node, what)
        if symbol.kind is Kind.BIT and len(value) != (symbol.size or 1):
            raise error_at(node, f"{what} has {len(value)} bits.", remedy=f"'{name}' has {symbol.size or 1}.")
        symbol.value = check_size(value, symbol.kind, symbol.size, name, node)
        return
    if symbol.kind is not Kind.BIT or len(target.indices) != 1:
        raise error_at(node, f"'{name}' is of type {symbol.kind} and has no such parts.", remedy="Assign it whole.")
    position = bit_index(node, target.indices[0], symbol.size or 1, context)
    bits = list(symbol.value)
    (bits[position],) = _one_bit(converted(typed, Kind.BIT, node, what), node)
    symbol.value = tuple(bits)


def _one_bit(value: tuple[Any, ...], node: Any) -> tuple[Any, ...]:
    if len(value) != 1:
        raise error_at(node, f"{len(value)} bits are assigned to one.", remedy="Assign bit by bit.")
    return value


def _delay(node: Any, context: Context) -> None:
    duration_s = as_kind(node.duration, context, Kind.DURATION, "The time of delay")
    frames = frame_operands(node.qubits, node, context, "delay[...]")
    record(context, node, "delay", lambda: Delay(duration_s, frames))


def _barrier(node: Any, context: Context) -> None:
    frames = frame_operands(node.qubits, node, context, "barrier")
    record(context, node, "barrier", lambda: Barrier(frames))


def _branch(node: Any, context: Context) -> Leave | None:
    is_true = arithmetic.truth(evaluate(node.condition, context), node.condition, "The condition of if")
    with context.inside():
        return carry_out(node.if_block if is_true else node.else_block, context)


def _while(node: Any, context: Context) -> Leave | None:
    while arithmetic.truth(evaluate(node.while_condition, context), node.while_condition, "The condition of while"):
        _count(node, context)
        with context.inside():
            left = carry_out(node.block, context)
        if left is not None and left.way is not _Way.CONTINUE:
            return left if left.way is _Way.RETURN else None
    return None


def _for(node: Any, context: Context) -> Leave | None:
    name, kind = node.identifier.name, kind_of(node.type)
    check_free(name, node)
    for value in _values(node, kind, context):
        _count(node, context)
        with context.inside():
            context.scope.declare(name, Symbol(kind, value, is_const=True), node)
            left = carry_out(node.block, context)
        if left is not None and left.way is not _Way.CONTINUE:
            return left if left.way is _Way.RETURN else None
    return None


def _count(node: Any, context: Context) -> None:
    if context.body is not None:
        context.body.count(node)


def _values(node: Any, kind: Kind, context: Context) -> Iterator[Any]:
    over = node.set_declaration
    form = type(over).__name__
    if form == "DiscreteSet":
        for item in over.values:
            yield _definite(item, kind, context, "A value of the set")
        return
    if form != "RangeDefinition":
        raise error_at(
            node, "for goes over something else than a range or a set.", remedy="Write [0:9], [0:2:9] or {1, 2, 5}."
        )
    if over.start is None or over.end is None:
        raise error_at(node, "The range of for has no start or no end.", remedy="Write [0:9] or [0:2:9].")
    start, end = (_definite(part, kind, context, "A bound of the range") for part in (over.start, over.end))
    step = 1 if over.step is None else _definite(over.step, _step_kind(kind), context, "The step of the range")
    if over.step is None and kind not in (Kind.INT, Kind.UINT, Kind.FLOAT):
        raise error_at(node, f"A range of {kind} has no step.", remedy="Write [start:step:end].")
    if step == 0:
        raise error_at(node, "The step of the range is 0.", remedy="Give another step.")
    count = int((end - start) / step + (1e-9 if kind not in (Kind.INT, Kind.UINT) else 0))
    for index in range(count + 1 if (end - start) / step >= 0 else 0):
        yield start + index * step


def _step_kind(kind: Kind) -> Kind:
    return Kind.INT if kind is Kind.UINT else kind


def _definite(node: Any, kind: Kind, context: Context, what: str) -> Any:
    typed = evaluate(node, context)
    value = converted(Typed(typed.kind, definite(typed, node, what)), kind, node, what)
    return checked(value, kind, node, what) if kind in (Kind.INT, Kind.UINT) else value


def _return(node: Any, context: Context) -> Leave:
    expression = node.expression
    if expression is not None and type(expression).__name__ == "QuantumMeasurement":
        raise error_at(node, "'measure' is not read in calibrations.", remedy="Return what capture_v2 gives.")
    return Leave(_Way.RETURN, node, None if expression is None else evaluate(expression, context))


def _compound(node: Any, context: Context) -> Leave | None:
    with context.inside():
        return carry_out(node.statements, context)


_STATEMENTS: dict[str, Callable[[Any, Context], Leave | None]] = {
    "ClassicalDeclaration": declare_variable,
    "ConstantDeclaration": declare_constant,
    "ExternDeclaration": declare_extern,
    "ExpressionStatement": _expression,
    "ClassicalAssignment": _assign,
    "DelayInstruction": _delay,
    "QuantumBarrier": _barrier,
    "BranchingStatement": _branch,
    "WhileLoop": _while,
    "ForInLoop": _for,
    "ReturnStatement": _return,
    "CompoundStatement": _compound,
    "BreakStatement": lambda node, _: Leave(_Way.BREAK, node),
    "ContinueStatement": lambda node, _: Leave(_Way.CONTINUE, node),
}
_LEAVING = frozenset({"ReturnStatement", "BreakStatement", "ContinueStatement"})
_WITH_ANNOTATIONS = frozenset({"ClassicalDeclaration", "ConstantDeclaration", "ExternDeclaration"})
_WORDS = {
    "QuantumGate": "gate call",
    "QuantumGateDefinition": "gate",
    "SubroutineDefinition": "def",
    "QuantumReset": "reset",
    "QuantumMeasurementStatement": "measure",
    "QubitDeclaration": "qubit",
    "IODeclaration": "input or output",
    "AliasStatement": "let",
    "SwitchStatement": "switch",
    "QuantumPhase": "gphase",
    "EndStatement": "end",
    "ClassicalDeclaration": "variable",
    "ClassicalAssignment": "assignment",
    "ForInLoop": "for",
    "WhileLoop": "while",
    "BranchingStatement": "if",
    "DelayInstruction": "delay",
    "QuantumBarrier": "barrier",
    "ExpressionStatement": "expression",
    "CompoundStatement": "block",
    "Pragma": "pragma",
    "CalibrationStatement": "cal",
    "CalibrationDefinition": "defcal",
}
_READ = "docs/reference/openpulse.md says what is read."
_REMEDIES = {
    "QuantumGate": "Write the gate's pulses, or call it in the circuit.",
    "QuantumReset": "Write its pulses, or reset in the circuit.",
    "QuantumMeasurementStatement": "Use capture_v2, or measure in the circuit.",
    "SwitchStatement": "Use if and else.",
}
