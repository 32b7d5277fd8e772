# SPDX-License-Identifier: Apache-2.0
"""What comes back on a line: resonators that follow their transmons' levels, noise, all of it as a digitizer sees it.

A resonator at detuning ``D`` with linewidth ``kappa`` takes ``b' = -(kappa/2 - i D) b + (kappa/2) x`` out of the field
``x`` that passes it. Source: Gardiner and Collett, Phys. Rev. A 31, 3761 (1985), input-output theory; Blais et al.,
Rev. Mod. Phys. 93, 025005 (2021), section V (dispersive readout).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from .chip import LEVELS, Line, Resonator
from .field import Field
from .ringing import ringing
from .sensed import Sensed

_SHOTS_AT_ONCE = 256
_EARLIER_S = 50e-9
"""By this the first tone may begin before a transmon is known to be watched."""

_EDGE = 1e-4
"""Of a sample: a time that falls on the edge between two samples is in the later one, whatever rounding says."""


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Response:
    """What one field does in one line, for every transmon and level, at the digitizer's times.

    Attributes:
        passing: The field itself, shape ``(times,)``.
        taken: What each transmon's resonator takes out, shape ``(transmons, 3, times)``.
        leaving: How fast it forgets, ``kappa/2 - i D``, shape ``(transmons, 3)``.
        fading: What is left of what was there that many samples before, shape ``(transmons, 3, times)``.
    """

    passing: NDArray[np.complex64]
    taken: NDArray[np.complex64]
    leaving: NDArray[np.complex128]
    fading: NDArray[np.complex128]


def response(
    field: NDArray[np.complex128], source: Field, resonators: Sequence[Resonator], times_s: NDArray[np.float64]
) -> Response:
    """The response to one program's field, and to what of the carrier leaks all the time.

    Args:
        field: Envelope, shape ``(samples,)``.
        source: Its clock and local oscillator.
        resonators: One for each transmon.
        times_s: When the digitizer takes samples, counted as the field arrives at the chip.
    """
    index = (times_s - source.start_s) * source.rate_hz
    taken = np.zeros((len(resonators), LEVELS, len(times_s)), dtype=np.complex64)
    leaving = np.zeros((len(resonators), LEVELS), dtype=np.complex128)
    for place, one in enumerate(resonators):
        for level in range(LEVELS):
            rate = math.pi * one.kappa_hz - 2j * math.pi * (one.level_hz(level) - source.lo_hz)
            leaving[place, level] = rate
            steady = math.pi * one.kappa_hz / rate
            keep = np.exp(-rate / source.rate_hz)
            ends = ringing((1 - keep) * steady * field, rate / source.rate_hz)
            taken[place, level] = _between(steady * field, ends, index, rate / source.rate_hz) + steady * source.rest_v
    passed_s = times_s - times_s[:1]
    fading = np.exp(-leaving[:, :, np.newaxis] * passed_s)
    passing = _held(field, index) + np.complex64(source.rest_v)
    return Response(passing=passing, taken=taken, leaving=leaving, fading=fading)


def _between(
    aims: NDArray[np.complex128], ends: NDArray[np.complex128], index: NDArray[np.float64], rate: complex
) -> NDArray[np.complex64]:
    """Field in a resonator at times within samples: from the end of the sample before towards what this one aims at.

    Args:
        aims: Where each sample would bring it in the end.
        ends: Where it is at the end of each.
        index: Times in samples.
        rate: At which it gets there, per sample.
    """
    place = np.clip(np.floor(index + _EDGE).astype(np.intp), 0, len(aims))
    begun = np.concatenate([[0], ends])[place]
    aim = np.concatenate([aims, [0]])[place]
    left = np.exp(-rate * np.maximum(index - place, 0.0))
    found: NDArray[np.complex64] = np.where(index < 0, 0, aim + (begun - aim) * left).astype(np.complex64)
    return found


def _held(values: NDArray[np.complex128], index: NDArray[np.float64]) -> NDArray[np.complex64]:
    """Values that hold for a sample, as a converter puts them out; zero outside."""
    place = np.floor(index + _EDGE).astype(np.intp)
    inside = (place >= 0) & (place < len(values))
    made = np.zeros(len(index), dtype=np.complex64)
    made[inside] = values[place[inside]]
    return made


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Answer:
    """What a digitizer records of some shots, before noise.

    A transmon that no tone reaches answers as in level 0. Between two measurements, as the resonator rings down, a
    record follows the level that the first one left.

    Attributes:
        columns: Place of each transmon in responses; those on this line.
        line: The way back.
        times_s: When samples are taken, as the field arrives at the chip.
        part: 0 for a real signal or I, 1 for Q.
    """

    columns: Mapping[int, int]
    line: Line
    times_s: NDArray[np.float64]
    part: int = 0

    def add(
        self, made: NDArray[np.float32], known: Response, sensed: Sequence[Sensed], shots: NDArray[np.intp]
    ) -> None:
        """Add the records of some shots of one program to ``made``, shape ``(shots, times)``."""
        made += self._seen(known.passing - known.taken[:, 0].sum(axis=0))
        for index, place in self.columns.items():
            own = [(one, one.span.qubits.index(index)) for one in sensed if index in one.span.qubits]
            for number, (one, column) in enumerate(own):
                first = self._place(one.span.start_s - _EARLIER_S) if number == 0 else self._place(one.span.start_s)
                is_last = number + 1 == len(own)
                last = len(self.times_s) if is_last else self._place(own[number + 1][0].span.start_s)
                self._add_level(made[:, first:last], known, (one, column, place), shots, slice(first, last))

    def _place(self, time_s: float) -> int:
        return int(np.searchsorted(self.times_s, time_s - 1e-12))

    def _seen(self, fields: NDArray[np.complex64]) -> NDArray[np.float32]:
        """The field at the chip as the digitizer has it."""
        heard = fields * np.complex64(self.line.gain * np.exp(1j * self.line.phase_rad))
        seen: NDArray[np.float32] = heard.imag if self.part else heard.real
        return seen

    def _add_level(
        self,
        made: NDArray[np.float32],
        known: Response,
        whose: tuple[Sensed, int, int],
        shots: NDArray[np.intp],
        within: slice,
    ) -> None:
        """Add what one transmon's levels make of one tone's time, less level 0, then what changes of level do."""
        one, column, place = whose
        taken = known.taken[place, :, within]
        records = self._seen(taken[0] - taken)
        levels = one.levels[shots, column]
        for level in range(1, LEVELS):
            rows = np.flatnonzero(levels == level)
            for begin in range(0, len(rows), _SHOTS_AT_ONCE):
                made[rows[begin : begin + _SHOTS_AT_ONCE]] += records[level]
        for row in np.flatnonzero(np.isfinite(one.jumps[shots, column, 0])).tolist():
            start, changed = self._jumped(known, one, column, int(shots[row]), within)
            made[row, start:] += self._seen(changed)

    def _jumped(
        self, known: Response, one: Sensed, column: int, shot: int, within: slice
    ) -> tuple[int, NDArray[np.complex64]]:
        """By how much a record changes with a transmon's level: from then on another resonance, begun where it was.

        A change between two samples acts for a part of one, to first order in that.

        Returns:
            The first sample that changes, and the field by which all from there on do.
        """
        place = self.columns[one.span.qubits[column]]
        times_s, taken = self.times_s[within], known.taken[place, :, within]
        was = int(one.levels[shot, column])
        before = taken[was]
        first, now = len(times_s), before.copy()
        for when_s, level in zip(
            one.span.start_s + one.jumps[shot, column], one.after[shot, column].tolist(), strict=True
        ):
            start = int(np.searchsorted(times_s, when_s))
            if start == len(times_s):
                break
            first, faster = min(first, start), known.leaving[place, was] - known.leaving[place, level]
            fading = known.fading[place, level, : len(times_s) - start]
            begun = now[start] * np.exp(faster * (times_s[start] - when_s))
            now[start:] = taken[level, start:] + (begun - taken[level, start]) * fading
            was = level
        return first, before[first:] - now[first:]
