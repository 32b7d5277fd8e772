# SPDX-License-Identifier: Apache-2.0
"""Parameter expressions as text and back, without ``eval``: a small grammar that is walked node by node.

The text is Python's: numbers (``2.5e-09``, ``0.5j``), names, ``+ - * / **``, parentheses, and the functions
``sin cos tan asin acos atan exp log sqrt abs conj sign`` of one argument. Sums and products are written in
an order of their own, so that expressions that differ in the names of parameters only give the same text.
"""

from __future__ import annotations

import ast
import cmath
import functools
import math
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from qiskit.circuit import Parameter, ParameterExpression

from feedline_hal.errors import CalibrationError
from feedline_hal.pulse.value import Value, plain

_LONGEST = 20_000
_ROUNDS = 16
_COMPLEX = re.compile(r"(?<![\w.])(-?\d+(?:\.\d+)?[+-]\d+(?:\.\d+)?)i\b")
_IMAGINARY = re.compile(r"(?<=\d)i\b")
_SCALED = re.compile(r"(\d+(?:\.\d+)?)\*(p\d+)")
_METHODS = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "conj": "conjugate"}
_FUNCTIONS = frozenset({"sin", "cos", "tan", "asin", "acos", "atan", "exp", "log", "sqrt", "abs", "conj", "sign"})
_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(5)


def expression_text(value: Value, names: Mapping[Parameter, str]) -> str:
    """Write an expression in the grammar above.

    Args:
        value: A number or an expression.
        names: What its parameters are called in the text.

    Raises:
        CalibrationError: If no text stands for it (Qiskit prints powers of complex numbers ambiguously).
    """
    value = plain(value)
    if not isinstance(value, ParameterExpression):
        return _number_text(value)
    if isinstance(value, Parameter):
        return names[value]
    order = sorted(value.parameters, key=lambda parameter: names[parameter])
    placed = value.subs({parameter: _position(index) for index, parameter in enumerate(order)})
    printed = str(placed)
    text = _canonical(printed)
    if _is_ambiguous(printed) and not _agree(placed, text):
        text = _canonical(printed, is_wide=True)
        if not _agree(placed, text):
            raise CalibrationError(
                f"The expression {value} cannot be written as text.",
                remedy="Write divisors without a sign, and powers of complex numbers with exp and log.",
            )
    return re.sub(r"\bp(\d+)\b", lambda found: names[order[int(found.group(1))]], text)


def parse_expression(text: str, names: Mapping[str, Parameter]) -> Value:
    """Read text in the grammar above.

    Args:
        text: The text.
        names: The parameters that it may name.

    Raises:
        CalibrationError: If it is not in the grammar.
    """
    try:
        if len(text) > _LONGEST:
            raise ValueError("it is too long")
        tree = ast.parse(text.strip(), mode="eval")
        return plain(_built(tree.body, names))
    except (SyntaxError, ValueError, ArithmeticError, TypeError, RuntimeError, MemoryError) as error:
        shown = text if len(text) <= 60 else f"{text[:57]}..."
        reason = "it is no expression" if isinstance(error, SyntaxError) else str(error) or type(error).__name__
        raise CalibrationError(
            f"'{shown}' cannot be read as an expression: {reason}.",
            remedy=f"Use numbers, {', '.join(names) or 'no names'}, + - * / ** and {', '.join(sorted(_FUNCTIONS))}.",
        ) from None


@functools.cache
def _position(index: int) -> Parameter:
    return Parameter(f"p{index}")


@functools.lru_cache(maxsize=16_384)
def _canonical(printed: str, is_wide: bool = False) -> str:
    """Text that reads as an expression which prints as this text again, whatever came first.

    Qiskit simplifies while it builds, so one round need not be the last; of a cycle, the first by alphabet.
    """
    scaled = _SCALED.fullmatch(printed)
    if scaled is not None:  # by far the most common; already as it is written
        return f"{float(scaled.group(1))!r}*{scaled.group(2)}"
    indices = sorted({int(index) for index in re.findall(r"\bp(\d+)\b", printed)})
    spares = {f"p{index}": Parameter(f"spare{index}") for index in indices}
    seen: list[str] = []
    text = _ordered(printed, is_wide)
    while text not in seen and len(seen) < _ROUNDS:
        seen.append(text)
        again = parse_expression(text, spares)
        if not isinstance(again, ParameterExpression):
            return _number_text(again)
        there = {spare: _position(index) for index, spare in zip(indices, spares.values(), strict=True)}
        text = _ordered(str(again.subs({spare: there[spare] for spare in again.parameters})))
    return min(seen[seen.index(text) :]) if text in seen else text


def _is_ambiguous(printed: str) -> bool:
    """Whether Qiskit prints other expressions alike: ``-z**x`` of complex z, and ``a/-b*c`` for ``a/(-(b*c))``."""
    return "/-" in printed or ("**" in printed and _IMAGINARY.search(printed) is not None)


def _agree(value: Any, text: str) -> bool:
    """Whether the text has the expression's value at a place of no special meaning."""
    parameters = {parameter.name: parameter for parameter in value.parameters}
    again = parse_expression(text, parameters)
    at = {parameter: 0.3719 + 0.2113 * index for index, parameter in enumerate(parameters.values())}
    try:
        want = complex(value.bind(at).numeric())
        if isinstance(again, ParameterExpression):
            again = again.bind({parameter: at[parameter] for parameter in again.parameters}).numeric()
    except (ArithmeticError, RuntimeError):
        return False
    return cmath.isclose(want, complex(again), rel_tol=1e-9, abs_tol=1e-15)


