# SPDX-License-Identifier: Apache-2.0
"""Transmons that share a density matrix, from the trigger to their last measurement, in several programs at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline.errors import InputError

from .block_events import BlockEvents
from .chip import LEVELS
from .ensemble import Ensemble
from .operator import Matrix, thermal
from .scene import Scene
from .sensed import Sensed
from .timeline import Span
from .watch import kept, noticed

if TYPE_CHECKING:
    from .processor import Processor

_MOST_ELEMENTS = 1 << 26


@attrs.define(slots=True, eq=False)
class _Branch:
    """Shots that share a state."""

    program: int
    shots: NDArray[np.intp]


class BlockRun(BlockEvents):
    """One run of a block with density matrices: one for each program, and for what was found in mid-circuit.

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
        self._ensemble = Ensemble.product(len(shots), [thermal(one) for one in self._qubits])
        self._branches = [_Branch(number, np.arange(count)) for number, count in enumerate(shots)]
        self._owners: NDArray[np.intp] | None = None

    def _owner(self) -> NDArray[np.intp]:
        return np.arange(len(self._shots)) if self._owners is None else self._owners

    def _apply(self, index: int, superoperators: Matrix) -> None:
        used = superoperators if self._owners is None or len(superoperators) == 1 else superoperators[self._owners]
        self._ensemble.apply(self._place[index], used[0] if len(used) == 1 else used)

    def _apply_pair(self, places: tuple[int, int], known: Matrix, which: NDArray[np.intp]) -> None:
        used = which[self._owner()]
        self._ensemble.apply_pair(places, known[used[0]] if (used == used[0]).all() else known[used])

    def _evolve(self, places: tuple[int, ...], turns: Matrix) -> None:
        self._ensemble.evolve(places, turns[self._owner()])

    def _turn(self, index: int, angle_rad: float) -> None:
        self._ensemble.turn(self._place[index], np.full(len(self._branches), angle_rad))

    def _shift_together(self, places: tuple[int, int], angle_rad: float) -> None:
        self._ensemble.shift_together(places, angle_rad)

    def _density(self) -> Matrix:
        return self._ensemble.state

    def _populations(self) -> NDArray[np.float64]:
        return self._ensemble.populations()

    def _draw(self, span: Span, port: str, weights: NDArray[np.float64]) -> list[Sensed]:
        whole, drawn = Sensed.parted(span, port, self._shots)
        starts = np.cumsum([0, *self._shots])
        shots = np.concatenate([starts[branch.program] + branch.shots for branch in self._branches])
        chosen = np.concatenate(
            [_drawn(own, len(one.shots), self._rng) for one, own in zip(self._branches, weights, strict=True)]
        )
        levels = np.stack(np.unravel_index(chosen, (LEVELS,) * len(span.qubits)), axis=-1).astype(np.int8)
        whole.fill(self._scene.chip, shots, levels, self._rng)
        return drawn

    def _collapse(
        self, span: Span, drawn: list[Sensed], factors: NDArray[np.complex128], sure: NDArray[np.bool_]
    ) -> None:
        """Go on from what was drawn: a branch for each pair of levels before and after.

        A tone that is not sure makes some shots' levels definite, as many as lose their coherence; they decay on as
        all others do, whatever their records show of that.
        """
        certain = np.flatnonzero(sure.all(axis=0)).tolist()
        if len(certain) == len(self._block):
            self._settle(span, drawn)
            return
        owners = self._owner()
        for column, index in enumerate(span.qubits):
            self._ensemble.dephase(self._place[index], kept(factors[:, column], sure[:, column])[owners])
        branches: list[_Branch] = []
        states: list[Matrix] = []
        for place, branch in enumerate(self._branches):
            one, is_sure = drawn[branch.program], sure[branch.program]
            before, after = one.levels[branch.shots], one.after[branch.shots, :, -1]
            seen = is_sure | noticed(factors[branch.program], len(branch.shots), self._rng)
            code = np.concatenate([np.where(seen, before + 1, 0), np.where(is_sure, after, 0)], axis=1)
            code = code @ ((LEVELS + 1) ** np.arange(code.shape[1]))
            _, first, member = np.unique(code, return_index=True, return_inverse=True)
            for number, example in enumerate(first.tolist()):
                places = {self._place[span.qubits[c]]: c for c in np.flatnonzero(seen[example]).tolist()}
                begun = {q: int(before[example, c]) for q, c in places.items()}
                ended = {q: int(after[example, c]) if is_sure[c] else begun[q] for q, c in places.items()}
                states.append(_placed(self._ensemble.given(begun, place), ended, self._ensemble.num_qubits))
                branches.append(_Branch(branch.program, branch.shots[member == number]))
        self._take(branches, states)

    def _settle(self, span: Span, drawn: list[Sensed]) -> None:
        """All are in definite levels: what was before matters no more, so that branches meet again."""
        order = [span.qubits.index(index) for index in self._block]
        branches: list[_Branch] = []
        states: list[Matrix] = []
        for program, one in enumerate(drawn):
            after = one.after[:, order, -1]
            codes, member = np.unique(after @ (LEVELS ** np.arange(len(order))), return_inverse=True)
            for number, code in enumerate(codes.tolist()):
                levels = {place: code // LEVELS**place % LEVELS for place in range(len(order))}
                states.append(_placed(np.ones((), dtype=np.complex128), levels, len(order)))
                branches.append(_Branch(program, np.flatnonzero(member == number)))
        self._take(branches, states)

    def _take(self, branches: list[_Branch], states: list[Matrix]) -> None:
        if len(branches) * LEVELS ** (2 * len(self._block)) > _MOST_ELEMENTS:
            raise InputError(
                f"Measurements in mid-circuit leave {len(branches)} different states of {len(self._block)} qubits.",
                remedy="Measure fewer qubits before the end of the circuit, or take fewer shots.",
            )
        self._branches, self._ensemble = branches, Ensemble(np.array(states))
        self._owners = np.array([branch.program for branch in branches], dtype=np.intp)


def _drawn(weights: NDArray[np.float64], count: int, rng: np.random.Generator) -> NDArray[np.intp]:
    edges = np.cumsum(weights)
    places: NDArray[np.intp] = np.searchsorted(edges / edges[-1], rng.random(count), side="right")
    return np.minimum(places, len(weights) - 1)


def _placed(state: Matrix, levels: dict[int, int], num_qubits: int) -> Matrix:
    """A state of some transmons with the others put into definite levels, in order."""
    made = state
    for index in range(num_qubits):
        if index in levels:
            single = np.zeros(LEVELS**2, dtype=np.complex128)
            single[levels[index] * (LEVELS + 1)] = 1
            made = np.moveaxis(np.multiply.outer(single, made), 0, index)
    return made
