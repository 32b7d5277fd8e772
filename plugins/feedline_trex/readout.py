# SPDX-License-Identifier: Apache-2.0
"""What a plan measures: which qubits together, and which sets of their bits terms are read off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline.errors import CapabilityError
from feedline.execution import Execution
from feedline.reading import Reading
from feedline.rewriting import FinalMeasure, final_measures

MAX_PROJECTED_BITS = 8
"""A projector on k bits is 2**k Paulis, each with a factor of its own."""

Rows = NDArray[np.bool_]
"""Bits by classical bit or by measured qubit, a row per term."""


@attrs.frozen(slots=True, eq=False)
class Readout:
    """The measurements of an execution and the terms read off them.

    Attributes:
        execution: Whose.
        finals: Its final measurements, sorted by qubit.
    """

    execution: Execution
    finals: tuple[FinalMeasure, ...]

    @classmethod
    def of(cls, execution: Execution) -> Readout:
        """Look at an execution.

        Raises:
            CapabilityError: If a term is read off a bit that no final measurement writes.
        """
        finals = tuple(sorted(final_measures(execution.circuit), key=lambda final: final.qubit))
        made = cls(execution, finals)
        for rows in made._masks():
            lacking = np.setdiff1d(np.nonzero(rows)[1], [final.clbit for final in finals])
            if lacking.size:
                raise CapabilityError(
                    f"trex: circuit '{execution.circuit.name}' has observables read off bit {lacking[0]}, "
                    "which is not measured at its end.",
                    remedy="Leave out the pass that changed the measurements, or trex.",
                )
        return made

    @property
    def qubits(self) -> tuple[int, ...]:
        """Qubits that are measured together, ascending."""
        return tuple(final.qubit for final in self.finals)

    @property
    def projects(self) -> bool:
        """Whether any term has a projector."""
        assert self.execution.reading is not None
        return bool(self.execution.reading.mask.any())

    def paulis(self) -> tuple[NDArray[np.intp], Rows]:
        """Terms without projectors, by index in the block, and their bits by measured qubit."""
        assert self.execution.reading is not None
        parity, mask, _ = self._masks()
        plain = ~mask.any(axis=1)
        return self.execution.reading.terms[plain], parity[plain][:, self._columns]

    def projectors(self) -> Iterator[tuple[int, Rows, NDArray[np.float64]]]:
        """Terms with projectors, as sums of Paulis.

        Yields:
            Index of the term in the block, its Paulis by measured qubit, shape ``(paulis, qubits)``, and their
            weights, shape ``(paulis,)``.
        """
        assert self.execution.reading is not None
        parity, mask, value = (rows[:, self._columns] for rows in self._masks())
        for place in np.flatnonzero(mask.any(axis=1)).tolist():
            yield int(self.execution.reading.terms[place]), *_expanded(parity[place], mask[place], value[place])

    @property
    def _columns(self) -> list[int]:
        return [final.clbit for final in self.finals]

    def check(self) -> None:
        """Refuse projectors on too many qubits.

        Raises:
            CapabilityError: If a term projects more than `MAX_PROJECTED_BITS` qubits.
        """
        widest = int(self._masks()[1].sum(axis=1).max(initial=0))
        if widest > MAX_PROJECTED_BITS:
            raise CapabilityError(
                f"trex: an observable of circuit '{self.execution.circuit.name}' projects {widest} qubits at once; "
                f"its factors are measured for up to {MAX_PROJECTED_BITS}.",
                remedy="Use the pass 'readout', which corrects bit by bit, or an observable with fewer projectors.",
            )

    def _masks(self) -> tuple[Rows, Rows, Rows]:
        reading = self.execution.reading
        assert reading is not None
        parity, mask, value = (
            np.unpackbits(packed, axis=1)[:, ::-1].astype(np.bool_)
            for packed in (reading.parity, reading.mask, reading.value)
        )
        return parity, mask, value


def _expanded(
    parity: NDArray[np.bool_], mask: NDArray[np.bool_], value: NDArray[np.bool_]
) -> tuple[Rows, NDArray[np.float64]]:
    """A term as Paulis: a projector on a bit is (I + Z) / 2 or (I - Z) / 2."""
    projected = np.flatnonzero(mask)
    chosen = np.arange(1 << len(projected))[:, None] >> np.arange(len(projected)) & 1
    rows = np.broadcast_to(parity, (len(chosen), len(parity))).copy()
    rows[:, projected] = chosen.astype(np.bool_)
    signs = 1.0 - 2.0 * ((chosen & value[projected]).sum(axis=1) & 1)
    return rows, signs / len(chosen)


def parities(rows: Rows, terms: NDArray[np.intp], clbits: Sequence[int], num_bytes: int) -> Reading:
    """A reading of parities only.

    Args:
        rows: Paulis by measured qubit, shape ``(paulis, qubits)``.
        terms: Their indices.
        clbits: Where each measured qubit's bit is.
        num_bytes: Bytes per shot.
    """
    bits = np.zeros((len(rows), 8 * num_bytes), dtype=np.uint8)
    bits[:, 8 * num_bytes - 1 - np.asarray(clbits, dtype=np.intp)] = rows
    parity = np.packbits(bits, axis=1)
    nothing = np.zeros_like(parity)
    return Reading(terms=terms, parity=parity, mask=nothing, value=nothing)
