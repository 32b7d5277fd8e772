# SPDX-License-Identifier: Apache-2.0
"""Columns of values as affine functions of the parameter vector."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from .vector import Vector

_Index = NDArray[np.intp]


@attrs.frozen(kw_only=True, slots=True, eq=False)
class AffineMap:
    """``constant + coefficients . vector``, the coefficients in coordinates.

    Attributes:
        vector: What the columns mean.
        constant: Shape ``(rows,)``.
        row, column: Of each coefficient, sorted by row.
        coefficient: Its value.
    """

    vector: Vector
    constant: NDArray[Any]
    row: _Index = attrs.field(factory=lambda: np.zeros(0, dtype=np.intp))
    column: _Index = attrs.field(factory=lambda: np.zeros(0, dtype=np.intp))
    coefficient: NDArray[Any] = attrs.field(factory=lambda: np.zeros(0))

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.constant)

    @property
    def is_constant(self) -> bool:
        """Whether no row depends on the vector."""
        return not len(self.row)

    @property
    def free_rows(self) -> _Index:
        """Rows that depend on the vector, ascending."""
        return np.unique(self.row)

    def at(self, values: NDArray[np.float64]) -> NDArray[Any]:
        """The column for parameter vectors ``(..., n)``: ``(..., rows)``; read-only where nothing depends."""
        if self.is_constant:
            return np.broadcast_to(self.constant, (*np.shape(values)[:-1], len(self.constant)))
        return self.of(self.vector.extended(values))

    def of(self, extended: NDArray[np.float64]) -> NDArray[Any]:
        """The same, for a vector that is extended already."""
        shape = (*extended.shape[:-1], len(self.constant))
        if self.is_constant:
            return np.broadcast_to(self.constant, shape)
        out = np.empty(shape, dtype=np.result_type(self.constant, self.coefficient))
        out[...] = self.constant
        if self._is_simple:
            out[..., self.row] = np.take(extended, self.column, axis=-1) * self.coefficient + self.constant[self.row]
        else:
            flat = extended.reshape(math.prod(extended.shape[:-1]), extended.shape[-1])
            out += (self.matrix() @ flat.T).T.reshape(shape)
        return out

    @property
    def _is_simple(self) -> bool:
        """Whether no row has two coefficients, so that a plain addition will do."""
        return bool((np.diff(self.row) > 0).all())

    def matrix(self) -> Any:
        """The coefficients as a sparse matrix ``(rows, columns of the extended vector)``."""
        columns = len(self.vector.parameters) + len(self.vector.derived)
        return csr_matrix((self.coefficient, (self.row, self.column)), shape=(len(self.constant), columns))

    def real_if_it_is(self) -> AffineMap:
        """The same map without imaginary parts, if there are none: half the work."""
        if self.constant.imag.any() or self.coefficient.imag.any():
            return self
        return attrs.evolve(self, constant=self.constant.real, coefficient=self.coefficient.real)

    def taken(self, rows: NDArray[Any]) -> AffineMap:
        """The map of some of the rows, in the order given; none twice."""
        if self.is_constant:
            return attrs.evolve(self, constant=self.constant[rows])
        place = np.full(len(self.constant), -1, dtype=np.intp)
        place[rows] = np.arange(len(rows))
        new = place[self.row]
        order = np.argsort(new, kind="stable")
        order = order[new[order] >= 0]
        return AffineMap(
            vector=self.vector,
            constant=self.constant[rows],
            row=new[order],
            column=self.column[order],
            coefficient=self.coefficient[order],
        )


@attrs.frozen(slots=True, eq=False)
class Shifts:
    """Phase shifts that depend on the vector, in the order of summing; the maps of a block share them.

    Attributes:
        column, coefficient: Of each shift.
    """

    column: _Index
    coefficient: NDArray[np.float64]

    def __len__(self) -> int:
        """Number of shifts."""
        return len(self.column)

    def sums(self, extended: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sums of the first 0, 1, 2, ... shifts for extended vectors ``(points, columns)``: ``(points, n + 1)``."""
        sums = np.zeros((len(extended), len(self.column) + 1))
        np.cumsum(extended[:, self.column] * self.coefficient, axis=-1, out=sums[:, 1:])
        return sums


