# SPDX-License-Identifier: Apache-2.0
"""The rare part of carriers: frames whose frequency changes within a block."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING

import attrs
import numpy as np
from numpy.typing import NDArray

from .value_map import AffineMap, PhaseMap

if TYPE_CHECKING:
    from .carrier import Carrier

_CONSTANT = -1
_Terms = dict[int, float]
"""Coefficients by column of the vector; `_CONSTANT` for what depends on nothing."""


@attrs.frozen(slots=True)
class _Change:
    rank: int
    time_s: float
    step: _Terms
    after: _Terms


def with_frequency_changes(
    carrier: Carrier,
    phase: PhaseMap,
    frequency: AffineMap,
    *,
    frame: NDArray[np.intp],
    rank: NDArray[np.intp],
    time_s: NDArray[np.float64],
) -> tuple[PhaseMap, AffineMap]:
    """Add what frequency changes do: ``2 pi d (t - t_k)`` to the phase and ``d`` to the frequency."""
    changes = _changes(carrier)
    phases, frequencies = _Rows(len(frame)), _Rows(len(frame))
    for row, (own, place, now_s) in enumerate(zip(frame.tolist(), rank.tolist(), time_s.tolist(), strict=True)):
        for change in changes.get(own, ()):
            if change.rank >= place:
                break
            phases.add(row, change.step, 2 * math.pi * (now_s - change.time_s))
            frequencies.add(row, change.step, 1.0)
    extra = phases.made(phase.vector)
    return (
        attrs.evolve(
            phase, constant=phase.constant + extra.constant, extra=attrs.evolve(extra, constant=0 * extra.constant)
        ),
        attrs.evolve(frequencies.made(phase.vector), constant=frequency.constant + frequencies.constant),
    )


def _changes(carrier: Carrier) -> dict[int, list[_Change]]:
    """Frequency changes of each frame, as steps from what it was."""
    from .carrier import SET_FREQUENCY

    value, pulses = carrier.pulses.value, carrier.pulses
    terms: dict[int, _Terms] = defaultdict(dict)
    for row, column, slope in zip(value.row.tolist(), value.column.tolist(), value.coefficient.real, strict=True):
        terms[row][column] = terms[row].get(column, 0.0) + float(slope)
    found: dict[int, list[_Change]] = defaultdict(list)
    for rank, row in carrier.frequency_events():
        frame = int(pulses.frame[row])
        given = {_CONSTANT: float(value.constant[row].real), **terms.get(row, {})}
        earlier = found[frame]
        now = earlier[-1].after if earlier else {_CONSTANT: float(carrier.frequency_hz[frame])}
        step = _sum(given, now, -1.0) if pulses.kind[row] == SET_FREQUENCY else given
        time_s = float(pulses.start_ticks[row]) * carrier.dt_s
        earlier.append(_Change(rank, time_s, step, _sum(now, step, 1.0)))
    return found


def _sum(one: _Terms, other: _Terms, factor: float) -> _Terms:
    return {key: one.get(key, 0.0) + factor * other.get(key, 0.0) for key in one.keys() | other.keys()}


class _Rows:
    """Gathers the coefficients of a map row by row."""

    def __init__(self, rows: int) -> None:
        self.constant = np.zeros(rows)
        self._entries: dict[tuple[int, int], float] = {}

    def add(self, row: int, terms: _Terms, factor: float) -> None:
        """Add a multiple of terms to a row."""
        for column, slope in terms.items():
            if column == _CONSTANT:
                self.constant[row] += slope * factor
            elif slope:
                key = (row, column)
                self._entries[key] = self._entries.get(key, 0.0) + slope * factor

    def made(self, vector: object) -> AffineMap:
        """The map."""
        keys = sorted(self._entries)
        return AffineMap(
            vector=vector,  # type: ignore[arg-type]  # handed through
            constant=self.constant,
            row=np.array([row for row, _ in keys], dtype=np.intp),
            column=np.array([column for _, column in keys], dtype=np.intp),
            coefficient=np.array([self._entries[key] for key in keys]),
        )
