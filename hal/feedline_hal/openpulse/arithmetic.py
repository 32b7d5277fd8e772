# SPDX-License-Identifier: Apache-2.0
"""Operators on typed values: numbers, durations, bits."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from .kind import NUMERIC, REAL, Kind, Typed, bits_number, checked, definite, is_symbolic, known
from .syntax import error_at

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_BITWISE: dict[str, Callable[[int, int], int]] = {
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
    "<<": operator.lshift,
    ">>": operator.rshift,
}
_RANK = (Kind.INT, Kind.UINT, Kind.FLOAT, Kind.ANGLE, Kind.COMPLEX)


def binary(symbol: str, left: Typed, right: Typed, node: Any) -> Typed:
    """The value of ``left symbol right``.

    Raises:
        OpenPulseError: If the operator is not defined for the types, or the result is no finite number.
    """
    what = f"'{symbol}'"
    known(left, node, f"The left side of {what}")
    known(right, node, f"The right side of {what}")
    if symbol in _COMPARE:
        return Typed(Kind.BOOL, _compared(symbol, left, right, node))
    if symbol in ("&&", "||"):
        first, second = (truth(side, node, f"A side of {what}") for side in (left, right))
        return Typed(Kind.BOOL, (first and second) if symbol == "&&" else (first or second))
    if Kind.DURATION in (left.kind, right.kind):
        return _timed(symbol, left, right, node)
    if not {left.kind, right.kind} <= NUMERIC:
        raise undefined(symbol, (left.kind, right.kind), node)
    kind = max(left.kind, right.kind, key=_RANK.index)
    if symbol in _BITWISE:
        if kind not in (Kind.INT, Kind.UINT):
            raise undefined(symbol, (left.kind, right.kind), node)
        first, second = definite(left, node, what), definite(right, node, what)
        if symbol in ("<<", ">>") and not 0 <= second < 64:
            raise error_at(node, f"{what} shifts by {second}.", remedy="Shift by 0 to 63 bits.")
        return Typed(kind, _BITWISE[symbol](first, second))
    if symbol in ("**", "-") and kind is Kind.UINT:
        kind = Kind.INT
    return Typed(kind, _number(symbol, left, right, kind, node))


def unary(symbol: str, operand: Typed, node: Any) -> Typed:
    """The value of ``symbol operand``."""
    value = known(operand, node, f"The operand of '{symbol}'")
    if symbol == "!":
        return Typed(Kind.BOOL, not truth(operand, node, "The operand of '!'"))
    if symbol == "-" and (operand.kind in NUMERIC or operand.kind is Kind.DURATION):
        return Typed(Kind.INT if operand.kind is Kind.UINT else operand.kind, -value)
    raise undefined(symbol, (operand.kind,), node)


def undefined(symbol: str, kinds: tuple[Kind, ...], node: Any) -> Exception:
    """The error for an operator that does not take such operands."""
    between = " and ".join(kinds)
    remedy = "Durations add to durations, and divide and multiply by numbers." if Kind.DURATION in kinds else ""
    return error_at(
        node,
        f"'{symbol}' is not defined for {between}.",
        remedy=remedy or "Cast one side, or use another operator.",
    )


def truth(operand: Typed, node: Any, what: str) -> bool:
    """A condition that is known when the text is read."""
    value = definite(operand, node, what)
    if operand.kind is Kind.BIT:
        return bool(bits_number(operand, node, what))
    if operand.kind is not Kind.BOOL and operand.kind not in (Kind.INT, Kind.UINT):
        raise error_at(
            node,
            f"{what} is of type {operand.kind}, where bool is expected.",
            remedy="Compare it: x != 0.",
        )
    return bool(value)


def _compared(symbol: str, left: Typed, right: Typed, node: Any) -> bool:
    sides = []
    for side in (left, right):
        value = definite(side, node, f"A side of '{symbol}'")
        sides.append(bits_number(side, node, "A side") if side.kind is Kind.BIT else value)
    plain = REAL | {Kind.BIT, Kind.BOOL}
    both = {left.kind, right.kind}
    is_alike = both <= plain or both == {Kind.DURATION} or (both <= NUMERIC and symbol in ("==", "!="))
    if not is_alike:
        raise undefined(symbol, (left.kind, right.kind), node)
    return _COMPARE[symbol](*sides)


def _timed(symbol: str, left: Typed, right: Typed, node: Any) -> Typed:
    """Arithmetic with durations: sums, multiples, and ratios, which are numbers."""
    both = (left.kind, right.kind)
    if both == (Kind.DURATION, Kind.DURATION) and symbol in "+-%":
        kind = Kind.DURATION
    elif both == (Kind.DURATION, Kind.DURATION) and symbol == "/":
        kind = Kind.FLOAT
    elif (symbol == "*" and (set(both) & REAL)) or (symbol == "/" and right.kind in REAL):
        kind = Kind.DURATION
    else:
        raise undefined(symbol, both, node)
    return Typed(kind, _number(symbol, left, right, kind, node))


def _number(symbol: str, left: Typed, right: Typed, kind: Kind, node: Any) -> Any:
    if symbol not in _CALCULATE:
        raise undefined(symbol, (left.kind, right.kind), node)
    try:
        value = _CALCULATE[symbol](left.value, right.value, kind)
    except ZeroDivisionError:
        raise error_at(node, f"'{symbol}' divides by zero.", remedy="Divide by something else.") from None
    except (OverflowError, MemoryError):
        raise error_at(
            node, f"The result of '{symbol}' is too large.", remedy="Only finite numbers have a meaning here."
        ) from None
    except TypeError:
        raise error_at(
            node,
            f"'{symbol}' is not defined for a gate's parameter.",
            remedy="Use + - * / ** and the functions of one argument with parameters.",
        ) from None
    if isinstance(value, complex) and kind is not Kind.COMPLEX:
        raise error_at(node, f"The result of '{symbol}' is complex.", remedy="Make a side complex: complex(x).")
    return checked(value, kind, node, f"The result of '{symbol}'")


def _divided(left: Any, right: Any, kind: Kind) -> Any:
    if kind in (Kind.INT, Kind.UINT) and not (is_symbolic(left) or is_symbolic(right)):
        whole = abs(left) // abs(right)
        return whole if (left < 0) == (right < 0) else -whole
    return left / right


def _remainder(left: Any, right: Any, kind: Kind) -> Any:
    if kind in (Kind.INT, Kind.UINT):
        return left - right * _divided(left, right, kind)
    if is_symbolic(left) or is_symbolic(right):
        raise TypeError
    if right == 0:
        raise ZeroDivisionError
    return math.fmod(left, right)


def _power(left: Any, right: Any, kind: Kind) -> Any:
    if kind is Kind.INT and not (is_symbolic(left) or is_symbolic(right)):
        if abs(right) > 1024:
            raise OverflowError
        return left**right if right >= 0 else _divided(1, left**-right, kind)
    return left**right


_CALCULATE: dict[str, Callable[[Any, Any, Kind], Any]] = {
    "+": lambda left, right, _: left + right,
    "-": lambda left, right, _: left - right,
    "*": lambda left, right, _: left * right,
    "/": _divided,
    "%": _remainder,
    "**": _power,
}
