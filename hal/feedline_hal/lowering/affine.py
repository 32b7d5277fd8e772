# SPDX-License-Identifier: Apache-2.0
"""Is a value affine in its parameters?"""

from __future__ import annotations

import cmath

from qiskit.circuit import CircuitError, Parameter, ParameterExpression


def slopes_of(value: ParameterExpression) -> tuple[complex, dict[Parameter, complex]] | None:
    """The constant of an expression and its slope in each parameter; ``None`` if it is not affine.

    What has no derivative (``sign``), or no value where all parameters are 0, counts as not affine.
    """
    slopes: dict[Parameter, complex] = {}
    try:
        for parameter in value.parameters:
            slope = value.gradient(parameter)
            if isinstance(slope, ParameterExpression):
                if slope.parameters:
                    return None
                slope = slope.numeric()
            slopes[parameter] = complex(slope)
        constant = complex(value.bind(dict.fromkeys(value.parameters, 0.0)))
    except (ArithmeticError, ValueError, RuntimeError, CircuitError):
        return None
    return (constant, slopes) if all(map(cmath.isfinite, (constant, *slopes.values()))) else None
