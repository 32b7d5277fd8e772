# SPDX-License-Identifier: Apache-2.0
"""Binding: parameter values as the columns that Aer takes, whole sweeps at a time."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter, ParameterExpression


@attrs.frozen(slots=True, eq=False)
class Column:
    """What one parameter of the rewritten circuit is, in terms of the template's parameters.

    Attributes:
        parameter: The parameter of the rewritten circuit.
        weights: One weight per template parameter, shape ``(n,)``; ``None`` if it is not affine.
        offset: What is added.
        expression: The expression itself, for those that are not affine.
    """

    parameter: Parameter
    weights: NDArray[np.float64] | None
    offset: float = 0.0
    expression: ParameterExpression | None = None


@attrs.frozen(slots=True, eq=False)
class Binding:
    """How a sweep becomes Aer's ``parameter_binds``.

    Aer evaluates expressions like ``2*t + pi/2`` one point at a time in Python, which takes longer
    than simulating them. Here every expression gets a parameter of its own, and its values come
    from one matrix product.

    Attributes:
        circuit: The circuit with a parameter in place of every expression.
        parameters: The template's parameters, in the order of a sweep's last axis.
        columns: What the circuit's parameters are.
    """

    circuit: QuantumCircuit
    parameters: tuple[Parameter, ...]
    columns: tuple[Column, ...]

    def binds(self, points: NDArray[np.float64]) -> dict[Parameter, list[float]]:
        """Values of every parameter of `circuit` at ``points`` of shape ``(k, n)``."""
        affine = [column for column in self.columns if column.weights is not None]
        binds: dict[Parameter, list[float]] = {}
        if affine:
            weights = np.stack([column.weights for column in affine if column.weights is not None])
            offsets = np.array([column.offset for column in affine])
            values = (points @ weights.T + offsets).T.tolist()
            binds = {column.parameter: row for column, row in zip(affine, values, strict=True)}
        for column in self.columns:
            if column.expression is not None:
                binds[column.parameter] = self._one_by_one(column.expression, points)
        return binds

    def _one_by_one(self, expression: ParameterExpression, points: NDArray[np.float64]) -> list[float]:
        places = [(p, i) for i, p in enumerate(self.parameters) if p in expression.parameters]
        return [float(expression.bind({p: row[i] for p, i in places})) for row in points.tolist()]


def binding(circuit: QuantumCircuit) -> Binding:
    """Give every expression of a circuit a parameter of its own.

    The global phase is dropped: it changes no outcome. Circuits with control flow keep their
    expressions, which Aer finds inside the blocks.
    """
    parameters = tuple(circuit.parameters)
    free = circuit.copy()
    free.global_phase = 0
    if any(instruction.is_control_flow() for instruction in circuit.data):
        return Binding(free, parameters, _plain(free, parameters))
    slots: dict[ParameterExpression, Parameter] = {}
    free = free.copy_empty_like()
    for instruction in circuit.data:
        if any(_is_expression(value) for value in instruction.params):
            operation = instruction.operation.copy()
            operation.params = [_slot(value, slots) for value in instruction.params]
            instruction = instruction.replace(operation=operation)
        free.append(instruction)
    expressions = tuple(_column(parameter, expression, parameters) for expression, parameter in slots.items())
    return Binding(free, parameters, (*_plain(free, parameters), *expressions))


def _is_expression(value: Any) -> bool:
    return isinstance(value, ParameterExpression) and not isinstance(value, Parameter) and bool(value.parameters)


def _slot(value: Any, slots: dict[ParameterExpression, Parameter]) -> Any:
    if not _is_expression(value):
        return value
    return slots.setdefault(value, Parameter(f"slot {len(slots)}"))


def _plain(circuit: QuantumCircuit, parameters: tuple[Parameter, ...]) -> tuple[Column, ...]:
    """Columns of the parameters that stand in the circuit as they are."""
    used = set(circuit.parameters)
    unit = np.eye(len(parameters))
    return tuple(Column(p, unit[i]) for i, p in enumerate(parameters) if p in used)


def _column(slot: Parameter, expression: ParameterExpression, parameters: tuple[Parameter, ...]) -> Column:
    weights = np.zeros(len(parameters))
    for index, parameter in enumerate(parameters):
        if parameter in expression.parameters:
            slope = expression.gradient(parameter)
            if isinstance(slope, ParameterExpression) or isinstance(slope, complex):
                return Column(slot, None, expression=expression)
            weights[index] = float(slope)
    offset = float(expression.bind({parameter: 0.0 for parameter in expression.parameters}))
    return Column(slot, weights, offset)
