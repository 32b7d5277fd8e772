# SPDX-License-Identifier: Apache-2.0
"""Columns of values as affine functions of the parameter vector."""

from __future__ import annotations

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
            out[..., self.row] += extended[..., self.column] * self.coefficient
        else:
            out += (self.matrix() @ extended.reshape(-1, extended.shape[-1]).T).T.reshape(shape)
        return out

    @property
    def _is_simple(self) -> bool:
        """Whether no row has two coefficients, so that a plain addition will do."""
        return bool((np.diff(self.row) > 0).all())

    def matrix(self) -> Any:
        """The coefficients as a sparse matrix ``(rows, columns of the extended vector)``."""
        columns = len(self.vector.parameters) + len(self.vector.derived)
        return csr_matrix((self.coefficient, (self.row, self.column)), shape=(len(self.constant), columns))

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


@attrs.frozen(kw_only=True, slots=True, eq=False)
class PhaseMap:
    """Phases that gather along frames: ``constant + A . vector``, where ``A`` is never written out.

    A frame's phase at a play is the sum of the shifts before it. Summing the shifts once and reading the
    sum off at every play costs as much as there are shifts and plays; the matrix has their product.

    Attributes:
        vector: What the columns mean.
        constant: What does not depend on the vector, shape ``(rows,)``.
        column, coefficient: Of each shift that depends on the vector, in the order of summing.
        first, last: The shifts that each row sums up: ``first`` to before ``last``.
        extra: Rows that depend on the vector otherwise (frequencies, times elapsed), or ``None``.
    """

    vector: Vector
    constant: NDArray[np.float64]
    column: _Index
    coefficient: NDArray[np.float64]
    first: _Index
    last: _Index
    extra: AffineMap | None = None

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.constant)

    @property
    def is_constant(self) -> bool:
        """Whether no row depends on the vector."""
        return not len(self.column) and self.extra is None

    def at(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The column for parameter vectors ``(..., n)``: ``(..., rows)``, in radians, not wrapped."""
        if self.is_constant:
            return np.broadcast_to(self.constant, (*np.shape(values)[:-1], len(self.constant)))
        return self.of(self.vector.extended(values))

    def of(self, extended: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same, for a vector that is extended already."""
        shape = (*extended.shape[:-1], len(self.constant))
        if self.is_constant:
            return np.broadcast_to(self.constant, shape)
        if not len(self.column):
            out = np.broadcast_to(self.constant, shape)
        else:
            sums = np.zeros((*extended.shape[:-1], len(self.column) + 1))
            np.cumsum(extended[..., self.column] * self.coefficient, axis=-1, out=sums[..., 1:])
            out = np.take(sums, self.last, axis=-1)
            out -= np.take(sums, self.first, axis=-1)
            out += self.constant
        return out if self.extra is None else out + self.extra.of(extended).real

    def matrix(self) -> Any:
        """``A`` as a sparse matrix ``(rows, columns of the extended vector)``."""
        columns = len(self.vector.parameters) + len(self.vector.derived)
        counts = self.last - self.first
        row = np.repeat(np.arange(len(self.constant)), counts)
        within = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
        shift = np.repeat(self.first, counts) + within
        made = csr_matrix((self.coefficient[shift], (row, self.column[shift])), shape=(len(self.constant), columns))
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
