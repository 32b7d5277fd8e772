# SPDX-License-Identifier: Apache-2.0
"""What a measurement found: levels, and how they change while it lasts."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from .chip import LEVELS, Chip
from .timeline import Span

JUMPS = 2
"""Changes of level that one measurement may see; a third is rarer than what else is left out."""


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Sensed:
    """Transmons while they are measured.

    Attributes:
        span: When, and which transmons.
        port: The line.
        levels: At the start, for each shot, shape ``(shots, transmons)``.
        jumps: Changes of level in the span: time from its start, ``inf`` for none, ``(shots, transmons, 2)``.
        after: Level after each change, ``(shots, transmons, 2)``.
    """

    span: Span
    port: str
    levels: NDArray[np.int8]
    jumps: NDArray[np.float64]
    after: NDArray[np.int8]

    @classmethod
    def empty(cls, span: Span, port: str, shots: int) -> Sensed:
        """All in level 0, no changes."""
        shape = shots, len(span.qubits)
        return cls(
            span=span,
            port=port,
            levels=np.zeros(shape, np.int8),
            jumps=np.full((*shape, JUMPS), np.inf),
            after=np.zeros((*shape, JUMPS), np.int8),
        )

    @classmethod
    def parted(cls, span: Span, port: str, shots: Sequence[int]) -> tuple[Sensed, list[Sensed]]:
        """One for all shots of several programs, one program's below the other's, and what each has of it."""
        whole, ends = cls.empty(span, port, sum(shots)), np.cumsum(shots).tolist()
        parts = [slice(end - count, end) for end, count in zip(ends, shots, strict=True)]
        return whole, [whole.of(own) for own in parts]

    def of(self, shots: slice) -> Sensed:
        """What some of the shots sensed; the same memory."""
        return attrs.evolve(self, levels=self.levels[shots], jumps=self.jumps[shots], after=self.after[shots])

    def fill(self, chip: Chip, shots: NDArray[np.intp], levels: NDArray[np.int8], rng: np.random.Generator) -> None:
        """Set the levels of some shots, ``(shots, transmons)``, and draw when they change."""
        self.levels[shots] = levels
        now, elapsed_s = levels, np.zeros(levels.shape)
        for number in range(JUMPS):
            now, elapsed_s = self._change(chip, now, elapsed_s, rng)
            self.jumps[shots, :, number] = elapsed_s
            self.after[shots, :, number] = now

    def _change(
        self, chip: Chip, now: NDArray[np.int8], elapsed_s: NDArray[np.float64], rng: np.random.Generator
    ) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
        """The next change of each: the level after it, and when; ``inf`` if the span is over before."""
        qubits = [chip.qubits[index] for index in self.span.qubits]
        warm = np.array([one.thermal_population for one in qubits])
        rate_per_s = 1 / np.array([one.t1_s for one in qubits])
        down = now * (1 - warm) * rate_per_s
        up = np.where(now < LEVELS - 1, now + 1, 0) * warm * rate_per_s
        when_s = elapsed_s + rng.exponential(size=now.shape) / np.maximum(down + up, 1e-30)
        goes_down = rng.random(now.shape) * (down + up) < down
        changes = when_s < self.span.stop_s - self.span.start_s
        after = now + np.where(changes, np.where(goes_down, -1, 1), 0)
        return after.astype(np.int8), np.where(changes, when_s, np.inf)


def merged_sensed(blocks: Sequence[Sequence[Sensed]]) -> list[Sensed]:
    """What blocks of transmons sensed in the same programs, put together: one for each tone."""
    together: dict[tuple[str, float, float], list[Sensed]] = {}
    for one in (one for block in blocks for one in block):
        together.setdefault((one.port, one.span.start_s, one.span.stop_s), []).append(one)
    made = [
        Sensed(
            span=attrs.evolve(some[0].span, qubits=tuple(index for one in some for index in one.span.qubits)),
            port=port,
            levels=np.concatenate([one.levels for one in some], axis=1),
            jumps=np.concatenate([one.jumps for one in some], axis=1),
            after=np.concatenate([one.after for one in some], axis=1),
        )
        for (port, *_), some in together.items()
    ]
    return sorted(made, key=lambda one: one.span.start_s)


def stacked_sensed(programs: Sequence[Sequence[Sensed]], shots: int) -> list[Sensed]:
    """What programs sensed that are measured at the same times, one below the other.

    Args:
        programs: What each sensed.
        shots: From one program's first shot to the next one's; no program has more.
    """
    made: list[Sensed] = []
    for some in zip(*programs, strict=True):
        whole = Sensed.empty(some[0].span, some[0].port, len(some) * shots)
        for place, one in enumerate(some):
            rows = slice(place * shots, place * shots + len(one.levels))
            whole.levels[rows], whole.jumps[rows], whole.after[rows] = one.levels, one.jumps, one.after
        made.append(whole)
    return made
