# SPDX-License-Identifier: Apache-2.0
"""The chip at work: what happens to its transmons when fields arrive, shot by shot where it is measured."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from .chip import LEVELS, Chip, Coupler, Qubit
from .drive import Drive, drives, voltages
from .ensemble import Ensemble
from .field import Field
from .library import Library
from .operator import Matrix, decay, driven, exchange, rest
from .propagator import pair_superoperator, rest_superoperator, single_superoperators
from .timeline import Span, merged, runs

_GAP = 3
"""Zeros in a pulse that do not divide it."""


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Sensed:
    """Transmons while they are measured.

    Attributes:
        span: When, and which transmons.
        port: The line.
        levels: At the start, for each shot, shape ``(shots, transmons)``.
        jumps: First change of level in the span: time from its start, ``inf`` for none, ``(shots, transmons)``.
        after: Level after that change, ``(shots, transmons)``.
    """

    span: Span
    port: str
    levels: NDArray[np.int8]
    jumps: NDArray[np.float64]
    after: NDArray[np.int8]


@attrs.define(slots=True, eq=False)
class _Branch:
    """Shots that share a state."""

    program: int
    shots: NDArray[np.intp]


class Processor:
    """Plays fields to a chip.

    Args:
        chip: The chip.
    """

    def __init__(self, chip: Chip) -> None:
        self.chip = chip
        self.library = Library()
        self._rests: dict[tuple[int, float, int], Matrix] = {}

    def thermal(self, qubit: Qubit) -> Matrix:
        """A transmon in equilibrium, its density matrix stacked row by row."""
        ratio = qubit.thermal_population / max(1e-12, 1 - qubit.thermal_population)
        weights = ratio ** np.arange(LEVELS)
        return (np.diag(weights) / weights.sum()).astype(np.complex128).reshape(-1)

    def play(
        self,
        fields: Mapping[str, Field],
        frequencies_hz: Mapping[int, float],
        shots: Sequence[int],
        rng: np.random.Generator,
    ) -> list[list[Sensed]]:
        """Play programs whose pulses lie at the same times.

        Args:
            fields: By port, a row per program.
            frequencies_hz: Of each transmon.
            shots: Of each program.
            rng: Randomness.

        Returns:
            For each program what was sensed, in order of time.
        """
        run = _Run(self, fields, frequencies_hz, list(shots), rng)
        return run.go()

    def rest(self, qubit: Qubit, duration_s: float) -> Matrix:
        """What happens to a transmon in its own frame while nothing drives it."""
        key = qubit.index, qubit.t1_s, round(duration_s * 1e13)
        known = self._rests.get(key)
        if known is None:
            if len(self._rests) > 4096:
                self._rests.clear()
            known = self._rests[key] = rest_superoperator(rest(qubit), decay(qubit), duration_s)
        return known


class _Run:
    """One call of `Processor.play`."""

    def __init__(
        self,
        processor: Processor,
        fields: Mapping[str, Field],
        frequencies_hz: Mapping[int, float],
        shots: list[int],
        rng: np.random.Generator,
    ) -> None:
        self._processor, self._chip, self._rng = processor, processor.chip, rng
        self._frequencies_hz = frequencies_hz
        self._fields = fields
        self._drives = drives(self._chip, fields, frequencies_hz)
        baseband = [one.port for one in self._chip.couplers]
        resets = [one.reset_port for one in self._chip.qubits if one.reset_port]
        self._volts = voltages([*baseband, *resets], fields)
        self._ensemble = Ensemble.product(len(shots), [processor.thermal(one) for one in self._chip.qubits])
        self._branches = [_Branch(number, np.arange(count)) for number, count in enumerate(shots)]
        self._shots = shots
        self._clock_s = dict.fromkeys((one.index for one in self._chip.qubits), 0.0)
        self._joint_s = 0.0
        self._sensed: list[list[Sensed]] = [[] for _ in shots]

    def go(self) -> list[list[Sensed]]:
        """Everything in order of time; nothing after the last measurement matters."""
        measured = self._measured()
        acted = list(merged(self._acting()))
        for place, (span, port) in enumerate(measured):
            while acted and acted[0].start_s < span.start_s - 1e-12:
                self._act(acted.pop(0))
            self._measure(span, port, is_last=place == len(measured) - 1)
        return self._sensed

    def _acting(self) -> Iterator[Span]:
        """When something acts on which transmons."""
        for index, drive in self._drives.items():
            yield from _spans(drive, (index,))
        for coupler in self._chip.couplers:
            if coupler.port in self._volts:
                yield from _spans(self._volts[coupler.port], coupler.qubits)
        for qubit in self._chip.qubits:
            if qubit.reset_port in self._volts:
                yield from _spans(self._volts[qubit.reset_port], (qubit.index,))

    def _measured(self) -> list[tuple[Span, str]]:
        """When which transmons are measured: a tone is in a resonator's reach."""
        found: list[tuple[Span, str]] = []
        for port in dict.fromkeys(one.resonator.port for one in self._chip.qubits if one.resonator):
            field = self._fields.get(port)
            if field is None or not math.isfinite(field.lo_hz):
                continue
            for first, last in runs(field.volts, _GAP):
                start_s = field.start_s + first / field.rate_hz
                stop_s = field.start_s + last / field.rate_hz
                reached = tuple(
                    one.index for one in self._chip.qubits if self._is_reached(one, port, field, first, last)
                )
                if reached:
                    found.append((Span(start_s, stop_s, reached), port))
        return sorted(found, key=lambda item: item[0].start_s)

    def _is_reached(self, qubit: Qubit, port: str, field: Field, first: int, last: int) -> bool:
        """Whether a tone brings more than a tenth of a photon into the qubit's resonator."""
        own = qubit.resonator
        if own is None or own.port != port:
            return False
        times_s = field.times_s()[first:last]
        heard = field.volts[:, first:last] * np.exp(2j * np.pi * (field.lo_hz - own.frequency_hz) * times_s)
        window = max(1, min(last - first, int(field.rate_hz / (math.pi * own.kappa_hz))))
        summed = np.cumsum(heard, axis=1)
        inside = summed[:, window - 1 :] - np.concatenate([np.zeros((len(heard), 1)), summed[:, :-window]], axis=1)
        strength_v = float(np.abs(inside).max(initial=0.0)) / window
        return own.photons_per_v2 * strength_v**2 > 0.1

    def _rest_until(self, qubits: Sequence[int], time_s: float) -> None:
        for index in qubits:
            passed_s = time_s - self._clock_s[index]
            if passed_s > 1e-13:
                self._ensemble.apply(index, self._processor.rest(self._chip.qubits[index], passed_s))
            self._clock_s[index] = time_s

    def _zz_until(self, time_s: float) -> None:
        passed_s, self._joint_s = time_s - self._joint_s, time_s
        for coupler in self._chip.couplers:
            if coupler.idle_zz_hz and passed_s > 0:
                self._ensemble.shift_together(coupler.qubits, 2 * math.pi * coupler.idle_zz_hz * passed_s)

    def _act(self, span: Span) -> None:
        self._zz_until(span.start_s)
        self._rest_until(span.qubits, span.start_s)
        owners = np.array([branch.program for branch in self._branches], dtype=np.intp)
        if len(span.qubits) == 1:
            self._drive(self._chip.qubits[span.qubits[0]], span, owners)
        else:
            self._couple(span, owners)
        for index in span.qubits:
            self._clock_s[index] = span.stop_s

    def _drive(self, qubit: Qubit, span: Span, owners: NDArray[np.intp]) -> None:
        damping_per_s = self._damping_per_s(qubit, span)
        drive = self._drives.get(qubit.index)
        rate_hz = 1e9 if drive is None else drive.rate_hz
        count = round((span.stop_s - span.start_s) * rate_hz)
        felt = (
            np.zeros((len(self._shots), count), dtype=np.complex128)
            if drive is None
            else drive.between(span.start_s, span.stop_s)
        )
        phase_rad = np.angle(felt.sum(axis=1))
        normal = felt * np.exp(-1j * phase_rad)[:, np.newaxis]
        scale = 2 * math.pi * qubit.rabi_hz_per_v
        decays = decay(qubit, damping_per_s)

        def make(samples: NDArray[np.complex128]) -> Matrix:
            hamiltonians = driven(qubit, scale * samples.reshape(-1)).reshape(*samples.shape, LEVELS, LEVELS)
            return single_superoperators(hamiltonians, decays, 1 / rate_hz)

        key = qubit.index, qubit.t1_s, round(damping_per_s), rate_hz
        known, which = self._processor.library.superoperators(key, normal, make)
        self._ensemble.turn(qubit.index, phase_rad[owners])
        used = which[owners]
        if (used == used[0]).all():
            self._ensemble.apply(qubit.index, known[used[0]])
        else:
            self._ensemble.apply(qubit.index, known, used)
        self._ensemble.turn(qubit.index, -phase_rad[owners])

    def _damping_per_s(self, qubit: Qubit, span: Span) -> float:
        """Mean damping of a span; the same for all programs, as they have the same pulses' times."""
        volts = self._volts.get(qubit.reset_port)
        if volts is None:
            return 0.0
        square_v2 = np.abs(volts.between(span.start_s, span.stop_s)) ** 2
        return float(2 * math.pi * qubit.damping_hz_per_v2 * square_v2.mean(axis=1).max(initial=0.0))

    def _couple(self, span: Span, owners: NDArray[np.intp]) -> None:
        coupler = self._coupler(span)
        first, second = (self._chip.qubits[index] for index in coupler.qubits)
        volts = self._volts[coupler.port]
        count = round((span.stop_s - span.start_s) * volts.rate_hz)
        apart_hz = self._frequencies_hz[first.index] - self._frequencies_hz[second.index]
        ahead_rad = 2 * math.pi * apart_hz * span.start_s
        turn_rad = 2 * math.pi * apart_hz * (np.arange(count) + 0.5) / volts.rate_hz
        felt = [
            self._drives[one.index].resampled(span.start_s, count, volts.rate_hz)
            if one.index in self._drives
            else np.zeros((len(self._shots), count), dtype=np.complex128)
            for one in (first, second)
        ]
        samples = np.concatenate(
            [volts.between(span.start_s, span.stop_s), felt[0] * np.exp(1j * ahead_rad), felt[1]], axis=1
        )

        def make(all_samples: NDArray[np.complex128]) -> Matrix:
            return np.array([_pair(coupler, (first, second), one, turn_rad, volts.rate_hz) for one in all_samples])

        key = (*coupler.qubits, first.t1_s, second.t1_s, round(apart_hz), volts.rate_hz)
        known, which = self._processor.library.superoperators(key, samples, make)
        ahead = np.full(len(owners), ahead_rad)
        self._ensemble.turn(first.index, -ahead)
        used = which[owners]
        if (used == used[0]).all():
            self._ensemble.apply_pair(coupler.qubits, known[used[0]])
        else:
            self._ensemble.apply_pair(coupler.qubits, known, used)
        self._ensemble.turn(first.index, ahead)

    def _coupler(self, span: Span) -> Coupler:
        found = [one for one in self._chip.couplers if set(one.qubits) <= set(span.qubits) and one.port in self._volts]
        if len(span.qubits) > 2 or len(found) != 1:
            raise NotImplementedError
        return found[0]

    def _measure(self, span: Span, port: str, *, is_last: bool) -> None:
        """Draw levels for every shot, and what becomes of them while they are looked at."""
        self._zz_until(span.start_s)
        self._rest_until(list(self._clock_s), span.start_s)
        populations = self._ensemble.populations()
        others = tuple(1 + one.index for one in self._chip.qubits if one.index not in span.qubits)
        marginal = populations.sum(axis=others).reshape(len(self._branches), -1)
        drawn = [self._empty(count, len(span.qubits)) for count in self._shots]
        for branch, weights in zip(self._branches, marginal, strict=True):
            chosen = self._rng.choice(len(weights), size=len(branch.shots), p=weights)
            levels = np.stack(np.unravel_index(chosen, (LEVELS,) * len(span.qubits)), axis=-1).astype(np.int8)
            jumps, after = self._jumps(levels, span)
            for target, values in zip(drawn[branch.program], (levels, jumps, after), strict=True):
                target[branch.shots] = values
        for sensed, (levels, jumps, after) in zip(self._sensed, drawn, strict=True):
            sensed.append(Sensed(span=span, port=port, levels=levels, jumps=jumps, after=after))
        if not is_last:
            self._collapse(span, drawn)

    def _empty(self, shots: int, qubits: int) -> tuple[NDArray[np.int8], NDArray[np.float64], NDArray[np.int8]]:
        shape = shots, qubits
        return np.zeros(shape, np.int8), np.full(shape, np.inf), np.zeros(shape, np.int8)

    def _jumps(self, levels: NDArray[np.int8], span: Span) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
        """When each transmon's level changes first while it is looked at, and to what."""
        times_s, after = np.full(levels.shape, np.inf), levels.copy()
        for column, index in enumerate(span.qubits):
            qubit = self._chip.qubits[index]
            down = levels[:, column] * (1 - qubit.thermal_population) / qubit.t1_s
            up = np.where(levels[:, column] < LEVELS - 1, levels[:, column] + 1, 0) * qubit.thermal_population
            total = down + up / qubit.t1_s
            wait_s = self._rng.exponential(size=len(levels)) / np.maximum(total, 1e-30)
            jumped = wait_s < span.stop_s - span.start_s
            goes_down = self._rng.random(len(levels)) * total < down
            times_s[jumped, column] = wait_s[jumped]
            after[:, column] += np.where(jumped, np.where(goes_down, -1, 1), 0).astype(np.int8)
        return times_s, after

    def _collapse(
        self, span: Span, drawn: list[tuple[NDArray[np.int8], NDArray[np.float64], NDArray[np.int8]]]
    ) -> None:
        """Go on from what was drawn: a branch for each pair of levels before and after."""
        branches: list[_Branch] = []
        states: list[Matrix] = []
        for place, branch in enumerate(self._branches):
            levels, _, after = drawn[branch.program]
            both = np.concatenate([levels[branch.shots], after[branch.shots]], axis=1)
            distinct, member = np.unique(both, axis=0, return_inverse=True)
            for number, pair in enumerate(distinct.tolist()):
                half = len(span.qubits)
                before = dict(zip(span.qubits, pair[:half], strict=True))
                end = dict(zip(span.qubits, pair[half:], strict=True))
                states.append(_placed(self._ensemble.given(before, place), end, self._ensemble.num_qubits))
                branches.append(_Branch(branch.program, branch.shots[member.reshape(-1) == number]))
        self._branches = branches
        self._ensemble = Ensemble(np.array(states))
        for index in span.qubits:
            self._clock_s[index] = span.stop_s


