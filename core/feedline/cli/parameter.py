# SPDX-License-Identifier: Apache-2.0
"""Parameter values as people write them: ``theta=0.3``, ``phi=-pi/2``, ``theta=0:pi:21``."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline.errors import InputError, nearest

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?"
_VALUE = re.compile(rf"([+-]?)(?:({_NUMBER})(?:\*?(pi|π))?|(pi|π))(?:/({_NUMBER}))?", re.IGNORECASE)
_EXAMPLE = "Write --param theta=0.3, --param theta=-pi/2, or a sweep of 21 points as --param theta=0:pi:21."

MOST_POINTS = 1_000_000
"""Points that the grid of all sweeps may have."""


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Binding:
    """What ``--param`` says of one circuit.

    Attributes:
        values: Shape ``(*sweep, n_parameters)``, in the order of ``circuit.parameters``.
        names: Names of the swept parameters, one per sweep axis.
        grids: Their values, one array per sweep axis.
    """

    values: NDArray[np.float64]
    names: tuple[str, ...] = ()
    grids: tuple[NDArray[np.float64], ...] = ()

    def point(self, index: tuple[int, ...]) -> dict[str, float]:
        """Values of the swept parameters at a point of the sweep."""
        return {name: float(grid[i]) for name, grid, i in zip(self.names, self.grids, index, strict=True)}


def parse_parameters(texts: Sequence[str]) -> dict[str, NDArray[np.float64]]:
    """Read ``name=value`` and ``name=start:stop:points``.

    Returns:
        By name, an array of shape ``()`` or, for a sweep, ``(points,)``.

    Raises:
        InputError: If one cannot be read, a name comes twice, or the sweeps have too many points.
    """
    points = 1
    out: dict[str, NDArray[np.float64]] = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not (name and equals and value):
            raise InputError(f"--param '{text}' is not name=value.", remedy=_EXAMPLE)
        if name in out:
            raise InputError(f"--param '{name}' is given twice.", remedy="Give each parameter once.")
        points *= _points(value)
        if points > MOST_POINTS:
            made = f"{points:,}" if points < 10**15 else "far more than a million"
            raise InputError(
                f"--param '{text[:80]}' makes the sweep one of {made} points.",
                remedy=f"All sweeps together may have {MOST_POINTS:,} points; several of them make a grid.",
            )
        out[name] = _values(text, value)
    return out


def bind(circuit: QuantumCircuit, given: dict[str, NDArray[np.float64]]) -> Binding:
    """Arrange values for a circuit; sweeps of several parameters make a grid, in the order given.

    Raises:
        InputError: If a parameter has no value, or a value no parameter.
    """
    names = [parameter.name for parameter in circuit.parameters]
    for name in given:
        if name not in names:
            raise InputError(
                f"Circuit '{circuit.name}' has no parameter '{name}'.",
                remedy=nearest(name, names) if names else "It has no parameters; leave --param out.",
            )
    lacking = [name for name in names if name not in given]
    if lacking:
        raise InputError(
            f"Circuit '{circuit.name}' needs a value for {', '.join(lacking)}.",
            remedy="Add " + " ".join(f"--param {name}=VALUE" for name in lacking) + ".",
        )
    swept = tuple(name for name, value in given.items() if value.ndim)
    grids = tuple(given[name] for name in swept)
    columns = dict(zip(swept, np.meshgrid(*grids, indexing="ij"), strict=True))
    values = np.empty((*(len(grid) for grid in grids), len(names)))
    for column, name in enumerate(names):
        values[..., column] = columns.get(name, given[name])
    return Binding(values=values, names=swept, grids=grids)


def _points(value: str) -> int:
    """Points of a sweep, before any of them is made; 1 if it is none."""
    parts = value.split(":")
    number = parts[-1].strip()
    if len(parts) != 3 or not number.isdecimal():
        return 1
    return 10**18 if len(number.lstrip("0")) > 18 else max(1, int(number))


def _values(text: str, value: str) -> NDArray[np.float64]:
    parts = value.split(":")
    if len(parts) == 1:
        return np.array(_number(text, value))
    if len(parts) == 3 and parts[2].strip().isdecimal() and int(parts[2]) > 0:
        return np.linspace(_number(text, parts[0]), _number(text, parts[1]), int(parts[2]))
    raise InputError(f"--param '{text}' is not a sweep: start:stop:points.", remedy=_EXAMPLE)


def _number(text: str, value: str) -> float:
    """A number, or a multiple or fraction of pi."""
    found = _VALUE.fullmatch(value.replace(" ", ""))
    if found is None:
        raise InputError(f"--param '{text}': '{value}' is not a number.", remedy=_EXAMPLE)
    sign, factor, times_pi, pi, divisor = found.groups()
    number = float(factor or 1) * (math.pi if times_pi or pi else 1)
    if divisor and float(divisor) == 0:
        raise InputError(f"--param '{text}' divides by zero.", remedy=_EXAMPLE)
    number = number / float(divisor or 1) * (-1 if sign == "-" else 1)
    if not math.isfinite(number):
        raise InputError(f"--param '{text}' is not finite.", remedy="Use a number that a float can hold.")
    return number
