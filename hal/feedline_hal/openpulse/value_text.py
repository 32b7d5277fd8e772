# SPDX-License-Identifier: Apache-2.0
"""Numbers, durations and expressions of parameters as OpenPulse text, such that they read as the same values."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Mapping

import attrs
from qiskit.circuit import Parameter, ParameterExpression

from feedline_hal.calibration.expression import expression_text
from feedline_hal.errors import OpenPulseError
from feedline_hal.pulse.value import Value

_FUNCTIONS = {"asin": "arcsin", "acos": "arccos", "atan": "arctan"}
_RENAMED = re.compile(r"\b(asin|acos|atan)(?=\()")
_IMAGINARY = re.compile(r"(?<=[\d.])j\b")
_POSITION = re.compile(r"\bp(\d+)\b")


def number_text(value: float) -> str:
    """A real number: ``pi/2`` and ``5.1e9`` where that is the same number, else all its digits."""
    for divisor in (1, 2, 4, 8):
        for factor in (1, 3, -1, -3):
            if value == factor * math.pi / divisor:
                head = {1: "pi", -1: "-pi"}.get(factor, f"{factor}*pi")
                return head if divisor == 1 else f"{head}/{divisor}"
    texts = [repr(float(value))]
    if abs(value) >= 1e5:
        texts += [
            f"{value / scale!r}e{power}" for power, scale in ((6, 1e6), (9, 1e9)) if "e" not in repr(value / scale)
        ]
    return min((text for text in texts if float(text) == value), key=len)


def amplitude_text(value: float | complex) -> str:
    """A complex number: ``0.1 + 0.2im``."""
    if not isinstance(value, complex) or value.imag == 0:
        return number_text(value.real)
    if value.real == 0:
        return f"{value.imag!r}im"
    return f"{value.real!r} {'-' if value.imag < 0 else '+'} {abs(value.imag)!r}im"


def duration_text(value_s: float) -> str:
    """A duration: in nanoseconds if that is the same number, else in seconds."""
    nanoseconds = value_s * 1e9
    exact = [
        f"{rounded!r}ns"
        for rounded in (round(nanoseconds), round(nanoseconds, 3), round(nanoseconds, 6), nanoseconds)
        if float(rounded) / 1e9 == value_s
    ]
    in_seconds = f"{value_s!r}s"
    return exact[0] if exact and (abs(nanoseconds) < 1e7 or len(exact[0]) < len(in_seconds)) else in_seconds


@attrs.frozen(slots=True)
class Formal:
    """How the formal parameters of one calibration are written.

    Attributes:
        places: Their position among the arguments.
        names: What the text calls them, by position.
        durations: Names of those that are durations.
    """

    places: Mapping[Parameter, int]
    names: Mapping[int, str]
    durations: frozenset[str] = frozenset()

    def number(self, value: Value) -> str:
        """A value that is no duration: a number or an expression."""
        if not isinstance(value, ParameterExpression):
            return amplitude_text(value)
        text = _IMAGINARY.sub("im", _RENAMED.sub(lambda found: _FUNCTIONS[found.group()], self._python(value)))
        for missing in ("conj(", "sign("):
            if missing in text:
                raise OpenPulseError(
                    f"{value} cannot be written: OpenPulse text has no function {missing[:-1]}.",
                    remedy="Write the expression without it.",
                )
        return text

    def duration(self, value: Value) -> str:
        """A duration in seconds: a number or an expression."""
        if not isinstance(value, ParameterExpression):
            return duration_text(float(value.real))
        text = self.timed(value)
        if text is not None:
            return text
        plain = self.number(value)
        return f"{plain} * 1s" if plain.isidentifier() else f"({plain}) * 1s"

    def timed(self, value: ParameterExpression) -> str | None:
        """The expression as arithmetic on durations, if it is that: ``2.0*tau + 10ns``."""
        try:
            dimension, text = self._timed(ast.parse(self._python(value), mode="eval").body)
        except ValueError:
            return None
        return text if dimension == 1 else None

    def _python(self, value: ParameterExpression) -> str:
        # By position, as the set's id has it, so that terms come in the same order when the text is read.
        text = expression_text(value, {parameter: f"p{place}" for parameter, place in self.places.items()})
        return _POSITION.sub(lambda found: self.names[int(found.group(1))], text)

    def _timed(self, node: ast.expr) -> tuple[int | None, str]:
        """How many durations a term is a product of (``None``: a number, which may stand for any), and its text."""
        if isinstance(node, ast.Name):
            return (1 if node.id in self.durations else 0), node.id
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            return None, repr(node.value)
        if isinstance(node, ast.UnaryOp):
            dimension, text = self._timed(node.operand)
            return dimension, f"-{text}" if isinstance(node.operand, ast.Name | ast.Constant) else f"-({text})"
        if not isinstance(node, ast.BinOp):
            raise ValueError("no arithmetic on durations")
        sides = (self._timed(node.left), self._timed(node.right))
        if isinstance(node.op, ast.Add | ast.Sub):
            return self._timed_sum(node, *sides)
        return _timed_product(node, *sides)

    def _timed_sum(
        self, node: ast.BinOp, left: tuple[int | None, str], right: tuple[int | None, str]
    ) -> tuple[int | None, str]:
        dimension = right[0] if left[0] is None else left[0]
        texts = []
        for side, (own, text) in ((node.left, left), (node.right, right)):
            if own is None and dimension == 1:
                text = duration_text(float(ast.literal_eval(side)))
            elif own != dimension and own is not None:
                raise ValueError("a sum of unlike terms")
            texts.append(text)
        sign = "+" if isinstance(node.op, ast.Add) else "-"
        after = f"({texts[1]})" if isinstance(node.right, ast.BinOp) and sign == "-" else texts[1]
        return dimension, f"{texts[0]} {sign} {after}"


def _timed_product(
    node: ast.BinOp, left: tuple[int | None, str], right: tuple[int | None, str]
) -> tuple[int | None, str]:
    above, below = left[0] or 0, right[0] or 0
    texts = []
    for side, text in ((node.left, left[1]), (node.right, right[1])):
        is_sum = isinstance(side, ast.BinOp) and isinstance(side.op, ast.Add | ast.Sub)
        texts.append(
            f"({text})" if is_sum or (side is node.right and not isinstance(side, ast.Name | ast.Constant)) else text
        )
    is_constant = left[0] is None and right[0] is None
    if isinstance(node.op, ast.Mult) and above + below <= 1:
        return (None if is_constant else above + below), f"{texts[0]}*{texts[1]}"
    if isinstance(node.op, ast.Div) and below <= above:
        return (None if is_constant else above - below), f"{texts[0]}/{texts[1]}"
    raise ValueError("a product of durations, or a power")