@attrs.frozen(kw_only=True, slots=True, eq=False)
class PhaseMap:
    """Phases that gather along frames: ``constant + A . vector``, where ``A`` is never written out.

    A frame's phase at a play is the sum of the shifts before it. Summing the shifts once and reading the
    sum off at every play costs as much as there are shifts and plays; the matrix has their product.

    Attributes:
        vector: What the columns mean.
        constant: What does not depend on the vector, shape ``(rows,)``.
        shifts: Shifts that depend on it.
        first, last: The shifts that each row sums up: ``first`` to before ``last``.
        extra: Rows that depend on the vector otherwise (frequencies, times elapsed), or ``None``.
    """

    vector: Vector
    constant: NDArray[np.float64]
    shifts: Shifts
    first: _Index
    last: _Index
    extra: AffineMap | None = None

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.constant)

    @property
    def is_constant(self) -> bool:
        """Whether no row depends on the vector."""
        return self.extra is None and not self.sums_up

    @property
    def free_rows(self) -> _Index:
        """Rows that depend on the vector, ascending."""
        summing = np.flatnonzero(self.first != self.last) if self.sums_up else np.zeros(0, dtype=np.intp)
        return summing if self.extra is None else np.union1d(summing, self.extra.free_rows)

    @property
    def sums_up(self) -> bool:
        """Whether any row sums up shifts."""
        return bool(len(self.shifts)) and bool((self.first != self.last).any())

    def at(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The column for parameter vectors ``(..., n)``: ``(..., rows)``, in radians, not wrapped."""
        if self.is_constant:
            return np.broadcast_to(self.constant, (*np.shape(values)[:-1], len(self.constant)))
        extended = self.vector.extended(values)
        points = math.prod(extended.shape[:-1])
        (phases,) = phases_of([self], extended.reshape(points, extended.shape[-1]))
        return phases.reshape(*extended.shape[:-1], len(self.constant))

    def matrix(self) -> Any:
        """``A`` as a sparse matrix ``(rows, columns of the extended vector)``."""
        columns = len(self.vector.parameters) + len(self.vector.derived)
        counts = self.last - self.first
        row = np.repeat(np.arange(len(self.constant)), counts)
        within = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
        shift = np.repeat(self.first, counts) + within
        entries = self.shifts.coefficient[shift], (row, self.shifts.column[shift])
        made = csr_matrix(entries, shape=(len(self.constant), columns))
        return made if self.extra is None else made + self.extra.matrix().real

    def taken(self, rows: NDArray[Any]) -> PhaseMap:
        """The map of some of the rows, in the order given; none twice."""
        return attrs.evolve(
            self,
            constant=self.constant[rows],
            first=self.first[rows],
            last=self.last[rows],
            extra=None if self.extra is None else self.extra.taken(rows),
        )


_AT_ONCE = 32_768
"""Sums kept at once: few enough for the processor's caches."""


def phases_of(maps: Sequence[PhaseMap], extended: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Columns of several maps of one block for extended vectors ``(points, columns)``: ``(points, rows)`` each.

    The shifts are summed once for all of the maps that share them.
    """
    found = [np.broadcast_to(one.constant, (len(extended), len(one))) for one in maps]
    summing = [place for place, one in enumerate(maps) if one.sums_up]
    for place in summing:
        found[place] = np.empty((len(extended), len(maps[place])))
    step = max(1, _AT_ONCE // max((len(maps[place].shifts) + 1 for place in summing), default=1))
    for begin in range(0, len(extended) if summing else 0, step):
        some = slice(begin, begin + step)
        sums: dict[int, NDArray[np.float64]] = {}
        for place in summing:
            one, out = maps[place], found[place][some]
            if id(one.shifts) not in sums:
                sums[id(one.shifts)] = one.shifts.sums(extended[some])
            own = sums[id(one.shifts)]
            np.take(own, one.last, axis=1, out=out, mode="clip")  # the places are right; clipping skips the check
            out -= np.take(own, one.first, axis=1, mode="clip")
            out += one.constant
    for place, one in enumerate(maps):
        if one.extra is not None:
            found[place] = found[place] + one.extra.of(extended).real
    return found
