# SPDX-License-Identifier: Apache-2.0
"""Transmons that share a state, from the trigger to their last measurement, in several programs at once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline.errors import InputError

from .chip import LEVELS
from .component import Component
from .ensemble import Ensemble
from .operator import Matrix, decay, thermal
from .propagator import decayed_steps, pair_superoperator, unitaries
from .scene import Scene
from .sensed import Sensed
from .single_pulse import SinglePulses, leaky_rest
from .timeline import Span, merged
from .watch import Watch, kept, noticed

if TYPE_CHECKING:
    from .processor import Processor

_MOST_ELEMENTS = 1 << 26
_SOON_S = 1e-13


@attrs.define(slots=True, eq=False)
class _Branch:
    """Shots that share a state."""

    program: int
    shots: NDArray[np.intp]


class BlockRun:
    """One run of a block.

    Args:
        processor: Knows what pulses do.
        scene: What happens.
        block: The transmons.
        shots: Of each program.
        rng: Randomness.
    """

    def __init__(
        self,
        processor: Processor,
        scene: Scene,
        block: tuple[int, ...],
        shots: list[int],
        rng: np.random.Generator,
    ) -> None:
        self._processor, self._scene, self._block, self._rng, self._shots = processor, scene, block, rng, shots
        self._place = {index: place for place, index in enumerate(block)}
        self._qubits = [scene.chip.qubits[index] for index in block]
        self._ensemble = Ensemble.product(len(shots), [thermal(one) for one in self._qubits])
        self._branches = [_Branch(number, np.arange(count)) for number, count in enumerate(shots)]
        self._owners: NDArray[np.intp] | None = None
        self._clock_s = dict.fromkeys(block, 0.0)
        self._joint_s = 0.0
        self._couplers = [one for one in scene.chip.couplers if one.idle_zz_hz and set(one.qubits) <= set(block)]
        self._sensed: list[list[Sensed]] = [[] for _ in shots]

    def go(self) -> list[list[Sensed]]:
        """Everything in order of time; nothing after the last measurement matters. What each program sensed."""
        watched = [one for one in self._scene.watches if set(one.span.qubits) & set(self._block)]
        acted = self._acted(watched)
        singles = SinglePulses(self._processor, self._scene, [one for one in acted if len(one.qubits) == 1])
        for place, watch in enumerate(watched):
            while acted and acted[0].start_s < watch.span.start_s - _SOON_S:
                self._act(acted.pop(0), singles)
            self._measure(watch, is_last=place == len(watched) - 1)
        return self._sensed

    def density(self, until_s: float) -> Matrix:
        """The state at a time before any measurement, in the transmons' own frames, ``(programs, 9, ...)``."""
        acted = self._acted([])
        singles = SinglePulses(self._processor, self._scene, [one for one in acted if len(one.qubits) == 1])
        for span in acted:
            if span.stop_s <= until_s + _SOON_S:
                self._act(span, singles)
        self._zz_until(until_s)
        self._rest_until(self._block, until_s)
        return self._ensemble.state

    def _acted(self, watched: list[Watch]) -> list[Span]:
        """Spans in which something acts, without what lies in a measurement that makes levels definite."""
        spans = list(merged(list(self._scene.spans(self._block))))
        for watch in watched:
            certain = np.flatnonzero(watch.is_sure.all(axis=0)).tolist()
            sure = {watch.span.qubits[column] for column in certain}
            spans = [part for span in spans for part in _outside(span, watch.span, sure)]
        return sorted(spans, key=lambda span: (span.start_s, span.stop_s))

    def _rest_until(self, qubits: tuple[int, ...], time_s: float) -> None:
        for index in qubits:
            passed_s = time_s - self._clock_s[index]
            if passed_s > _SOON_S:
                qubit = self._scene.chip.qubits[index]
                drive = self._scene.drives.get(index)
                if drive is None or not drive.rest_v:
                    made = self._processor.rest(qubit, passed_s)
                else:
                    ahead_hz = drive.frame_hz - self._scene.frequencies_hz[index]
                    made = leaky_rest(qubit, drive.rest_v, ahead_hz, (self._clock_s[index], time_s))
                self._ensemble.apply(self._place[index], made)
            self._clock_s[index] = max(time_s, self._clock_s[index])

    def _zz_until(self, time_s: float) -> None:
        passed_s, self._joint_s = time_s - self._joint_s, time_s
        for coupler in self._couplers:
            pair = self._place[coupler.qubits[0]], self._place[coupler.qubits[1]]
            self._ensemble.shift_together(pair, 2 * math.pi * coupler.idle_zz_hz * passed_s)

    def _act(self, span: Span, singles: SinglePulses) -> None:
        if self._couplers:
            self._zz_until((span.start_s + span.stop_s) / 2)
        self._rest_until(span.qubits, span.start_s)
        if len(span.qubits) == 1:
            found = singles.of(span)
            used = found if self._owners is None or len(found) == 1 else found[self._owners]
            self._ensemble.apply(self._place[span.qubits[0]], used[0] if len(used) == 1 else used)
        else:
            self._couple(span)
        for index in span.qubits:
            self._clock_s[index] = span.stop_s

    def _owner(self) -> NDArray[np.intp]:
        return np.arange(len(self._shots)) if self._owners is None else self._owners

    def _couple(self, span: Span) -> None:
        """Transmons that act on each other: in frames that turn equally fast, and back to their own."""
        component = Component.of(self._scene, span)
        for qubit, detuning_hz in zip(component.qubits, component.detunings_hz, strict=True):
            self._turn(qubit.index, -2 * math.pi * detuning_hz * span.start_s)
        if len(span.qubits) == 2:
            self._pair(component)
        else:
            self._many(component)
        for qubit, detuning_hz in zip(component.qubits, component.detunings_hz, strict=True):
            self._turn(qubit.index, 2 * math.pi * detuning_hz * span.stop_s)

    def _turn(self, index: int, angle_rad: float) -> None:
        self._ensemble.turn(self._place[index], np.full(len(self._branches), angle_rad))

    def _pair(self, component: Component) -> None:
        def make(samples: NDArray[np.complex128]) -> Matrix:
            decays = decay(component.qubits[0]), decay(component.qubits[1])
            parts = samples.reshape(len(samples), component.samples.shape[1], -1)
            dt_s = 1 / component.rate_hz
            return np.array([pair_superoperator(component.hamiltonians(one), decays, dt_s) for one in parts])

        flat = component.samples.reshape(len(component.samples), -1)
        known, which = self._processor.library.superoperators(component.key, flat, make)
        used = which[self._owner()]
        places = self._place[component.qubits[0].index], self._place[component.qubits[1].index]
        self._ensemble.apply_pair(places, known[used[0]] if (used == used[0]).all() else known[used])

    def _many(self, component: Component) -> None:
        """Three and more: sample by sample, unitaries with decay between them."""
        places = tuple(self._place[one.index] for one in component.qubits)
        owners = self._owner()
        dt_s = 1 / component.rate_hz
        turns = np.array([unitaries(component.hamiltonians(one), dt_s) for one in component.samples])
        half, whole = decayed_steps([decay(one) for one in component.qubits], dt_s)
        for number in range(turns.shape[1]):
            for place, step in zip(places, half if number == 0 else whole, strict=True):
                self._ensemble.apply(place, step)
            self._ensemble.evolve(places, turns[owners, number])
        for place, step in zip(places, half, strict=True):
            self._ensemble.apply(place, step)

    def _measure(self, watch: Watch, *, is_last: bool) -> None:
        """Draw levels for every shot, and what becomes of them while they are looked at."""
        columns = [column for column, index in enumerate(watch.span.qubits) if index in self._place]
        span = attrs.evolve(watch.span, qubits=tuple(watch.span.qubits[column] for column in columns))
        if self._couplers:
            self._zz_until(span.start_s)
        self._rest_until(self._block, span.start_s)
        populations = self._ensemble.populations()
        others = tuple(1 + place for index, place in self._place.items() if index not in span.qubits)
        marginal = populations.sum(axis=others).reshape(len(self._branches), -1)
        drawn = [Sensed.empty(span, watch.port, count) for count in self._shots]
        for branch, weights in zip(self._branches, marginal, strict=True):
            chosen = _drawn(weights, len(branch.shots), self._rng)
            levels = np.stack(np.unravel_index(chosen, (LEVELS,) * len(span.qubits)), axis=-1).astype(np.int8)
            drawn[branch.program].fill(self._scene.chip, branch.shots, levels, self._rng)
        for sensed, one in zip(self._sensed, drawn, strict=True):
            sensed.append(one)
        if not is_last:
            self._collapse(span, drawn, watch.factors[:, columns], watch.is_sure[:, columns])

    def _collapse(
        self, span: Span, drawn: list[Sensed], factors: NDArray[np.complex128], sure: NDArray[np.bool_]
    ) -> None:
        """Go on from what was drawn: a branch for each pair of levels before and after.

        A tone that is not sure makes some shots' levels definite, as many as lose their coherence; they decay on as
        all others do, whatever their records show of that.
        """
        certain = np.flatnonzero(sure.all(axis=0)).tolist()
        self._clock_s |= {span.qubits[column]: span.stop_s for column in certain}
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


def _outside(span: Span, measured: Span, sure: set[int]) -> list[Span]:
    """What is left of a span outside a measurement of any of its transmons."""
    if not sure & set(span.qubits) or span.stop_s <= measured.start_s or span.start_s >= measured.stop_s:
        return [span]
    left = [(span.start_s, measured.start_s), (measured.stop_s, span.stop_s)]
    return [Span(start_s, stop_s, span.qubits) for start_s, stop_s in left if stop_s - start_s > 1e-12]


def _placed(state: Matrix, levels: dict[int, int], num_qubits: int) -> Matrix:
    """A state of some transmons with the others put into definite levels, in order."""
    made = state
    for index in range(num_qubits):
        if index in levels:
            single = np.zeros(LEVELS**2, dtype=np.complex128)
            single[levels[index] * (LEVELS + 1)] = 1
            made = np.moveaxis(np.multiply.outer(single, made), 0, index)
    return made
