# SPDX-License-Identifier: Apache-2.0
"""Binding: parameter values as the columns that Aer takes, whole sweeps at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import CircuitError, Parameter, ParameterExpression


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Binding:
    """How a sweep becomes Aer's ``parameter_binds``.

    Aer evaluates expressions like ``2*t + pi/2`` one point at a time in Python, which takes longer
    than simulating them. Here every expression gets a parameter of its own, and its values come
    from one matrix product.

    Attributes:
        circuit: The circuit with a parameter in place of every expression.
        parameters: The template's ``n`` parameters, in the order of a sweep's last axis.
        affine: The circuit's ``k`` parameters that are affine in those.
        weights, offsets: How: shapes ``(n, k)`` and ``(k,)``.
        curved: Its other parameters, and the expressions that they stand for.
    """

    circuit: QuantumCircuit
    parameters: tuple[Parameter, ...]
    affine: tuple[Parameter, ...]
    weights: NDArray[np.float64]
    offsets: NDArray[np.float64]
    curved: Mapping[Parameter, ParameterExpression]

    def binds(self, points: NDArray[np.float64]) -> dict[Parameter, list[float]]:
        """Values of every parameter of `circuit` at ``points`` of shape ``(m, n)``."""
        columns = (points @ self.weights + self.offsets).T.tolist()
        binds: dict[Parameter, list[float]] = dict(zip(self.affine, columns, strict=True))
        for parameter, expression in self.curved.items():
            places = [(p, i) for i, p in enumerate(self.parameters) if p in expression.parameters]
            binds[parameter] = [float(expression.bind({p: row[i] for p, i in places})) for row in points.tolist()]
        return binds


def binding(circuit: QuantumCircuit) -> Binding:
    """Give every expression of a circuit a parameter of its own.

    The global phase is dropped: it changes no outcome. Circuits with control flow keep their
    expressions, which Aer finds inside the blocks.
    """
    parameters = tuple(circuit.parameters)
    slots: dict[ParameterExpression, Parameter] = {}
    free = circuit.copy_empty_like()
    free.global_phase = 0
    has_blocks = any(instruction.is_control_flow() for instruction in circuit.data)
    for instruction in circuit.data:
        if not has_blocks and any(_is_expression(value) for value in instruction.params):
            operation = instruction.operation.copy()
            operation.params = [_slot(value, slots) for value in instruction.params]
            free.append(instruction.replace(operation=operation))
        else:
            free.append(instruction)
    return _bound(free, parameters, slots)


def _bound(
    free: QuantumCircuit, parameters: tuple[Parameter, ...], slots: Mapping[ParameterExpression, Parameter]
) -> Binding:
    """Tell affine parameters from curved ones."""
    used = set(free.parameters)
    unit = np.eye(len(parameters))
    columns = [(p, unit[i], 0.0) for i, p in enumerate(parameters) if p in used]
    curved: dict[Parameter, ParameterExpression] = {}
    for expression, slot in slots.items():
        weights = _slopes(expression, parameters)
        if weights is None:
            curved[slot] = expression
        else:
            columns.append((slot, weights[:-1], weights[-1]))
    return Binding(
        circuit=free,
        parameters=parameters,
        affine=tuple(parameter for parameter, _, _ in columns),
        weights=np.array([weights for _, weights, _ in columns]).reshape(len(columns), len(parameters)).T,
        offsets=np.array([offset for _, _, offset in columns]),
        curved=curved,
    )


def _slopes(expression: ParameterExpression, parameters: tuple[Parameter, ...]) -> NDArray[np.float64] | None:
    """The constant slopes of an affine expression, then its value at 0; ``None`` for any other."""
    slopes = np.zeros(len(parameters) + 1)
    try:
        for index, parameter in enumerate(parameters):
            if parameter in expression.parameters:
                slope = expression.gradient(parameter)
                if isinstance(slope, ParameterExpression | complex):
                    return None
                slopes[index] = float(slope)
        slopes[-1] = float(expression.bind({parameter: 0.0 for parameter in expression.parameters}))
    except (RuntimeError, CircuitError, ZeroDivisionError, TypeError, ValueError):
        return None  # no derivative, or no value at 0: it is evaluated point by point
    return slopes


def _is_expression(value: Any) -> bool:
    compound = isinstance(value, ParameterExpression) and not isinstance(value, Parameter)
    return compound and bool(value.parameters)


def _slot(value: Any, slots: dict[ParameterExpression, Parameter]) -> Any:
    if not _is_expression(value):
        return value
    return slots.setdefault(value, Parameter(f"feedline slot {len(slots)}"))
