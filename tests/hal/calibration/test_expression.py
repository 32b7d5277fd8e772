# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import cmath
import math
import operator
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from qiskit.circuit import Parameter, ParameterExpression

from feedline_hal.calibration.expression import expression_text, parse_expression
from feedline_hal.errors import CalibrationError

A, B = Parameter("a"), Parameter("b")
NAMES = {A: "a", B: "b"}
AT = {A: 0.37, B: 0.81}
WORDS = ("arcsin", "arccos", "arctan", "sin", "cos", "tan", "exp", "log", "abs", "conjugate")

leaves = st.one_of(
    st.sampled_from([A, B]),
    st.floats(-4, 4).filter(lambda value: abs(value) > 1e-3),
    st.sampled_from([1e-9, 5.1e9, 0.5j, 1 - 2j, math.pi]),
)


OPERATORS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "**": operator.pow}


def _join(parts: tuple[str, Any, Any]) -> Any:
    sign, left, right = parts
    try:
        return OPERATORS[sign](left, right)
    except ArithmeticError:
        return left


def _apply(parts: tuple[str, Any]) -> Any:
    word, inside = parts
    return getattr(inside, word)() if isinstance(inside, ParameterExpression) else inside


expressions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from("+-*/"), inner, inner).map(_join),
        st.tuples(st.sampled_from(WORDS), inner).map(_apply),
        st.tuples(st.just("**"), inner, st.sampled_from([2, 3, -1, 0.5])).map(_join),
        inner.map(lambda value: -value),
    ),
    max_leaves=5,
).filter(lambda value: isinstance(value, ParameterExpression) and bool(value.parameters))


def value_of(expression: Any) -> complex:
    if not isinstance(expression, ParameterExpression):
        return complex(expression)
    return complex(expression.bind({item: AT[item] for item in expression.parameters}).numeric())


@given(expressions)
@settings(max_examples=50, deadline=None)
def test_expression_reads_as_the_same_function_and_is_written_alike(expression: ParameterExpression) -> None:
    try:
        want = value_of(expression)
        text = expression_text(expression, NAMES)
    except (RuntimeError, ZeroDivisionError, CalibrationError):
        assume(False)
    again = parse_expression(text, {"a": A, "b": B})
    assume(1e-6 < abs(want) < 1e6)  # beyond, Qiskit's own rounding of sums shows
    assert cmath.isclose(value_of(again), want, rel_tol=1e-6)
    assert expression_text(again, NAMES) == text


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (A, "a"),
        (2 * A, "2.0*a"),
        (0.5 + A * 1e-9, "0.5 + 1e-09*a"),
        (-(A + B), "-a - b"),
        ((A - B) / 2, "(a - b)*0.5"),
        (A**2 / (A * B), "a**2.0/a/b"),
        (A.sin() + A.arctan(), "atan(a) + sin(a)"),
        (1j * A, "1.0j*a"),
        (0.25, "0.25"),
    ],
)
def test_text_is_readable(expression: Any, text: str) -> None:
    assert expression_text(expression, NAMES) == text


def test_divisor_with_a_sign_keeps_its_product() -> None:
    """Qiskit prints ``a / (-(a * b))`` like ``a / -a * b``; the text does not take one for the other."""
    for expression in (0.5 / (-(A * B)), (0.5 / (-A)) * B):
        again = parse_expression(expression_text(expression, NAMES), {"a": A, "b": B})
        assert value_of(again) == pytest.approx(value_of(expression))


def test_negated_power_of_a_complex_number_is_refused_rather_than_guessed() -> None:
    with pytest.raises(CalibrationError, match=r"cannot be written as text.\n  -> .*exp and log"):
        expression_text(-((1 + 2j) ** A), NAMES)


def test_names_of_parameters_change_nothing_but_the_names() -> None:
    late, early = Parameter("zeta"), Parameter("alpha")
    one = expression_text((late + early) * late.sin(), {late: "p0", early: "p1"})
    other = expression_text((A + B) * A.sin(), {A: "p0", B: "p1"})
    assert one == other


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("__import__('os').system('true')", "Call is not in the grammar"),
        ("a.b", "Attribute is not in the grammar"),
        ("c + 1", "there is no parameter 'c'"),
        ("sin(a, b)", "sin takes one argument"),
        ("a if b else 1", "IfExp is not in the grammar"),
        ("True", "Constant is not in the grammar"),
        ("a +", "it is no expression"),
        ("9.0**9.0**9.0", "Numerical result out of range"),
        ("1/0", "division by zero"),
        ("lambda: 1", "Lambda is not in the grammar"),
        ("(" * 5000 + "a" + ")" * 5000, "'\\(\\(\\("),
        ("a" * 30_000, "it is too long"),
    ],
)
def test_text_outside_the_grammar_is_refused(text: str, reason: str) -> None:
    with pytest.raises(CalibrationError, match=reason) as error:
        parse_expression(text, {"a": A, "b": B})
    assert "-> Use numbers, a, b, + - * / ** and abs, acos" in str(error.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [("sqrt(4)", 2.0), ("sign(-3)", -1.0), ("conj(1+2j)", 1 - 2j), ("abs(-2)", 2.0), ("cos(0)*2**3 - +1", 7.0)],
)
def test_text_without_parameters_is_a_number(text: str, value: complex) -> None:
    assert parse_expression(text, {}) == value
