# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import fractions
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.circuit import Parameter

from feedline_hal.errors import PulseError
from feedline_hal.pulse.value import bound, check_duration, check_name, check_value, complex_number, number, plain

A, B = Parameter("a"), Parameter("b")


@pytest.mark.parametrize("value", [2, np.float32(2), np.int64(2), np.array(2.0), fractions.Fraction(2), 2 + 0j])
def test_numbers_of_any_kind_become_pythons_own(value: Any) -> None:
    checked = check_value("x", value)
    assert (checked, type(checked)) == (2.0, float)


def test_a_complex_number_stays_complex_where_it_may() -> None:
    assert check_value("x", np.complex64(1 + 2j), is_complex=True) == 1 + 2j
    with pytest.raises(PulseError, match=r"x is 2j, which is complex.\n  -> Give a real number in Hz"):
        check_value("x", 2j, unit="Hz")


@pytest.mark.parametrize("value", ["1", b"1", True, np.True_, None, [1.0], np.array([1.0]), object])
def test_what_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(PulseError, match=r"x is .*, which is not a number.\n  -> Give a number or a Qiskit Parameter"):
        check_value("x", value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -np.inf, np.float64("nan"), complex(0, float("inf"))])
def test_what_is_not_finite_is_refused(value: Any) -> None:
    with pytest.raises(PulseError, match=r"x is .*\n  -> Give a finite number in seconds"):
        check_value("x", value, unit="seconds", is_complex=True)


def test_an_expression_that_depends_on_nothing_becomes_a_number() -> None:
    expression = A.bind({A: 1.5})
    assert type(check_value("x", expression)) is float
    assert type(plain(expression)) is float
    assert check_value("x", A * 2) == A * 2


def test_an_expression_bound_to_a_complex_number_is_refused_where_it_must_be_real() -> None:
    with pytest.raises(PulseError, match="which is complex"):
        check_value("x", (A * 2j).bind({A: 1.0}))


def test_negative_durations_are_refused() -> None:
    with pytest.raises(PulseError, match=r"d is -1e-09 s.\n  -> Give a duration of at least 0 seconds"):
        check_duration("d", -1e-9)


@pytest.mark.parametrize("name", ["", "1q", "q-0", "q 0", 3, None])
def test_a_name_that_is_no_identifier_is_refused(name: Any) -> None:
    with pytest.raises(PulseError, match=r"port: name is .*, which is no identifier.\n  -> Use letters"):
        check_name("port: name", name)


def test_an_unbound_number_names_its_parameters() -> None:
    with pytest.raises(PulseError, match=r"x still depends on a, b.\n  -> Bind the parameters first"):
        number(A + B, "x")
    with pytest.raises(PulseError, match="x still depends on a"):
        complex_number(A, "x")
    with pytest.raises(PulseError, match=r"x is 1j, which is complex.\n  -> It must be real"):
        number(1j, "x")


@given(st.floats(-5, 5), st.floats(-5, 5))
@settings(max_examples=30, deadline=None)
def test_binding_gives_the_value_of_the_expression(a: float, b: float) -> None:
    value = bound(A + 2 * B * A, {A: a, B: b, Parameter("other"): 1.0})
    assert value == pytest.approx(a + 2 * b * a)
    assert type(value) is float


def test_parameters_can_trade_places() -> None:
    assert bound(A + 2 * B, {A: B, B: A}) == B + 2 * A
    assert bound(A + 2 * B, {A: 1.0, B: A}) == 1.0 + 2 * A


def test_binding_other_parameters_changes_nothing() -> None:
    assert bound(A, {B: 1.0}) == A
    assert bound(0.5, {B: 1.0}) == 0.5


def test_binding_where_an_expression_has_no_value_is_refused() -> None:
    with pytest.raises(PulseError, match=r"Parameter 'a' is nan.\n  -> Give a finite number"):
        bound(A * 2, {A: float("nan")})
    with pytest.raises(PulseError, match=r"1/a has no value at a = 0: .*\n  -> Bind other values"):
        bound(1 / A, {A: 0})
    with pytest.raises(PulseError, match=r"no value at a = b: .*Name conflict"):
        bound(A + Parameter("b"), {A: Parameter("b")})
