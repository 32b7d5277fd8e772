# SPDX-License-Identifier: Apache-2.0
"""Kinds of values in OpenPulse text, and which stand for which."""

from __future__ import annotations

import cmath
from enum import StrEnum
from typing import Any

import attrs
from qiskit.circuit import ParameterExpression

from .captured import Captured
from .syntax import error_at


class Kind(StrEnum):
    """The type of a value, sizes left out: every ``float[n]`` is a double."""

    BOOL = "bool"
    BIT = "bit"
    INT = "int"
    UINT = "uint"
    FLOAT = "float"
    ANGLE = "angle"
    COMPLEX = "complex"
    DURATION = "duration"
    PORT = "port"
    FRAME = "frame"
    WAVEFORM = "waveform"
    VOID = "void"


@attrs.frozen(slots=True)
class Typed:
    """A value and its kind.

    Attributes:
        kind: Its type.
        value: By kind: ``bool``; a tuple of bits (0, 1 or `Captured`); ``int``; ``float`` or a parameter
            expression; ``complex`` or an expression; seconds or an expression of seconds; `Port`, `Frame`,
            `Waveform`; ``None`` for what a call without a result gives. `Captured` for what is only known
            when the program runs.
    """

    kind: Kind
    value: Any


UNSET = object()
"""The value of a variable, or of a bit of one, that has none yet."""

REAL = frozenset({Kind.INT, Kind.UINT, Kind.FLOAT, Kind.ANGLE})
NUMERIC = REAL | {Kind.COMPLEX}
_LARGEST = 1 << 63
_STANDS_FOR = {
    Kind.BOOL: {Kind.BIT},
    Kind.BIT: {Kind.BOOL},
    Kind.INT: {Kind.UINT, Kind.FLOAT, Kind.ANGLE, Kind.COMPLEX, Kind.BIT},
    Kind.UINT: {Kind.INT, Kind.FLOAT, Kind.ANGLE, Kind.COMPLEX, Kind.BIT},
    Kind.FLOAT: {Kind.ANGLE, Kind.COMPLEX},
    Kind.ANGLE: {Kind.FLOAT, Kind.COMPLEX},
}


def is_convertible(kind: Kind, wanted: Kind) -> bool:
    """Whether a value of one kind may stand where the other is wanted, without a cast."""
    return kind is wanted or wanted in _STANDS_FOR.get(kind, ())


def is_symbolic(value: Any) -> bool:
    """Whether a value depends on a gate's parameters."""
    return isinstance(value, ParameterExpression)


def converted(typed: Typed, wanted: Kind, node: Any, what: str) -> Any:
    """The value as another kind.

    Args:
        typed: The value.
        wanted: The kind that is needed.
        node: Where, for the error.
        what: Names the place in the error: ``"argument 2 (d) of gaussian"``.

    Raises:
        OpenPulseError: If it does not convert without a cast, or is only known at run time.
    """
    if not is_convertible(typed.kind, wanted):
        raise error_at(
            node, f"{what} is of type {typed.kind}, where {wanted} is expected.", remedy=_remedy(typed.kind, wanted)
        )
    if typed.kind is wanted:
        return typed.value
    value = known(typed, node, what)
    if wanted is Kind.BIT:
        if value not in (0, 1):
            raise error_at(node, f"{what} is {value}, which is no bit.", remedy="Give 0 or 1.")
        return (int(value),)
    if wanted is Kind.BOOL:
        return bool(bits_number(Typed(Kind.BIT, value), node, what))
    return checked(value, wanted, node, what)


def checked(value: Any, kind: Kind, node: Any, what: str) -> Any:
    """A number as its kind holds it; nan, infinity and negative unsigned integers are refused."""
    if is_symbolic(value):
        return value
    if kind in (Kind.INT, Kind.UINT):
        if kind is Kind.UINT and value < 0:
            raise error_at(node, f"{what} is {value}, which is no uint.", remedy="Use int for negative numbers.")
        if not -_LARGEST <= value < _LARGEST:
            raise error_at(node, f"{what} has more than 64 bits.", remedy="Use a float for large numbers.")
        return int(value)
    try:
        number = complex(value) if kind is Kind.COMPLEX else float(value)
    except OverflowError:
        number = float("inf")
    if not cmath.isfinite(number):
        raise error_at(node, f"{what} is {number}.", remedy="Only finite numbers have a meaning here.")
    return number


def known(typed: Typed, node: Any, what: str) -> Any:
    """The value, if it is known before the program runs."""
    bits = typed.value if isinstance(typed.value, tuple) else (typed.value,)
    if UNSET in bits:
        raise error_at(node, f"{what} has no value yet.", remedy="Assign one first.")
    if any(isinstance(bit, Captured) for bit in bits):
        raise error_at(
            node,
            f"{what} is captured, and only known when the program runs.",
            remedy="Return it, and decide in the circuit: if (c == 1) { x $0; }",
        )
    return typed.value


def definite(typed: Typed, node: Any, what: str) -> Any:
    """The value, if it is known before the program runs and depends on no parameter of a gate."""
    value = known(typed, node, what)
    if is_symbolic(value):
        names = ", ".join(sorted(parameter.name for parameter in value.parameters))
        raise error_at(
            node,
            f"{what} depends on the gate's parameter {names}.",
            remedy="Conditions, loops, indices and whole numbers must be known when the text is read.",
        )
    return value


def bits_number(typed: Typed, node: Any, what: str) -> int:
    """Bits as a number, bit 0 the least."""
    return sum(bit << index for index, bit in enumerate(known(typed, node, what)))


def _remedy(kind: Kind, wanted: Kind) -> str:
    if wanted is Kind.DURATION and kind in REAL:
        return "Durations have a unit: 16ns, 0.5us, 160dt; a number becomes one by '* 1s'."
    if kind is Kind.DURATION and wanted in NUMERIC:
        return "Divide by a duration to get a number: d / 1s."
    if wanted in (Kind.INT, Kind.UINT):
        return f"Cast it: {wanted}(...)."
    if kind is Kind.COMPLEX and wanted in REAL:
        return "Use real(...) or imag(...)."
    return f"Give a value of type {wanted}."
