# SPDX-License-Identifier: Apache-2.0
"""The parameter vector: what the circuit's parameters and expressions of them are worth."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray
from qiskit.circuit import CircuitError, Parameter, ParameterExpression

from feedline_hal.errors import PulseError

from .affine import slopes_of

Terms = tuple[complex, tuple[tuple[int, complex], ...]]
"""A constant, and (column of the vector, coefficient) pairs."""


@attrs.frozen(slots=True, eq=False)
class Vector:
    """Parameter values, extended by columns for expressions that are not affine in them.

    Attributes:
        parameters: The circuit's parameters in their order.
        derived: Expressions that have a column of their own, after the parameters.
    """

    parameters: tuple[Parameter, ...]
    derived: tuple[ParameterExpression, ...] = ()

    def extended(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values ``(..., n)`` with the derived columns behind: ``(..., n + n_derived)``.

        Raises:
            PulseError: If an expression is not real or not finite for some values; names it.
        """
        values = np.asarray(values, dtype=np.float64)
        if values.shape[-1:] != (len(self.parameters),):
            raise PulseError(
                f"Parameter values have shape {values.shape}, the program has {len(self.parameters)} parameters.",
                remedy="The last axis holds one number per parameter, in the circuit's order.",
            )
        if not self.derived:
            return values
        flat = values.reshape(-1, len(self.parameters))
        columns = np.empty((len(flat), len(self.derived)))
        for column, expression in enumerate(self.derived):
            columns[:, column] = self._evaluated(expression, flat)
        return np.concatenate([values, columns.reshape(*values.shape[:-1], -1)], axis=-1)

    def _evaluated(self, expression: ParameterExpression, flat: NDArray[np.float64]) -> NDArray[np.float64]:
        """One expression at every point; points that agree in its parameters are computed once."""
        places = [index for index, parameter in enumerate(self.parameters) if parameter in expression.parameters]
        points, inverse = np.unique(flat[:, places], axis=0, return_inverse=True)
        names = [self.parameters[place] for place in places]
        try:
            found = [complex(expression.bind(dict(zip(names, map(float, point), strict=True)))) for point in points]
        except (ArithmeticError, ValueError, TypeError, RuntimeError, CircuitError) as error:
            raise PulseError(f"'{expression}' cannot be computed: {error}", remedy="Check its parameters.") from None
        computed = np.array(found)
        if not np.isfinite(computed).all() or np.abs(computed.imag).max(initial=0.0) > 1e-12:
            raise PulseError(
                f"'{expression}' is {computed[~np.isfinite(computed) | (np.abs(computed.imag) > 1e-12)][0]}.",
                remedy="It must be finite and real for every parameter value.",
            )
        real: NDArray[np.float64] = computed.real[inverse.reshape(-1)]
        return real


@attrs.define(slots=True, eq=False)
class VectorBuilder:
    """Finds the terms of values while a program is lowered; affine ones need no column of their own."""

    parameters: tuple[Parameter, ...]
    _place: dict[Parameter, int] = attrs.field(init=False)
    _derived: dict[ParameterExpression, int] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        """Number the parameters."""
        self._place = {parameter: index for index, parameter in enumerate(self.parameters)}

    def terms(self, value: Any) -> Terms:
        """The value as a constant and terms of the vector.

        Raises:
            PulseError: If it depends on a parameter that is none of the circuit's.
        """
        if isinstance(value, Parameter):
            return 0.0, ((self._index(value, value), 1.0),)
        if not isinstance(value, ParameterExpression):
            return value, ()
        affine = slopes_of(value)
        if affine is None:
            return self._split(value)
        constant, slopes = affine
        return constant, tuple(sorted((self._index(parameter, value), slope) for parameter, slope in slopes.items()))

    def _split(self, value: ParameterExpression) -> Terms:
        """A value that is not affine: a column for its real part, one for its imaginary part if it has one."""
        for parameter in value.parameters:
            self._index(parameter, value)
        if value.is_real() is not False:
            return 0.0, ((self._column(value), 1.0),)
        mirrored = value.conjugate()
        return 0.0, ((self._column((value + mirrored) / 2), 1.0), (self._column((value - mirrored) / 2j), 1j))

    def _column(self, expression: ParameterExpression) -> int:
        return self._derived.setdefault(expression, len(self.parameters) + len(self._derived))

    def vector(self) -> Vector:
        """The vector with the columns that were asked for."""
        return Vector(self.parameters, tuple(self._derived))

    def _index(self, parameter: Parameter, value: Any) -> int:
        place = self._place.get(parameter)
        if place is None:
            raise PulseError(
                f"'{value}' depends on '{parameter.name}', which is no parameter of the circuit.",
                remedy="Bind it, or use a parameter that the circuit has.",
            )
        return place
