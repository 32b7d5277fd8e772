# SPDX-License-Identifier: Apache-2.0
"""What a guard remembers of waveforms and of the sequences made of them: bounds, not samples."""

from __future__ import annotations

import math
from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

_CHUNK = 1 << 16


@attrs.frozen(slots=True)
class Bounds:
    """Bounds of samples that follow each other, in units of full scale.

    Attributes:
        low, high: Smallest and largest.
        step: Largest difference between neighbours.
        first, last: Bounds of those at the ends: of what begins, and of what ends.
    """

    low: float
    high: float
    step: float
    first: float
    last: float

    @classmethod
    def of(cls, samples: NDArray[np.generic]) -> Bounds | None:
        """Bounds of samples; ``None`` if there are none, or one is no number from -1 to 1."""
        if not len(samples):
            return None
        low, high, step = math.inf, -math.inf, 0.0
        steps = np.empty(min(_CHUNK, len(samples) - 1), samples.dtype)
        for start in range(0, len(samples), _CHUNK):
            chunk = samples[start : start + _CHUNK + 1]  # one more: the step to the next chunk
            least, most = float(chunk.min()), float(chunk.max())
            if not -1 <= least <= most <= 1:
                return None
            low, high = min(low, least), max(high, most)
            if len(chunk) > 1:
                between = np.subtract(chunk[1:], chunk[:-1], out=steps[: len(chunk) - 1])
                step = max(step, float(between.max()), -float(between.min()))
        return cls(low, high, step, float(samples[0]), float(samples[-1]))

    def then(self, after: Bounds) -> Bounds:
        """Bounds of these samples and those after them."""
        step = max(self.step, after.step, abs(after.first - self.last))
        return Bounds(min(self.low, after.low), max(self.high, after.high), step, self.first, after.last)


SILENT = Bounds(0.0, 0.0, 0.0, 0.0, 0.0)
"""Samples of zero."""


@attrs.frozen(slots=True)
class Loop:
    """Bounds of what is played again and again, in units of full scale.

    Attributes:
        low, high: Smallest and largest sample.
        step: Largest difference between neighbours, from a step's end to the next step's beginning included.
        edge_low, edge_high: Smallest and largest sample at the ends of steps.
    """

    low: float
    high: float
    step: float
    edge_low: float
    edge_high: float

    @classmethod
    def of(cls, steps: Sequence[Bounds]) -> Loop:
        """Bounds of steps that are played in order, the first after the last."""
        between = max(
            abs(after.first - before.last) for before, after in zip(steps, [*steps[1:], steps[0]], strict=True)
        )
        edges = [edge for step in steps for edge in (step.first, step.last)]
        return cls(
            min(step.low for step in steps),
            max(step.high for step in steps),
            max(between, max(step.step for step in steps)),
            min(edges),
            max(edges),
        )


@attrs.define(slots=True)
class Waveform:
    """A waveform in an instrument's memory: so many samples, as many of them filled; ``None`` for unknown bounds."""

    length: int
    filled: int
    bounds: Bounds | None


@attrs.define(slots=True)
class _Sequence:
    """Names of waveforms by step and track, and all that were ever in it."""

    table: list[list[str]]
    used: set[str] = attrs.field(factory=set)


