# SPDX-License-Identifier: Apache-2.0
"""Values of pulses: numbers, or Qiskit parameter expressions that become numbers later."""

from __future__ import annotations

import cmath
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from qiskit.circuit import CircuitError, ParameterExpression

from feedline_hal.errors import PulseError

if TYPE_CHECKING:
    from qiskit.circuit import Parameter

Value: TypeAlias = float | complex | ParameterExpression
"""A number, or an expression of parameters. Amplitudes may be complex, everything else is real."""


def parameters_of(value: Any) -> frozenset[Parameter]:
    """The parameters that a value still depends on."""
    return frozenset(value.parameters) if isinstance(value, ParameterExpression) else frozenset()


def bound(value: Value, values: Mapping[Parameter, Any]) -> Value:
    """The value with parameters replaced, by numbers or by other expressions; a number when none is left.

    Raises:
        PulseError: If a number is not finite, or the expression has no value there.
    """
    if not isinstance(value, ParameterExpression):
        return value
    known = {parameter: values[parameter] for parameter in value.parameters if parameter in values}
    if not known:
        return plain(value)
    numbers = {
        parameter: check_value(f"Parameter '{parameter.name}'", new, is_complex=True)
        for parameter, new in known.items()
        if not isinstance(new, ParameterExpression)
    }
    others = {parameter: new for parameter, new in known.items() if parameter not in numbers}
    # Numbers first and expressions at once, so that parameters that trade places do not meet half-way.
    try:
        value = value.bind(numbers) if numbers else value
        return plain(value.subs(others) if others else value)
    except (ArithmeticError, ValueError, CircuitError) as error:
        names = ", ".join(f"{parameter.name} = {new}" for parameter, new in known.items())
        raise PulseError(f"{value} has no value at {names}: {error}", remedy="Bind other values.") from None


def plain(value: Any) -> Value:
    """The value as a Python number if it depends on nothing."""
    if isinstance(value, ParameterExpression):
        if value.parameters:
            return value
        value = value.numeric()
    if isinstance(value, complex):
        return value.real if value.imag == 0 else value
    return float(value)


def total(values: Sequence[Value]) -> Value:
    """The sum, rounded once if all are real numbers: parts of a waveform last as long together in any order."""
    if all(isinstance(value, int | float) for value in values):
        return math.fsum(values)  # type: ignore[arg-type]
    return plain(sum(values[1:], start=values[0]))


def check_value(what: str, value: Any, *, is_complex: bool = False, unit: str = "") -> Value:
    """Refuse what is no finite number and no expression.

    Args:
        what: Names it in the error: ``"frame 'q0': frequency_hz"``.
        value: A number (NumPy's too) or a Qiskit parameter expression.
        is_complex: Whether it may be complex.
        unit: Named in the error.

    Raises:
        PulseError: If it is text, nan, infinite, or complex where it must be real.
    """
    if type(value) is float and math.isfinite(value):
        return value
    if isinstance(value, ParameterExpression):
        if value.parameters:
            return value
        value = value.numeric()
    try:
        if isinstance(value, str | bytes | bool | np.bool_) or np.ndim(value):
            raise TypeError  # float("1") and complex("1") would take them
        number = complex(value)
    except (TypeError, ValueError):
        kind = "a complex number" if is_complex else "a number"
        raise PulseError(
            f"{what} is {value!r}, which is not {kind}.", remedy=f"Give {kind}{_in(unit)} or a Qiskit Parameter."
        ) from None
    if not cmath.isfinite(number):
        raise PulseError(f"{what} is {value!r}.", remedy=f"Give a finite number{_in(unit)}.")
    if number.imag and not is_complex:
        raise PulseError(f"{what} is {value!r}, which is complex.", remedy=f"Give a real number{_in(unit)}.")
    return number if number.imag else number.real


def check_duration(what: str, value: Any) -> Value:
    """A duration in seconds: a finite number of at least 0, or an expression."""
    checked = check_value(what, value, unit="seconds")
    if not isinstance(checked, ParameterExpression) and checked.real < 0:
        raise PulseError(f"{what} is {value!r} s.", remedy="Give a duration of at least 0 seconds.")
    return checked


def check_name(what: str, name: Any) -> str:
    """Refuse a name that OpenPulse text could not hold."""
    if isinstance(name, str) and name.isidentifier():
        return str(name)
    raise PulseError(
        f"{what} is {name!r}, which is no identifier.", remedy="Use letters, digits and underscores: 'q0_drive'."
    )


def settle(record: object, **fields: Any) -> None:
    """Put checked values into a frozen record; for its constructor only.

    Checked values are Python's own numbers, so that equal records hash alike and can be written as JSON.
    """
    for name, value in fields.items():
        object.__setattr__(record, name, value)


def number(value: Value, what: str) -> float:
    """The value as a real number.

    Raises:
        PulseError: If parameters are left unbound; names them.
    """
    if type(value) is float:
        return value
    real = complex_number(value, what)
    if not math.isclose(real.imag, 0.0, abs_tol=1e-15):
        raise PulseError(f"{what} is {real}, which is complex.", remedy="It must be real.")
    return real.real


def complex_number(value: Value, what: str) -> complex:
    """The value as a complex number.

    Raises:
        PulseError: If parameters are left unbound; names them.
    """
    free = sorted(parameter.name for parameter in parameters_of(value))
    if free:
        raise PulseError(f"{what} still depends on {', '.join(free)}.", remedy="Bind the parameters first.")
    return complex(value)


def _in(unit: str) -> str:
    return f" in {unit}" if unit else ""
