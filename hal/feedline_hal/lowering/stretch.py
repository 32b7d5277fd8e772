# SPDX-License-Identifier: Apache-2.0
"""Stretches: delays that take what time is left.

A stretch is at least 0, and next to one a qubit does not idle by itself. Within that, a block is made as short
as it can be; then the shortest stretch as long as it can be, so that time is shared out evenly; then the sum of
all as small as it can be. Values are rounded down to the grid, and what is left over is idle time.

Source: OpenQASM 3 specification, "Types and Casting", section "Duration and stretch types".
"""

from __future__ import annotations

import math
from typing import Any, Protocol

import attrs
import numpy as np
from numpy.typing import NDArray
from qiskit.circuit import Duration
from qiskit.circuit.classical import expr

from feedline.errors import CapabilityError
from feedline_hal.errors import PulseError
from feedline_hal.grid import Grid

from .isa import BARRIER, DELAY, Operations, Use

_SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "ps": 1e-12}


class Clocked(Protocol):
    """Knows how long operations last."""

    @property
    def grid(self) -> Grid:
        """The device's clock."""

    def duration_ticks(self, use_index: int, arguments: tuple[Any, ...]) -> int:
        """Duration of an operation that is no stretch."""


def has_stretch(operations: Operations, uses: tuple[Use, ...]) -> bool:
    """Whether a delay's duration is a stretch, or an expression with one."""
    delays = {index for index, use in enumerate(uses) if use.kind == DELAY}
    return bool(delays) and any(
        isinstance(arguments[0], expr.Expr)
        for index, arguments in zip(operations.use, operations.arguments, strict=True)
        if index in delays
    )


def resolved(
    operations: Operations, uses: tuple[Use, ...], clocked: Clocked, *, length_ticks: int | None = None
) -> Operations:
    """Operations with every stretch replaced by a duration.

    Args:
        operations: Of one block.
        uses: The program's.
        clocked: Says how long everything else lasts.
        length_ticks: How long the whole must last; as short as can be without.

    Raises:
        PulseError: If no values of the stretches fit.
        CapabilityError: If a duration is no sum of stretches and numbers.
    """
    problem = _Problem.of(operations, uses, clocked, length_ticks)
    values = problem.solved()
    step = clocked.grid.pulse_alignment_ticks
    arguments = list(operations.arguments)
    for index, (constant, terms) in problem.stretched.items():
        ticks = constant + sum(factor * values[name] for name, factor in terms.items())
        whole = math.floor(ticks / step + 1e-3) * step  # the solver leaves some 1e-6 ticks
        if whole < 0:
            raise PulseError(
                f"A delay with a stretch comes out at {whole} ticks.", remedy="Leave more time, or shift it less."
            )
        arguments[index] = (whole * clocked.grid.dt_s,)
    return attrs.evolve(operations, arguments=arguments)