def _ordered(printed: str, is_wide: bool = False) -> str:
    """What Qiskit prints, as Python text with sums and products in order.

    With `is_wide`, what follows ``/-`` in a product is all below the line.
    """
    text = _IMAGINARY.sub("j", _COMPLEX.sub(r"(\1i)", printed))
    tree = ast.parse(text, mode="eval")
    return _written((_Widened().visit(tree) if is_wide else tree).body)[0]


class _Widened(ast.NodeTransformer):
    """Reads ``a/-b*c`` as ``a/(-(b*c))``."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        """Move what follows a negated divisor into it."""
        self.generic_visit(node)
        left = node.left
        if isinstance(node.op, ast.Mult | ast.Div) and isinstance(left, ast.BinOp) and isinstance(left.op, ast.Div):
            below = left.right
            if isinstance(below, ast.UnaryOp) and not isinstance(below.operand, ast.Constant):
                inside = ast.BinOp(below.operand, node.op, node.right)
                return ast.BinOp(left.left, left.op, ast.UnaryOp(below.op, inside))
        return node


def _written(node: ast.expr) -> tuple[str, int]:
    """Text of a node, and how tightly it binds."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        terms = sorted(_terms(node, 1))
        text = "".join(f" {sign} {term}" for term, sign in terms)
        return (text[3:] if terms[0][1] == "+" else f"-{text[3:]}"), _SUM
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        sign, text = _product(node)
        return (text, _PRODUCT) if sign > 0 else (f"-{text}", _SUM)
    if isinstance(node, ast.BinOp):
        return f"{_tight(node.left, _ATOM)}**{_tight(node.right, _ATOM)}", _POWER
    if isinstance(node, ast.UnaryOp):
        if isinstance(node.operand, ast.Constant):
            return _number_text(-node.operand.value), _SIGN  # type: ignore[operator]  # a number
        return f"-{_tight(node.operand, _POWER)}", _SIGN
    if isinstance(node, ast.Call):
        return f"{node.func.id}({_written(node.args[0])[0]})", _ATOM  # type: ignore[attr-defined]  # Qiskit's own
    if isinstance(node, ast.Constant):
        return _number_text(node.value), _ATOM
    return ast.unparse(node), _ATOM


def _terms(node: ast.expr, sign: int) -> list[tuple[str, str]]:
    """Terms of a sum and their signs."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        right = sign if isinstance(node.op, ast.Add) else -sign
        return [*_terms(node.left, sign), *_terms(node.right, right)]
    if isinstance(node, ast.UnaryOp):
        return _terms(node.operand, -sign)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        own, text = _product(node)
        return [(text, "+" if sign * own > 0 else "-")]
    return [(_tight(node, _PRODUCT), "+" if sign > 0 else "-")]


def _product(node: ast.expr) -> tuple[int, str]:
    """A product's sign, and its text without: Qiskit prints signs below the line in a way that reads otherwise."""
    sign = 1
    above: list[str] = []
    below: list[str] = []
    for factor, is_above in _factors(node, True):
        while isinstance(factor, ast.UnaryOp):
            sign, factor = -sign, factor.operand
        (above if is_above else below).append(_tight(factor, _POWER))
    return sign, "*".join(sorted(above) or ["1.0"]) + "".join(f"/{text}" for text in sorted(below))


def _factors(node: ast.expr, is_above: bool) -> list[tuple[ast.expr, bool]]:
    """Factors of a product, and whether they stand above the line."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        right = is_above if isinstance(node.op, ast.Mult) else not is_above
        return [*_factors(node.left, is_above), *_factors(node.right, right)]
    return [(node, is_above)]


def _tight(node: ast.expr, least: int) -> str:
    text, binding = _written(node)
    return text if binding >= least else f"({text})"


def _number_text(value: Any) -> str:
    number = complex(value)
    if number.imag == 0:
        return repr(number.real + 0.0)
    return f"{number.imag!r}j" if number.real == 0 else f"({number.real!r}{'+-'[number.imag < 0]}{abs(number.imag)!r}j)"


def _built(node: ast.AST, names: Mapping[str, Parameter]) -> Any:
    """The value of a node; nodes that are not in the grammar are refused."""
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_built(node.left, names), _built(node.right, names))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        inside = _built(node.operand, names)
        return -inside if isinstance(node.op, ast.USub) else inside
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _FUNCTIONS:
        if len(node.args) != 1 or node.keywords:
            raise ValueError(f"{node.func.id} takes one argument")
        return _applied(node.func.id, _built(node.args[0], names))
    if isinstance(node, ast.Name):
        if node.id not in names:
            raise ValueError(f"there is no parameter '{node.id}'")
        return names[node.id]
    if isinstance(node, ast.Constant) and type(node.value) in (int, float, complex):
        return node.value if isinstance(node.value, complex) else float(node.value)  # type: ignore[arg-type]  # a number
    raise ValueError(f"{type(node).__name__} is not in the grammar")


def _applied(name: str, operand: Any) -> Any:
    """A function of a number or an expression."""
    if isinstance(operand, ParameterExpression):
        return operand**0.5 if name == "sqrt" else getattr(operand, _METHODS.get(name, name))()
    if name == "conj":
        return operand.conjugate()
    if name == "abs":
        return abs(operand)
    if name == "sign":
        return math.copysign(1.0, operand) if operand else 0.0
    return plain(getattr(cmath, name)(operand))
