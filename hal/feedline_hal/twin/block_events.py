# SPDX-License-Identifier: Apache-2.0
"""What happens to transmons that share a state, in order of time, whatever the state is made of."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import attrs
import numpy as np
from numpy.typing import NDArray

from .component import Component
from .operator import Matrix, decay
from .propagator import decayed_steps, pair_superoperator, unitaries
from .scene import Scene
from .sensed import Sensed
from .single_pulse import SinglePulses, leaky_rest
from .timeline import Span, merged
from .watch import Watch

if TYPE_CHECKING:
    from .processor import Processor

SOON_S = 1e-13
"""Times that differ by less are the same."""


class BlockEvents(ABC):
    """One run of a block: finds out what acts when, and leaves to its subclasses on what.

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
        self._clock_s = dict.fromkeys(block, 0.0)
        self._joint_s = 0.0
        self._couplers = [one for one in scene.chip.couplers if one.idle_zz_hz and set(one.qubits) <= set(block)]
        self._sensed: list[list[Sensed]] = [[] for _ in shots]

    @abstractmethod
    def _apply(self, index: int, superoperators: Matrix) -> None:
        """Apply superoperators to a transmon: one for all programs, ``(1, 9, 9)``, or one for each."""

    @abstractmethod
    def _apply_pair(self, places: tuple[int, int], known: Matrix, which: NDArray[np.intp]) -> None:
        """Apply one of ``known`` ``(n, 81, 81)`` to two transmons, ``which`` for each program."""

    @abstractmethod
    def _evolve(self, places: tuple[int, ...], turns: Matrix) -> None:
        """Apply a unitary of each program to some transmons, ``(programs, 3^k, 3^k)``."""

    @abstractmethod
    def _turn(self, index: int, angle_rad: float) -> None:
        """Turn a transmon's frame."""

    @abstractmethod
    def _shift_together(self, places: tuple[int, int], angle_rad: float) -> None:
        """Turn ``|11>`` of two transmons."""

    @abstractmethod
    def _density(self) -> Matrix:
        """Density matrices, ``(programs, 9, ...)``."""

    @abstractmethod
    def _populations(self) -> NDArray[np.float64]:
        """Joint populations, ``(states, 3, 3, ...)``."""

    @abstractmethod
    def _draw(self, span: Span, port: str, weights: NDArray[np.float64]) -> list[Sensed]:
        """Draw levels for every shot, and how they change; by program. Weights are ``(states, 3^k)``."""

    @abstractmethod
    def _collapse(
        self, span: Span, drawn: list[Sensed], factors: NDArray[np.complex128], sure: NDArray[np.bool_]
    ) -> None:
        """Go on from what was drawn."""

    def go(self) -> list[list[Sensed]]:
        """Everything in order of time; nothing after the last measurement matters. What each program sensed."""
        watched = [one for one in self._scene.watches if set(one.span.qubits) & set(self._block)]
        acted = self._acted(watched)
        singles = SinglePulses(self._processor, self._scene, [one for one in acted if len(one.qubits) == 1])
        for place, watch in enumerate(watched):
            while acted and acted[0].start_s < watch.span.start_s - SOON_S:
                self._act(acted.pop(0), singles)
            self._measure(watch, is_last=place == len(watched) - 1)
        return self._sensed

    def density(self, until_s: float) -> Matrix:
        """The state at a time before any measurement, in the transmons' own frames, ``(programs, 9, ...)``."""
        acted = self._acted([])
        singles = SinglePulses(self._processor, self._scene, [one for one in acted if len(one.qubits) == 1])
        for span in acted:
            if span.stop_s <= until_s + SOON_S:
                self._act(span, singles)
        self._zz_until(until_s)
        self._rest_until(self._block, until_s)
        return self._density()

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
            if passed_s > SOON_S:
                qubit = self._scene.chip.qubits[index]
                drive = self._scene.drives.get(index)
                if drive is None or not drive.rest_v:
                    made = self._processor.rest(qubit, passed_s)
                else:
                    ahead_hz = drive.frame_hz - self._scene.frequencies_hz[index]
                    made = leaky_rest(qubit, drive.rest_v, ahead_hz, (self._clock_s[index], time_s))
                self._apply(index, made[np.newaxis])
            self._clock_s[index] = max(time_s, self._clock_s[index])

    def _zz_until(self, time_s: float) -> None:
        passed_s, self._joint_s = time_s - self._joint_s, time_s
        for coupler in self._couplers:
            pair = self._place[coupler.qubits[0]], self._place[coupler.qubits[1]]
            self._shift_together(pair, 2 * math.pi * coupler.idle_zz_hz * passed_s)

    def _act(self, span: Span, singles: SinglePulses) -> None:
        if self._couplers:
            self._zz_until((span.start_s + span.stop_s) / 2)
        self._rest_until(span.qubits, span.start_s)
        if len(span.qubits) == 1:
            self._apply(span.qubits[0], singles.of(span))
        else:
            self._couple(span)
        for index in span.qubits:
            self._clock_s[index] = span.stop_s

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

    def _pair(self, component: Component) -> None:
        def make(samples: NDArray[np.complex128]) -> Matrix:
            decays = decay(component.qubits[0]), decay(component.qubits[1])
            parts = samples.reshape(len(samples), component.samples.shape[1], -1)
            dt_s = 1 / component.rate_hz
            return np.array([pair_superoperator(component.hamiltonians(one), decays, dt_s) for one in parts])

        flat = component.samples.reshape(len(component.samples), -1)
        known, which = self._processor.library.superoperators(component.key, flat, make)
        places = self._place[component.qubits[0].index], self._place[component.qubits[1].index]
        self._apply_pair(places, known, which)

    def _many(self, component: Component) -> None:
        """Three and more: sample by sample, unitaries with decay between them."""
        indices = [one.index for one in component.qubits]
        places = tuple(self._place[index] for index in indices)
        dt_s = 1 / component.rate_hz
        turns = np.array([unitaries(component.hamiltonians(one), dt_s) for one in component.samples])
        half, whole = decayed_steps([decay(one) for one in component.qubits], dt_s)
        for number in range(turns.shape[1]):
            for index, step in zip(indices, half if number == 0 else whole, strict=True):
                self._apply(index, step[np.newaxis])
            self._evolve(places, turns[:, number])
        for index, step in zip(indices, half, strict=True):
            self._apply(index, step[np.newaxis])

    def _measure(self, watch: Watch, *, is_last: bool) -> None:
        """Draw levels for every shot, and what becomes of them while they are looked at."""
        columns = [column for column, index in enumerate(watch.span.qubits) if index in self._place]
        span = attrs.evolve(watch.span, qubits=tuple(watch.span.qubits[column] for column in columns))
        if self._couplers:
            self._zz_until(span.start_s)
        self._rest_until(self._block, span.start_s)
        populations = self._populations()
        others = tuple(1 + place for index, place in self._place.items() if index not in span.qubits)
        drawn = self._draw(span, watch.port, populations.sum(axis=others).reshape(len(populations), -1))
        for sensed, one in zip(self._sensed, drawn, strict=True):
            sensed.append(one)
        if not is_last:
            certain = np.flatnonzero(watch.is_sure[:, columns].all(axis=0)).tolist()
            self._clock_s |= {span.qubits[column]: span.stop_s for column in certain}
            self._collapse(span, drawn, watch.factors[:, columns], watch.is_sure[:, columns])


def _outside(span: Span, measured: Span, sure: set[int]) -> list[Span]:
    """What is left of a span outside a measurement of any of its transmons."""
    if not sure & set(span.qubits) or span.stop_s <= measured.start_s or span.start_s >= measured.stop_s:
        return [span]
    left = [(span.start_s, measured.start_s), (measured.stop_s, span.stop_s)]
    return [Span(start_s, stop_s, span.qubits) for start_s, stop_s in left if stop_s - start_s > 1e-12]