@attrs.frozen(kw_only=True, slots=True, eq=False)
class _Problem:
    """A linear program over the starts of operations, the stretches, and the length of the block.

    Attributes:
        stretched: Duration of each delay with stretches: a constant and factors by stretch, in ticks.
        names: The stretches.
        rows: Constraints ``row . x <= limit``.
        equal: Constraints ``row . x = limit``.
        starts: How many operations there are.
    """

    stretched: dict[int, tuple[float, dict[Any, float]]]
    names: list[Any]
    rows: list[tuple[dict[int, float], float]]
    equal: list[tuple[dict[int, float], float]]
    starts: int

    @classmethod
    def of(cls, operations: Operations, uses: tuple[Use, ...], clocked: Clocked, length_ticks: int | None) -> _Problem:
        stretched = {
            index: _terms(arguments[0], clocked.grid)
            for index, arguments in enumerate(operations.arguments)
            if uses[operations.use[index]].kind == DELAY and isinstance(arguments[0], expr.Expr)
        }
        names = list(dict.fromkeys(name for _, terms in stretched.values() for name in terms))
        problem = cls(stretched=stretched, names=names, rows=[], equal=[], starts=len(operations))
        fixed = {
            index: 0 if uses[use].kind == BARRIER else clocked.duration_ticks(use, operations.arguments[index])
            for index, use in enumerate(operations.use)
            if index not in stretched
        }
        last: dict[int, int] = {}
        for index, use in enumerate(operations.use):
            for qubit in uses[use].qubits:
                problem.follow(last.get(qubit), index, fixed)
                last[qubit] = index
        for before in last.values():
            problem.follow(before, None, fixed)
        if length_ticks is not None:
            problem.equal.append(({problem.end: 1.0}, float(length_ticks)))
        return problem

    @property
    def end(self) -> int:
        """Column of the length of the block."""
        return self.starts + len(self.names)

    def follow(self, before: int | None, after: int | None, fixed: dict[int, int]) -> None:
        """One operation after another on a qubit; with a stretch on either side, at once."""
        row: dict[int, float] = {} if after is None else {after: -1.0}
        if after is None:
            row[self.end] = -1.0
        limit = 0.0
        if before is not None:
            row[before] = row.get(before, 0.0) + 1.0
            limit -= fixed.get(before, 0.0)
            constant, terms = self.stretched.get(before, (0.0, {}))
            limit -= constant
            for name, factor in terms.items():
                row[self.starts + self.names.index(name)] = factor
        is_tight = before in self.stretched or after in self.stretched
        (self.equal if is_tight else self.rows).append((row, limit))

    def solved(self) -> dict[Any, float]:
        """Values of the stretches, in ticks."""
        length = self._best({self.end: 1.0}, [])
        held = [({self.end: 1.0}, length[self.end] + 1e-6)]
        least = self.end + 1  # column of the shortest stretch
        shares = [({least: 1.0, self.starts + place: -1.0}, 0.0) for place in range(len(self.names))]
        even = self._best({least: -1.0}, held + shares)
        held += [*shares, ({least: -1.0}, -even[least] + 1e-6)]
        found = self._best({self.starts + place: 1.0 for place in range(len(self.names))}, held)
        return {name: float(found[self.starts + place]) for place, name in enumerate(self.names)}

    def _best(self, goal: dict[int, float], more: list[tuple[dict[int, float], float]]) -> NDArray[np.float64]:
        from scipy.optimize import linprog  # slow to import, and few circuits have stretches

        width = self.end + 2
        rows = self.rows + more
        answer = linprog(
            _dense([(goal, 0.0)], width)[0][0],
            *(_dense(rows, width) if rows else (None, None)),
            *(_dense(self.equal, width) if self.equal else (None, None)),
            bounds=(0, None),
            method="highs",
        )
        if not answer.success:
            raise PulseError(
                "The stretches of a block cannot be given values: its durations contradict each other.",
                remedy="Check the delays beside the stretches, and the box's duration.",
            )
        found: NDArray[np.float64] = answer.x
        return found


def _dense(rows: list[tuple[dict[int, float], float]], width: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    matrix = np.zeros((len(rows), width))
    for index, (row, _) in enumerate(rows):
        for column, factor in row.items():
            matrix[index, column] += factor
    return matrix, np.array([limit for _, limit in rows])


def _terms(node: Any, grid: Grid) -> tuple[float, dict[Any, float]]:
    """A duration as ticks and factors by stretch."""
    if isinstance(node, expr.Stretch):
        return 0.0, {node.var: 1.0}
    if isinstance(node, expr.Value):
        return _number(node.value, grid), {}
    if isinstance(node, expr.Cast):
        return _terms(node.operand, grid)
    if isinstance(node, expr.Unary) and node.op.name == "NEGATE":
        return _scaled(_terms(node.operand, grid), -1.0)
    if isinstance(node, expr.Binary):
        left, right = _terms(node.left, grid), _terms(node.right, grid)
        if node.op.name in ("ADD", "SUB"):
            right = _scaled(right, 1.0 if node.op.name == "ADD" else -1.0)
            names = left[1].keys() | right[1].keys()
            return left[0] + right[0], {name: left[1].get(name, 0.0) + right[1].get(name, 0.0) for name in names}
        if node.op.name == "MUL" and not (left[1] and right[1]):
            return _scaled(left, right[0]) if not right[1] else _scaled(right, left[0])
        if node.op.name == "DIV" and not right[1] and right[0]:
            return _scaled(left, 1 / right[0])
    raise CapabilityError(
        f"A delay lasts '{node}', which is no sum of stretches and durations.",
        remedy="Use stretches, durations, sums of them, and multiples by numbers.",
    )


def _number(value: Any, grid: Grid) -> float:
    """A literal: a duration in ticks, or a factor."""
    if not isinstance(value, Duration):
        return float(value)
    unit = value.unit()
    return float(value.value()) if unit == "dt" else float(value.value()) * _SECONDS[unit] / grid.dt_s


def _scaled(terms: tuple[float, dict[Any, float]], factor: float) -> tuple[float, dict[Any, float]]:
    return terms[0] * factor, {name: value * factor for name, value in terms[1].items()}