class SampleMemory:
    """Waveforms and sequences by name, as far as they are known for sure.

    Before a list was emptied once, a new name in it may be one that the instrument knows already, with other content:
    what is made by then stays unknown.
    """

    def __init__(self) -> None:
        self.has_empty_waveforms = False
        self.has_empty_sequences = False
        self._waveforms: dict[str, Waveform] = {}
        self._sequences: dict[str, _Sequence] = {}
        self._loops: dict[str, dict[int, Loop | None]] = {}
        self._players: dict[str, set[str]] = {}

    def has_waveform(self, name: str) -> bool:
        """Whether it is known."""
        return name in self._waveforms

    def has_sequence(self, name: str) -> bool:
        """Whether it is known."""
        return name in self._sequences

    def new_waveform(self, name: str, length: int) -> None:
        """A waveform of zeros."""
        self._waveforms[name] = Waveform(length, 0, SILENT if self.has_empty_waveforms else None)
        self._touch(name)

    def takes(self, name: str, start: int, count: int) -> bool:
        """Whether so many samples continue a waveform where it was filled so far."""
        found = self._waveforms.get(name)
        return found is not None and start == found.filled and start + count <= found.length

    def fill(self, name: str, count: int, bounds: Bounds | None) -> None:
        """Samples go where the waveform was filled so far."""
        found = self._waveforms[name]
        if bounds is None or found.bounds is None:
            found.bounds = None
        else:
            found.bounds = found.bounds.then(bounds) if found.filled else bounds
        found.filled += count
        self._touch(name)

    def drop_waveform(self, name: str | None) -> None:
        """A waveform is gone, or all of them."""
        if name is None:
            self._waveforms.clear()
            self._loops.clear()
            self.has_empty_waveforms = True
        else:
            self._waveforms.pop(name, None)
            self._touch(name)

    def new_sequence(self, name: str, steps: int, tracks: int) -> None:
        """A sequence whose steps have no waveforms yet."""
        self._forget(name)
        self._sequences[name] = _Sequence([[""] * tracks for _ in range(steps)])

    def has_step(self, name: str, step: int, track: int = 1) -> bool:
        """Whether a sequence has such a step, counted from 1, and such a track."""
        found = self._sequences.get(name)
        return found is not None and 1 <= step <= len(found.table) and 1 <= track <= len(found.table[0])

    def assign(self, name: str, step: int, track: int, waveform: str) -> None:
        """A waveform goes into a step."""
        found = self._sequences[name]
        found.table[step - 1][track - 1] = waveform
        found.used.add(waveform)
        self._players.setdefault(waveform, set()).add(name)
        self._loops.get(name, {}).pop(track, None)

    def drop_sequence(self, name: str | None) -> None:
        """A sequence is gone, or all of them."""
        if name is None:
            self._sequences.clear()
            self._loops.clear()
            self._players.clear()
            self.has_empty_sequences = True
        else:
            self._forget(name)

    def uses(self, sequence: str, waveform: str) -> bool:
        """Whether a sequence plays a waveform, as far as is known; one that is not known may."""
        found = self._sequences.get(sequence)
        return found is None or waveform in found.used

    def loop(self, sequence: str, track: int) -> Loop | None:
        """What a track of a sequence plays; ``None`` if that is not known."""
        tracks = self._loops.setdefault(sequence, {})
        if track not in tracks:
            tracks[track] = self._looked_up(sequence, track)
        return tracks[track]

    def _looked_up(self, sequence: str, track: int) -> Loop | None:
        found = self._sequences.get(sequence)
        if found is None or not self.has_empty_sequences or not 1 <= track <= len(found.table[0]):
            return None
        table = found.table
        whole = {name: self._whole(name) for name in {row[track - 1] for row in table}}
        steps = [whole[row[track - 1]] for row in table]
        known = [step for step in steps if step is not None]
        return Loop.of(known) if len(known) == len(steps) else None

    def _touch(self, waveform: str) -> None:
        """Look again at what uses a waveform."""
        for sequence in self._players.get(waveform, ()):
            self._loops.pop(sequence, None)

    def _forget(self, sequence: str) -> None:
        """A sequence is not what it was."""
        self._loops.pop(sequence, None)
        found = self._sequences.pop(sequence, None)
        for waveform in () if found is None else found.used:
            players = self._players.get(waveform, set())
            players.discard(sequence)
            if not players:
                self._players.pop(waveform, None)

    def _whole(self, name: str) -> Bounds | None:
        found = self._waveforms.get(name)
        if found is None or found.bounds is None:
            return None
        return found.bounds if found.filled == found.length else found.bounds.then(SILENT)
