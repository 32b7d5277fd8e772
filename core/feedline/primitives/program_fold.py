# SPDX-License-Identifier: Apache-2.0
"""The fold of a quantum program: chunks of bits or IQ points to one array per classical register."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline.capabilities import MeasLevel
from feedline.execution import Chunk, Execution, OutcomeCounts
from feedline.passes import BoundPass
from feedline.plan import Part

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from .quantum_program import ItemResult, ProgramResult


@attrs.frozen(slots=True, eq=False)
class Piece:
    """What the fold keeps of a chunk: its data, packed, and when it was taken."""

    data: NDArray[Any] | list[NDArray[Any]]
    started_s: float
    stopped_s: float


@attrs.frozen(kw_only=True, slots=True, eq=False)
class ItemShape:
    """Where an item's data goes.

    Attributes:
        circuit: Its circuit; the registers name the results.
        shape: Its shape.
        outputs: Arrays that go into the result as they are (bit flips, Pauli signs).
    """

    circuit: QuantumCircuit
    shape: tuple[int, ...]
    outputs: Mapping[str, NDArray[Any]]


@attrs.frozen(kw_only=True, slots=True, eq=False)
class ProgramFold:
    """Puts chunks in their places; the program's pubs are its items.

    Attributes:
        items: Where the data of each item goes.
        shots: Shots per element.
        meas_level: What the data is.
        passthrough_data: What the program carries along.
    """

    items: Sequence[ItemShape]
    shots: int
    meas_level: MeasLevel
    passthrough_data: Any
    passes: tuple[BoundPass, ...] = ()

    def reduce(self, execution: Execution, chunk: Chunk) -> Piece:
        """Keep the packed data and the times."""
        del execution
        data = chunk.iq if chunk.bits is None else chunk.bits
        kept = _spread(chunk.counts) if chunk.counts is not None else data
        assert kept is not None  # the engine has checked it
        return Piece(kept, chunk.started_s, chunk.stopped_s)

    def fold_pub(self, pub: int, answers: Sequence[tuple[Execution, Sequence[Part]]]) -> ItemResult:
        """Make one item's result."""
        from .quantum_program import ItemResult

        item = self.items[pub]
        data = self._gather(item, answers)
        if self.meas_level is MeasLevel.CLASSIFIED:
            data = np.unpackbits(data[..., ::-1], axis=-1, bitorder="little").view(np.bool_)
        registers = {
            register.name: data[..., [item.circuit.find_bit(bit).index for bit in register]]
            for register in item.circuit.cregs
        }
        spans = [
            (part.data.started_s, part.data.stopped_s, pub, len(range(*part.points.indices(execution.size))))
            for execution, parts in answers
            for part in parts
            if part.data.stopped_s
        ]
        return ItemResult({**registers, **item.outputs}, spans)

    def finish(self, results: Sequence[Any], metadata: Mapping[str, Any]) -> ProgramResult:
        """Make the program's result."""
        from .quantum_program import ProgramResult

        return ProgramResult(results, self.passthrough_data, metadata)

    def _gather(self, item: ItemShape, answers: Sequence[tuple[Execution, Sequence[Part]]]) -> NDArray[Any]:
        """Data of all shots of all elements, shape ``(*shape, shots, width)``."""
        averaged = self.meas_level is MeasLevel.AVG_KERNELED
        inner: tuple[int, ...] = (item.circuit.num_clbits,)
        kind: np.dtype[Any] = np.dtype(np.complex128)
        if self.meas_level is MeasLevel.CLASSIFIED:
            inner, kind = (max(1, -(-item.circuit.num_clbits // 8)),), np.dtype(np.uint8)
        if not averaged:
            inner = (self.shots, *inner)
        size = int(np.prod(item.shape, dtype=np.int64))
        out = np.empty((size, *inner), dtype=kind)
        filled = np.zeros(size, dtype=np.int64)
        for execution, parts in answers:
            for part in parts:
                points = slice(*(execution.tag + bound for bound in part.points.indices(execution.size)[:2]))
                if averaged:
                    out[points] = part.data.data
                else:
                    _append(out[points], filled[points], part.data.data)
        return out.reshape(*item.shape, *inner)


def _append(out: NDArray[Any], filled: NDArray[np.int64], data: NDArray[Any] | list[NDArray[Any]]) -> None:
    """Put shots behind those that each point already has."""
    if isinstance(data, np.ndarray) and (filled == filled[:1]).all():
        start = int(filled[0]) if filled.size else 0
        out[:, start : start + data.shape[1]] = data
        filled += data.shape[1]
        return
    for point, shots in enumerate(data):
        out[point, filled[point] : filled[point] + len(shots)] = shots
        filled[point] += len(shots)


def _spread(counts: OutcomeCounts) -> list[NDArray[np.uint8]]:
    """Single shots of a table of counts, point by point; their order is lost."""
    return list(_rows(counts))


def _rows(counts: OutcomeCounts) -> Iterator[NDArray[np.uint8]]:
    for point in range(int(counts.point.max()) + 1 if counts.point.size else 0):
        mine = counts.point == point
        yield np.repeat(counts.words[mine], counts.weight[mine], axis=0)
