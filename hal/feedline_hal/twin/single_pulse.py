# SPDX-License-Identifier: Apache-2.0
"""What pulses do to single transmons: all pulses of a circuit that are equally long looked up at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .chip import LEVELS, Qubit
from .drive import Drive
from .ensemble import COHERENCE
from .operator import Matrix, decay, driven
from .propagator import rest_superoperator, single_superoperators
from .scene import Scene
from .timeline import Span

if TYPE_CHECKING:
    from .processor import Processor

_NEAR_PEAK = 0.999
_PARTS = 12
"""Of a sample, where a span begins or ends in the middle of one."""


class SinglePulses:
    """Superoperators of spans, in the transmons' own frames.

    Args:
        processor: Knows what pulses do.
        scene: What happens.
        spans: Each on one transmon.
    """

    def __init__(self, processor: Processor, scene: Scene, spans: Sequence[Span]) -> None:
        self._processor, self._scene = processor, scene
        self._known: dict[Span, Matrix] = {}
        groups: dict[tuple[int, int, bool], list[Span]] = {}
        for span in spans:
            drive = scene.drives.get(span.qubits[0])
            rate_hz = 1e9 if drive is None else drive.rate_hz
            count = max(1, round((span.stop_s - span.start_s) * rate_hz))
            key = span.qubits[0], count, self._is_damped(span) or not _is_on_grid(drive, span)
            groups.setdefault(key, []).append(span)
        for (index, count, is_apart), some in groups.items():
            for group in ([one] for one in some) if is_apart else [some]:
                self._prepare(scene.chip.qubits[index], group, count)

    def of(self, span: Span) -> Matrix:
        """Superoperators of a span, ``(programs, 9, 9)``, or ``(1, 9, 9)`` if all programs have the same."""
        return self._known[span]

    def _is_damped(self, span: Span) -> bool:
        return self._scene.chip.qubits[span.qubits[0]].reset_port in self._scene.volts

    def _prepare(self, qubit: Qubit, spans: list[Span], count: int) -> None:
        drive = self._scene.drives.get(qubit.index)
        programs = self._scene.programs
        if drive is None:
            rate_hz = count / (spans[0].stop_s - spans[0].start_s)
            felt = np.zeros((len(spans) * programs, count), dtype=np.complex128)
            ahead_hz = 0.0
        else:
            ahead_hz = drive.frame_hz - self._scene.frequencies_hz[qubit.index]
            rate_hz, felt = _felt(drive, spans, count)
        phase_rad = _phases(felt)
        normal = felt * np.exp(-1j * phase_rad)[:, np.newaxis]
        found = self._looked_up(qubit, spans, normal, (rate_hz, ahead_hz))
        phase_rad = phase_rad.reshape(len(spans), programs)
        starts_s, stops_s = np.array([(one.start_s, one.stop_s) for one in spans]).T
        ahead = 2 * math.pi * ahead_hz
        found = turned(found, phase_rad + ahead * starts_s[:, np.newaxis], phase_rad + ahead * stops_s[:, np.newaxis])
        for span, one in zip(spans, found, strict=True):
            is_same = programs > 1 and bool((one == one[0]).all())
            self._known[span] = one[:1] if is_same else one

    def _looked_up(
        self, qubit: Qubit, spans: list[Span], samples: NDArray[np.complex128], clock: tuple[float, float]
    ) -> Matrix:
        """In the drive's frame, by span and program, ``(spans, programs, 9, 9)``."""
        rate_hz, ahead_hz = clock
        programs = self._scene.programs
        dampings = self._dampings_per_s(qubit, spans[0])
        found = np.zeros((len(samples), LEVELS**2, LEVELS**2), dtype=np.complex128)
        for damping_per_s in np.unique(dampings).tolist():

            def make(some: NDArray[np.complex128], damping_per_s: float = damping_per_s) -> Matrix:
                decays = decay(qubit, damping_per_s)
                hamiltonians = driven(qubit, some.reshape(-1), -ahead_hz).reshape(*some.shape, LEVELS, LEVELS)
                return single_superoperators(hamiltonians, decays, 1 / rate_hz)

            rows = np.flatnonzero(np.tile(dampings == damping_per_s, len(spans)))
            key = qubit.index, qubit.t1_s, qubit.t2_s, round(ahead_hz, 3), damping_per_s, rate_hz
            known, which = self._processor.library.superoperators(key, samples[rows], make)
            found[rows] = known[which]
        return found.reshape(len(spans), programs, LEVELS**2, LEVELS**2)

    def _dampings_per_s(self, qubit: Qubit, span: Span) -> NDArray[np.float64]:
        """Mean damping of a span for each program; exact where the transmon is not driven meanwhile."""
        volts = self._scene.volts.get(qubit.reset_port)
        if volts is None:
            return np.zeros(self._scene.programs)
        count = max(1, round((span.stop_s - span.start_s) * volts.rate_hz))
        square_v2 = np.abs(volts.resampled(span.start_s, count, volts.rate_hz)) ** 2
        found: NDArray[np.float64] = np.round(2 * math.pi * qubit.damping_hz_per_v2 * square_v2.mean(axis=1), 3)
        return found


def _is_on_grid(drive: Drive | None, span: Span) -> bool:
    return drive is None or (drive.is_on_grid(span.start_s) and drive.is_on_grid(span.stop_s))


def _felt(drive: Drive, spans: Sequence[Span], count: int) -> tuple[float, NDArray[np.complex128]]:
    """A drive in spans of so many samples, one after the other; in parts of samples where a span divides them."""
    if _is_on_grid(drive, spans[0]):
        return drive.rate_hz, np.concatenate([drive.between(one.start_s, count) for one in spans]) + drive.rest_v
    parts_hz = _PARTS * count / (spans[0].stop_s - spans[0].start_s)
    finer = drive.finer(_PARTS)
    made = [finer.resampled(one.start_s, _PARTS * count, parts_hz) for one in spans]
    return parts_hz, np.concatenate(made) + drive.rest_v


def _phases(samples: NDArray[np.complex128]) -> NDArray[np.float64]:
    """The phase of each pulse where it is about strongest; the same for pulses that differ by a phase."""
    magnitudes = np.abs(samples)
    peak = magnitudes.max(axis=1, keepdims=True)
    place = np.argmax(magnitudes >= _NEAR_PEAK * peak, axis=1)
    found: NDArray[np.float64] = np.angle(samples[np.arange(len(samples)), place])
    return found


def turned(superoperators: Matrix, before_rad: NDArray[np.float64], after_rad: NDArray[np.float64]) -> Matrix:
    """Superoperators ``(..., 9, 9)`` between a turn of the frame by ``before_rad`` and one back by ``after_rad``."""
    first = np.exp(1j * before_rad[..., np.newaxis] * COHERENCE)
    last = np.exp(-1j * after_rad[..., np.newaxis] * COHERENCE)
    found: Matrix = last[..., np.newaxis] * superoperators * first[..., np.newaxis, :]
    return found


def leaky_rest(qubit: Qubit, rest_v: complex, ahead_hz: float, times_s: tuple[float, float]) -> Matrix:
    """What a carrier that leaks does to a transmon which nothing else drives, in its own frame, ``(9, 9)``."""
    hamiltonian = driven(qubit, np.array([rest_v]), -ahead_hz)[0]
    made = rest_superoperator(hamiltonian, decay(qubit), times_s[1] - times_s[0])
    before, after = (np.asarray(2 * math.pi * ahead_hz * one) for one in times_s)
    return turned(made, before, after)
