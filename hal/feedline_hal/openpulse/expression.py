# SPDX-License-Identifier: Apache-2.0
"""The value of an expression, with its type."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from feedline.errors import nearest
from feedline_hal.pulse.frame import Frame

from . import arithmetic
from .context import Context
from .frame_function import FRAME_FUNCTIONS
from .function import CONSTANTS, MATHEMATICS, Function, apply, mathematics
from .kind import NUMERIC, REAL, Kind, Typed, bits_number, checked, converted, definite, known
from .syntax import error_at
from .type_name import kind_of
from .waveform_function import waveform_function, waveform_names

_PER_SECOND = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}


def evaluate(node: Any, context: Context) -> Typed:
    """The value of an expression.

    Raises:
        OpenPulseError: If something in it is not declared, of a wrong type, or not defined.
    """
    name = type(node).__name__
    if name not in _EVALUATE:
        raise error_at(
            node,
            f"'{_SPOKEN.get(name, name)}' is not read here.",
            remedy="docs/reference/openpulse.md says what is read.",
        )
    return _EVALUATE[name](node, context)


def as_kind(node: Any, context: Context, kind: Kind, what: str) -> Any:
    """The value of an expression, as the kind that is needed."""
    return converted(evaluate(node, context), kind, node, what)


def whole_number(node: Any, context: Context, what: str) -> int:
    """The value of an expression that must be a known whole number."""
    typed = evaluate(node, context)
    value: int = converted(Typed(typed.kind, definite(typed, node, what)), Kind.INT, node, what)
    return value


def find_function(name: str) -> Function | None:
    """The function of frames or waveforms of that name; mathematical ones have types of their own."""
    return FRAME_FUNCTIONS.get(name) or waveform_function(name)


def function_names() -> set[str]:
    """Everything that can be called."""
    return {*FRAME_FUNCTIONS, *MATHEMATICS, *waveform_names(), "newframe"}


def frame_operands(nodes: list[Any], node: Any, context: Context, what: str) -> tuple[Frame, ...]:
    """The frames that a barrier or delay is for.

    Raises:
        OpenPulseError: If there is none, one comes twice, or one is no frame.
    """
    if not nodes:
        raise error_at(node, f"{what} names no frame.", remedy=f"Name the frames: {what} f, g;")
    frames: list[Frame] = []
    for operand in nodes:
        if type(operand).__name__ != "Identifier" or operand.name.startswith("$"):
            raise error_at(
                operand, f"{what} in a calibration is for frames, not qubits.", remedy="Name frames: barrier f, g;"
            )
        frame = as_kind(operand, context, Kind.FRAME, f"'{operand.name}' in {what}")
        if frame in frames:
            raise error_at(operand, f"{what} names frame '{operand.name}' twice.", remedy="Name it once.")
        frames.append(frame)
    return tuple(frames)


def bit_index(node: Any, index: Any, size: int, context: Context) -> int:
    """The position of one bit of a register; negative ones count from the end.

    Raises:
        OpenPulseError: If it is out of range, or more than one.
    """
    entries = index if isinstance(index, list) else [index]
    if len(entries) != 1 or type(entries[0]).__name__ in ("RangeDefinition", "DiscreteSet"):
        raise error_at(node, "A slice of bits is not read here.", remedy="Name one bit: b[0].")
    position = whole_number(entries[0], context, "An index")
    if not -size <= position < size:
        raise error_at(node, f"There is no bit {position} of {size}.", remedy=f"Bits count from 0 to {size - 1}.")
    return position % size


def _identifier(node: Any, context: Context) -> Typed:
    name = node.name
    if name in CONSTANTS:
        return Typed(Kind.FLOAT, CONSTANTS[name])
    if name.startswith("$"):
        raise error_at(node, f"Qubit {name} is no value.", remedy="Calibrations act on frames: play(frame, waveform).")
    return context.scope.value(name, node)


def _duration(node: Any, context: Context) -> Typed:
    unit = node.unit.name
    if unit != "dt":
        value = node.value / _PER_SECOND[unit]
    elif context.dt_s is None:
        raise error_at(
            node,
            "The unit dt has no length here.",
            remedy="Give dt_s=..., the device's sample time in seconds, or use ns.",
        )
    else:
        value = float(Fraction(node.value) * context.dt_s)
    return Typed(Kind.DURATION, checked(value, Kind.FLOAT, node, "A duration"))


def _integer(node: Any, _context: Context) -> Typed:
    return Typed(Kind.INT, checked(node.value, Kind.INT, node, "The number"))


def _unary(node: Any, context: Context) -> Typed:
    return arithmetic.unary(node.op.name, evaluate(node.expression, context), node)


def _binary(node: Any, context: Context) -> Typed:
    return arithmetic.binary(node.op.name, evaluate(node.lhs, context), evaluate(node.rhs, context), node)


def _call(node: Any, context: Context) -> Typed:
    name = node.name.name
    if name in MATHEMATICS:
        return mathematics(name, [evaluate(argument, context) for argument in node.arguments], node)
    if name == "newframe":
        raise error_at(
            node, "newframe stands outside a declaration.", remedy="Declare it: frame f = newframe(port, 5e9, 0.0);"
        )
    function = find_function(name)
    if function is None:
        raise error_at(node, f"There is no function '{name}'.", remedy=nearest(name, function_names()))
    return apply(function, [evaluate(argument, context) for argument in node.arguments], node, context)


def _cast(node: Any, context: Context) -> Typed:
    wanted, typed = kind_of(node.type), evaluate(node.argument, context)
    what = f"The argument of {wanted}(...)"
    value = known(typed, node.argument, what)
    if typed.kind is wanted:
        return typed
    if typed.kind is Kind.BIT and wanted in NUMERIC | {Kind.BOOL}:
        value = bits_number(typed, node.argument, what)
    elif typed.kind not in REAL | {Kind.BOOL} or wanted not in NUMERIC | {Kind.BOOL}:
        return Typed(wanted, converted(typed, wanted, node.argument, what))
    if wanted in (Kind.INT, Kind.UINT, Kind.BOOL):
        value = definite(typed, node.argument, what) if typed.kind is not Kind.BIT else value
    return Typed(wanted, bool(value) if wanted is Kind.BOOL else checked(value, wanted, node, what))


def _index(node: Any, context: Context) -> Typed:
    typed = evaluate(node.collection, context)
    if typed.kind is not Kind.BIT:
        raise error_at(node, f"A value of type {typed.kind} has no parts.", remedy="Only bit registers have: b[0].")
    return Typed(Kind.BIT, (typed.value[bit_index(node, node.index, len(typed.value), context)],))


def _bits(node: Any, _context: Context) -> Typed:
    return Typed(Kind.BIT, tuple(node.value >> position & 1 for position in range(node.width)))


def _array(node: Any, _context: Context) -> Typed:
    raise error_at(
        node, "A list of samples stands outside a declaration.", remedy="Declare it: waveform w = {1.0, 0.5im};"
    )


_SPOKEN = {"QuantumMeasurement": "measure", "DurationOf": "durationof", "SizeOf": "sizeof", "Concatenation": "++"}


_EVALUATE: dict[str, Callable[[Any, Context], Typed]] = {
    "Identifier": _identifier,
    "IntegerLiteral": _integer,
    "FloatLiteral": lambda node, _: Typed(Kind.FLOAT, checked(node.value, Kind.FLOAT, node, "The number")),
    "ImaginaryLiteral": lambda node, _: Typed(
        Kind.COMPLEX, 1j * checked(node.value, Kind.FLOAT, node, "The imaginary number")
    ),
    "BooleanLiteral": lambda node, _: Typed(Kind.BOOL, node.value),
    "BitstringLiteral": _bits,
    "DurationLiteral": _duration,
    "UnaryExpression": _unary,
    "BinaryExpression": _binary,
    "FunctionCall": _call,
    "Cast": _cast,
    "IndexExpression": _index,
    "ArrayLiteral": _array,
}
