# SPDX-License-Identifier: Apache-2.0
"""Blocks of many transmons that are measured in mid-circuit: a pure state for each shot, since shots differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np
from numpy.typing import NDArray

from .block_events import BlockEvents
from .block_run import BlockRun
from .chip import LEVELS
from .operator import Matrix, thermal
from .scene import Scene
from .sensed import Sensed
from .timeline import Span
from .trajectories import Trajectories
from .watch import noticed

if TYPE_CHECKING:
    from .processor import Processor

_MANY = 5
"""From so many transmons on a density matrix is larger than the pure states of the shots that share it."""
_MOST_ELEMENTS = 1 << 22


class TrajectoryRun(BlockEvents):
    """One run of a block with a pure state for each shot.

    Args: those of `BlockEvents`.
    """

    def __init__(
        self,
        processor: Processor,
        scene: Scene,
        block: tuple[int, ...],
        shots: list[int],
        rng: np.random.Generator,
    ) -> None:
        super().__init__(processor, scene, block, shots, rng)
        self._states = Trajectories.thermal(sum(shots), [thermal(one) for one in self._qubits], rng)
        self._owners = np.repeat(np.arange(len(shots)), shots)

    def _apply(self, index: int, superoperators: Matrix) -> None:
        which = np.zeros(len(self._shots), dtype=np.intp) if len(superoperators) == 1 else np.arange(len(self._shots))
        self._jump((self._place[index],), superoperators, which)

    def _apply_pair(self, places: tuple[int, int], known: Matrix, which: NDArray[np.intp]) -> None:
        self._jump(places, known, which)

    def _jump(self, places: tuple[int, ...], known: Matrix, which: NDArray[np.intp]) -> None:
        """Apply one of ``known`` to some transmons, ``which`` for each program."""
        used = np.unique(which).tolist()
        for number in used:
            shots = None if len(used) == 1 else np.flatnonzero(which[self._owners] == number)
            self._states.apply(places, known[number], shots)

    def _evolve(self, places: tuple[int, ...], turns: Matrix) -> None:
        self._states.evolve(places, turns[self._owners])

    def _turn(self, index: int, angle_rad: float) -> None:
        self._states.turn(self._place[index], angle_rad)

    def _shift_together(self, places: tuple[int, int], angle_rad: float) -> None:
        self._states.shift_together(places, angle_rad)

    def _density(self) -> Matrix:
        return np.array([self._states.mean(self._owners == program) for program in range(len(self._shots))])

    def _populations(self) -> NDArray[np.float64]:
        return self._states.populations()

    def _draw(self, span: Span, port: str, weights: NDArray[np.float64]) -> list[Sensed]:
        edges = np.cumsum(weights, axis=1)
        chosen = (edges < self._rng.random((len(edges), 1)) * edges[:, -1:]).sum(axis=1)
        levels = np.stack(np.unravel_index(chosen, (LEVELS,) * len(span.qubits)), axis=-1).astype(np.int8)
        whole, drawn = Sensed.parted(span, port, self._shots)
        whole.fill(self._scene.chip, np.arange(len(levels)), levels, self._rng)
        return drawn

    def _collapse(
        self, span: Span, drawn: list[Sensed], factors: NDArray[np.complex128], sure: NDArray[np.bool_]
    ) -> None:
        """Project what is sure, and of the rest as many shots as lose coherence; the others turn."""
        each = zip(factors, sure, self._shots, strict=True)
        seen = np.concatenate([certain | noticed(some, count, self._rng, least=0.0) for some, certain, count in each])
        before = np.concatenate([one.levels for one in drawn])
        after = np.where(sure[self._owners], np.concatenate([one.after[:, :, -1] for one in drawn]), before)
        for column, index in enumerate(span.qubits):
            place = self._place[index]
            self._states.kick(place, -np.angle(factors[self._owners, column]))
            self._states.project(place, before[:, column], after[:, column], seen[:, column])


def sensed_by(
    processor: Processor, scene: Scene, block: tuple[int, ...], shots: list[int], rng: np.random.Generator
) -> list[list[Sensed]]:
    """What a block's programs sense: by density matrices, or by trajectories if it is large and measured in between.

    Args:
        processor: Knows what pulses do.
        scene: What happens.
        block: The transmons.
        shots: Of each program.
        rng: Randomness.
    """
    measured = sum(bool(set(one.span.qubits) & set(block)) for one in scene.watches)
    if len(block) < _MANY or measured < 2:
        return BlockRun(processor, scene, block, shots, rng).go()
    most = max(1, _MOST_ELEMENTS // LEVELS ** len(block) // len(shots))
    parts = [TrajectoryRun(processor, scene, block, some, rng).go() for some in _portions(shots, most)]
    return [[_joined(one) for one in zip(*of_program, strict=True)] for of_program in zip(*parts, strict=True)]


def _portions(shots: Sequence[int], most: int) -> Iterator[list[int]]:
    """Shots of each program, at most so many at a time."""
    for first in range(0, max(max(shots), 1), most):
        yield [min(max(count - first, 0), most) for count in shots]


def _joined(parts: Sequence[Sensed]) -> Sensed:
    """One measurement of several portions of shots."""
    return attrs.evolve(
        parts[0],
        levels=np.concatenate([one.levels for one in parts]),
        jumps=np.concatenate([one.jumps for one in parts]),
        after=np.concatenate([one.after for one in parts]),
    )
