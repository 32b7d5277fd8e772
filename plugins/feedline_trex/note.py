# SPDX-License-Identifier: Apache-2.0
"""Notes for the fold: where each term's factor is, and which Paulis a projector is made of."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from .factor import BlockNote, PauliSum
from .readout import Readout, Rows

FactorIndex = dict[bytes, int]
"""Index of a Pauli's factor, by its bits over the qubits that are measured together."""


@attrs.define(slots=True, eq=False)
class _Block:
    """A block's note in the making.

    Attributes:
        terms, factor: As in `BlockNote`.
        sums: Terms with projectors.
        num_paulis: How many Paulis were read off for them so far.
        seen: First Pauli and Paulis of readings that were added, by what they measure.
    """

    terms: list[int] = attrs.field(factory=list)
    factor: list[int] = attrs.field(factory=list)
    sums: list[PauliSum] = attrs.field(factory=list)
    num_paulis: int = 0
    seen: dict[tuple[int, tuple[int, ...]], tuple[int, Rows]] = attrs.field(factory=dict)


@attrs.define(slots=True, eq=False)
class Notes:
    """Notes of all blocks of a plan.

    Attributes:
        factors: Where factors are, by measured qubits.
    """

    factors: dict[tuple[int, ...], FactorIndex]
    _blocks: dict[tuple[int, int], _Block] = attrs.field(factory=dict, init=False)

    def add(self, readout: Readout) -> tuple[int, int, Rows]:
        """Note a readout.

        Returns:
            The number of its block, and the Paulis that have to be read off for its projectors: the index of the
            first and their bits by measured qubit. In an execution with projectors these are all of its terms'.
        """
        key = (readout.execution.pub, readout.execution.tag.block)
        block = self._blocks.setdefault(key, _Block())
        number = list(self._blocks).index(key)
        what = (id(readout.execution.reading), readout.qubits)
        if what not in block.seen:
            block.seen[what] = self._noted(block, readout)
        return number, *block.seen[what]

    def blocks(self) -> tuple[BlockNote, ...]:
        """The notes, by the blocks' numbers."""
        return tuple(
            BlockNote(np.array(block.terms, dtype=np.intp), np.array(block.factor, dtype=np.intp), tuple(block.sums))
            for block in self._blocks.values()
        )

    def _noted(self, block: _Block, readout: Readout) -> tuple[int, Rows]:
        index, first = self.factors[readout.qubits], block.num_paulis
        terms, rows = readout.paulis()
        if not readout.projects:
            block.terms += terms.tolist()
            block.factor += [index[row.tobytes()] for row in rows]
            return first, rows[:0]
        own: dict[bytes, int] = {}
        kept: list[NDArray[np.bool_]] = []
        parts = [(term, row[None], np.ones(1)) for term, row in zip(terms.tolist(), rows, strict=True)]
        for term, paulis, weights in (*parts, *readout.projectors()):
            is_identity = ~paulis.any(axis=1)
            for row in paulis[~is_identity]:
                if own.setdefault(row.tobytes(), first + len(kept)) == first + len(kept):
                    kept.append(row)
            keys = [row.tobytes() for row in paulis[~is_identity]]
            source, factor = (np.array([table[key] for key in keys], dtype=np.intp) for table in (own, index))
            constant = float(weights[is_identity].sum())
            block.sums.append(PauliSum(term, source, factor, weights[~is_identity], constant))
        block.num_paulis += len(kept)
        return first, np.array(kept)
