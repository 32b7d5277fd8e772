# SPDX-License-Identifier: Apache-2.0
"""Functions that text may call: how they are called, and the mathematical ones."""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from feedline.errors import nearest

from .kind import NUMERIC, REAL, Kind, Typed, checked, converted, is_symbolic, known
from .syntax import error_at

if TYPE_CHECKING:
    from .context import Context

CONSTANTS: dict[str, float] = {
    "pi": math.pi,
    "π": math.pi,
    "tau": math.tau,
    "τ": math.tau,
    "euler": math.e,
    "ℇ": math.e,
}


@attrs.frozen(kw_only=True, slots=True)
class Function:
    """Something that can be called.

    Attributes:
        name: What it is called.
        parameters: Name and kind of each argument.
        result: Kind of what it gives.
        call: ``call(context, node, values)`` gives the value; its arguments are converted.
        is_repeating: Whether the last parameter may be given any number of times.
        alternatives: Other lists of parameters that do as well.
    """

    name: str
    parameters: tuple[tuple[str, Kind], ...]
    result: Kind
    call: Callable[[Context, Any, list[Any]], Any]
    is_repeating: bool = False
    alternatives: tuple[tuple[tuple[str, Kind], ...], ...] = ()

    @property
    def signature(self) -> str:
        """For errors: ``gaussian(complex amp, duration d, duration sigma)``."""
        inside = ", ".join(f"{kind} {name}" for name, kind in self.parameters)
        return f"{self.name}({inside}{', ...' if self.is_repeating else ''})"


def apply(function: Function, arguments: list[Typed], node: Any, context: Context) -> Typed:
    """Call a function.

    Raises:
        OpenPulseError: If the number or a type of the arguments is wrong.
    """
    parameters = _chosen(function, len(arguments), node)
    narrowed = context.externs.get(function.name)
    values = []
    for index, argument in enumerate(arguments):
        name, kind = parameters[min(index, len(parameters) - 1)]
        what = f"Argument {index + 1} ({name}) of {function.name}"
        if narrowed is not None and index < len(narrowed):
            converted(argument, narrowed[index], node.arguments[index], what)
        if argument.kind in NUMERIC:
            known(argument, node.arguments[index], what)
        values.append(converted(argument, kind, node.arguments[index], what))
    return Typed(function.result, function.call(context, node, values))


def _chosen(function: Function, count: int, node: Any) -> tuple[tuple[str, Kind], ...]:
    for parameters in (function.parameters, *function.alternatives):
        if count == len(parameters) or (function.is_repeating and count > len(parameters)):
            return parameters
    wanted = len(function.parameters)
    least = "at least " if function.is_repeating else ""
    raise error_at(
        node,
        f"{function.name} takes {least}{wanted} argument{'s' * (wanted != 1)}, {count} {'is' if count == 1 else 'are'} "
        "given.",
        remedy=f"Write {function.signature}.",
    )


_METHODS = {"abs": "__abs__"}
_REAL_ONLY: Mapping[str, Callable[[float], float]] = {
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "arcsin": math.asin,
    "arccos": math.acos,
    "arctan": math.atan,
    "log": math.log,
    "floor": math.floor,
    "ceiling": math.ceil,
}
_COMPLEX_TOO: Mapping[str, tuple[Callable[[float], float], Callable[[complex], complex]]] = {
    "sqrt": (math.sqrt, cmath.sqrt),
    "exp": (math.exp, cmath.exp),
}
MATHEMATICS = frozenset({*_REAL_ONLY, *_COMPLEX_TOO, "abs", "real", "imag", "mod"})


def mathematics(name: str, arguments: list[Typed], node: Any) -> Typed:
    """Call a mathematical function.

    Raises:
        OpenPulseError: If the number or a type of the arguments is wrong, or the result is no finite number.
    """
    wanted = 2 if name == "mod" else 1
    if len(arguments) != wanted:
        given = f"{len(arguments)} {'is' if len(arguments) == 1 else 'are'} given"
        raise error_at(
            node,
            f"{name} takes {wanted} argument{'s' * (wanted > 1)}, {given}.",
            remedy=f"Write {name}({', '.join('xy'[:wanted])}).",
        )
    if name == "mod":
        from .arithmetic import binary

        return binary("%", arguments[0], arguments[1], node)
    argument, where = arguments[0], node.arguments[0]
    value = known(argument, where, f"The argument of {name}")
    allowed = REAL if name in _REAL_ONLY else NUMERIC
    if argument.kind not in allowed:
        raise error_at(
            where,
            f"The argument of {name} is of type {argument.kind}, where {'float' if allowed is REAL else 'complex'} "
            "is expected.",
            remedy="Divide durations by a duration: d / 1s." if argument.kind is Kind.DURATION else "Give a number.",
        )
    is_complex = argument.kind is Kind.COMPLEX and name not in ("abs", "real", "imag")
    kind = Kind.COMPLEX if is_complex else Kind.FLOAT
    if name == "abs" and argument.kind is Kind.INT:
        kind = Kind.INT
    result = _of_expression(name, value, argument.kind, where) if is_symbolic(value) else _of_number(name, value, where)
    return Typed(kind, checked(result, kind, node, f"The result of {name}"))


def _of_number(name: str, value: Any, node: Any) -> Any:
    if name in ("real", "imag"):
        return getattr(complex(value), name)
    if name == "abs":
        return abs(value)
    try:
        if name in _REAL_ONLY:
            return _REAL_ONLY[name](value)
        return _COMPLEX_TOO[name][isinstance(value, complex)](value)
    except (ValueError, OverflowError):
        remedy = "Use complex numbers: sqrt(complex(x))." if name == "sqrt" else "Give a number that it is defined for."
        raise error_at(node, f"{name} is not defined for {value}.", remedy=remedy) from None


def _of_expression(name: str, value: Any, kind: Kind, node: Any) -> Any:
    if name in ("real", "imag") and kind is not Kind.COMPLEX:
        return value if name == "real" else 0.0
    if name == "sqrt":
        return value**0.5
    if name in ("floor", "ceiling", "real", "imag"):
        raise error_at(
            node,
            f"{name} is not defined for a gate's parameter.",
            remedy=f"With parameters: {nearest('', MATHEMATICS - {'floor', 'ceiling', 'real', 'imag', 'mod'})}",
        )
    return getattr(value, _METHODS.get(name, name))()
