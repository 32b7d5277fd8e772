# SPDX-License-Identifier: Apache-2.0
"""One point of a program's parameters: what tables, pictures and samples are made at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from feedline.errors import nearest
from feedline_hal.errors import PulseError

if TYPE_CHECKING:
    from feedline_hal.lowering.port_program import PortProgram

Values = Mapping[str, float] | Sequence[float] | NDArray[np.float64]
"""Numbers by parameter name, or in the order of the program's parameters."""


def point_of(program: PortProgram, values: Values | None) -> NDArray[np.float64]:
    """The parameter vector of shape ``(n_parameters,)``.

    Args:
        program: Whose parameters.
        values: Numbers by name or in order; ``None`` for a program without parameters.

    Raises:
        PulseError: If a parameter has no value, a value no parameter, or one is not finite.
    """
    point = _by_name(program, values) if isinstance(values, Mapping) else _in_order(program, values)
    for name, number in zip(program.parameters, point, strict=True):
        if not np.isfinite(number):
            raise PulseError(f"Parameter '{name}' is {number:g}.", remedy="Give a finite number.")
    return point


def _by_name(program: PortProgram, values: Mapping[str, float]) -> NDArray[np.float64]:
    for name in values:
        if name not in program.parameters:
            raise PulseError(
                f"Program '{program.name}' has no parameter '{name}'.", remedy=nearest(name, program.parameters)
            )
    lacking = [name for name in program.parameters if name not in values]
    if lacking:
        raise _unbound(program, lacking)
    return np.array([values[name] for name in program.parameters], dtype=np.float64)


def _in_order(program: PortProgram, values: ArrayLike | None) -> NDArray[np.float64]:
    point = np.zeros(0) if values is None else np.asarray(values, dtype=np.float64)
    wanted = len(program.parameters)
    if values is None and wanted:
        raise _unbound(program, program.parameters)
    if point.shape != (wanted,):
        raise PulseError(
            f"Values of shape {point.shape} were given, program '{program.name}' has {wanted} parameters.",
            remedy=f"Give one number for each of: {', '.join(program.parameters) or 'none'}.",
        )
    return point


def _unbound(program: PortProgram, names: Sequence[str]) -> PulseError:
    return PulseError(
        f"Program '{program.name}' needs a value for {', '.join(names)}.",
        remedy=f"Pass values={{{', '.join(f'{name!r}: ...' for name in names)}}}.",
    )
