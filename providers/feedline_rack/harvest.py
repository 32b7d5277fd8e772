# SPDX-License-Identifier: Apache-2.0
"""From records to chunks: integrate, discriminate, and put every shot where it belongs."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline.capabilities import MeasLevel
from feedline.execution import Chunk, Execution
from feedline_hal.instrument.acquisition import Acquisition, Records
from feedline_hal.rack.schema import RackSpec
from feedline_hal.readout.discriminator import Discriminator
from feedline_hal.readout.placing import by_clbit, pack_bits
from feedline_hal.readout.receiver import Receiver

from .listening import Ear, Listening, discriminator, raw_shape, window
from .planning import Item, Pack
from .wiring import Wiring


@attrs.define(slots=True, eq=False)
class _Sheaf:
    """Results of one item.

    Attributes:
        item: The item.
        execution: Whose it is.
        clbits: Classical bit of each capture.
        points: Integrated, shape ``(points, shots, captures)``.
        raw: Samples, shape ``(points, shots, captures, samples)``, of the execution's longest capture; ``None`` unless
            they are wanted.
    """

    item: Item
    execution: Execution
    clbits: tuple[int, ...]
    points: NDArray[np.complex64]
    raw: NDArray[np.inexact[Any]] | None = None


@attrs.frozen(slots=True, eq=False)
class _Group:
    """Rows of a pack that are integrated alike.

    Attributes:
        sheaf: Where results go.
        listening: The captures.
        first_row: Row of the item's first point.
    """

    sheaf: _Sheaf
    listening: Listening
    first_row: int


class Harvest:
    """Collects the results of one pack.

    Args:
        pack: The pack.
        executions: All executions.
        wiring: Of the rack.
    """

    def __init__(self, pack: Pack, executions: Sequence[Execution], wiring: Wiring) -> None:
        self._pack = pack
        self._spec = wiring.spec
        self._shots_before = self._shots_now = 0
        self._acquisitions: Mapping[str, Acquisition] = {}
        self._groups: list[_Group] = []
        self._sheaves: list[_Sheaf] = []
        row = 0
        for item in pack.items:
            sheaf = _sheaf(item, executions[item.execution], wiring)
            self._sheaves.append(sheaf)
            self._groups += [_Group(sheaf, listening, row) for listening in item.listening]
            row += len(item.points)

    def start_run(self, acquisitions: Mapping[str, Acquisition], shots: int) -> None:
        """The records that come now are of the next ``shots`` shots."""
        self._shots_before += self._shots_now
        self._shots_now = shots
        self._acquisitions = acquisitions

    def take(self, digitizer: str, records: Records) -> None:
        """Integrate some records: record ``n`` of a run is of row ``n % rows`` in shot ``n // rows``."""
        wanted = self._acquisitions[digitizer]
        number = np.arange(records.first, records.first + records.count)
        shot, row = np.divmod(number, self._pack.rows)
        shot += self._shots_before
        for group in self._groups:
            columns = [at for at, ear in enumerate(group.listening.ears) if ear.digitizer == digitizer]
            if not columns:
                continue
            ears = tuple(group.listening.ears[at] for at in columns)
            place = _places(group, self._pack.rows)[row]
            mine = np.flatnonzero(place >= 0)
            some = records if len(mine) == records.count else _selected(records, mine)
            where = group.listening.points[place[mine]], shot[mine]
            phase_rad = group.listening.phase_rad[place[mine]][:, columns]
            receiver = _receiver(ears, attrs.evolve(wanted, records=1))
            if group.sheaf.execution.meas_level is MeasLevel.RAW:
                _keep_raw(group.sheaf, receiver.cut(some), where, columns)
                continue
            points = receiver.integrate(some, phase_rad)
            group.sheaf.points[where[0][:, np.newaxis], where[1][:, np.newaxis], columns] = points

    def chunks(self) -> Iterator[Chunk]:
        """The results, a chunk for each run of points."""
        for sheaf in self._sheaves:
            data = _data(sheaf, self._spec)
            places = sheaf.item.places
            borders = [0, *(np.flatnonzero(np.diff(places) != 1) + 1).tolist(), len(places)]
            for first, last in pairwise(borders):
                where = slice(int(places[first]), int(places[last - 1]) + 1)
                part: dict[str, Any] = {name: values[first:last] for name, values in data.items()}
                yield Chunk(execution=sheaf.item.execution, points=where, **part)


def _sheaf(item: Item, execution: Execution, wiring: Wiring) -> _Sheaf:
    ears = item.listening[0].ears if item.listening else ()
    shape = len(item.points), item.shots, len(ears)
    sheaf = _Sheaf(item, execution, tuple(ear.clbit for ear in ears), np.zeros(shape, dtype=np.complex64))
    if execution.meas_level is MeasLevel.RAW:
        samples, is_complex = raw_shape(execution, wiring)
        sheaf.raw = np.zeros((*shape, samples), dtype=np.complex64 if is_complex else np.float32)
    return sheaf


def _keep_raw(
    sheaf: _Sheaf,
    samples: NDArray[np.inexact[Any]],
    where: tuple[NDArray[np.intp], NDArray[np.intp]],
    columns: list[int],
) -> None:
    assert sheaf.raw is not None, "it was made for this level"
    place = where[0][:, np.newaxis], where[1][:, np.newaxis], columns, slice(samples.shape[-1])
    sheaf.raw[place] = samples


def _places(group: _Group, rows: int) -> NDArray[np.intp]:
    """For every row of the pack its place in the group, -1 for none."""
    places = np.full(rows, -1, dtype=np.intp)
    places[group.first_row + group.listening.points] = np.arange(len(group.listening.points))
    return places


def _selected(records: Records, chosen: NDArray[np.intp]) -> Records:
    return attrs.evolve(records, data={channel: data[chosen] for channel, data in records.data.items()})


@functools.lru_cache(maxsize=256)
def _receiver(ears: tuple[Ear, ...], wanted: Acquisition) -> Receiver:
    return Receiver([window(ear, wanted) for ear in ears], rate_hz=wanted.rate_hz)


def _data(sheaf: _Sheaf, spec: RackSpec) -> dict[str, NDArray[Any]]:
    """What the execution asked for, a row per point."""
    level, num_clbits = sheaf.execution.meas_level, int(sheaf.execution.circuit.num_clbits)
    if level is MeasLevel.RAW:
        assert sheaf.raw is not None, "it was made for this level"
        return {"raw": by_clbit(sheaf.raw, sheaf.clbits, num_clbits, axis=-2)}
    if level is MeasLevel.CLASSIFIED:
        ears = sheaf.item.listening[0].ears if sheaf.item.listening else ()
        lines = np.array([discriminator(ear, spec) for ear in ears]).reshape(-1, 2)
        bits = Discriminator(lines[:, 0], lines[:, 1]).classify(sheaf.points)
        return {"bits": pack_bits(bits, sheaf.clbits, sheaf.execution.num_bytes)}
    iq = by_clbit(sheaf.points, sheaf.clbits, num_clbits)
    return {"iq": iq.mean(axis=1) if level is MeasLevel.AVG_KERNELED else iq}