def _placed(state: Matrix, levels: dict[int, int], num_qubits: int) -> Matrix:
    """A state of some transmons with the others put into definite levels, in order."""
    made = state
    for index in range(num_qubits):
        if index in levels:
            single = np.zeros(LEVELS**2, dtype=np.complex128)
            single[levels[index] * (LEVELS + 1)] = 1
            made = np.moveaxis(np.multiply.outer(single, made), 0, index)
    return made


def _pair(
    coupler: Coupler,
    qubits: tuple[Qubit, Qubit],
    samples: NDArray[np.complex128],
    turn_rad: NDArray[np.float64],
    rate_hz: float,
) -> Matrix:
    """Superoperator of two transmons: the coupler's voltage, then each one's drive, laid end to end."""
    volts, first, second = samples.reshape(3, -1)
    identity = np.eye(LEVELS)
    single = [
        driven(one, 2 * math.pi * one.rabi_hz_per_v * felt) for one, felt in zip(qubits, (first, second), strict=True)
    ]
    hamiltonians = exchange(coupler, volts.real, turn_rad)
    hamiltonians = hamiltonians + np.einsum("sab,cd->sacbd", single[0], identity).reshape(-1, 9, 9)
    hamiltonians = hamiltonians + np.einsum("ab,scd->sacbd", identity, single[1]).reshape(-1, 9, 9)
    return pair_superoperator(hamiltonians, (decay(qubits[0]), decay(qubits[1])), 1 / rate_hz)


def _spans(drive: Drive, qubits: tuple[int, ...]) -> Iterator[Span]:
    for first, last in runs(drive.samples, _GAP):
        yield Span(drive.start_s + first / drive.rate_hz, drive.start_s + last / drive.rate_hz, tuple(sorted(qubits)))
