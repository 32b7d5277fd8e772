# SPDX-License-Identifier: Apache-2.0
"""What comes back on a line: resonators that follow their transmons' levels, noise, all of it as a digitizer sees it.

A resonator at detuning ``D`` with linewidth ``kappa`` takes ``b' = -(kappa/2 - i D) b + (kappa/2) x`` out of the field
``x`` that passes it. Source: Gardiner and Collett, Phys. Rev. A 31, 3761 (1985), input-output theory; Blais et al.,
Rev. Mod. Phys. 93, 025005 (2021), section V (dispersive readout).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from .chip import LEVELS, Chip, Line, Resonator
from .field import Field
from .processor import Sensed

_SHOTS_AT_ONCE = 256


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Response:
    """What one field does in one line, for every transmon and level, at the digitizer's times.

    Attributes:
        passing: The field itself, shape ``(times,)``.
        taken: What each transmon's resonator takes out, shape ``(transmons, 3, times)``.
        leaving: How fast it forgets, ``kappa/2 - i D``, shape ``(transmons, 3)``.
    """

    passing: NDArray[np.complex64]
    taken: NDArray[np.complex64]
    leaving: NDArray[np.complex128]


def response(
    field: NDArray[np.complex128], source: Field, resonators: Sequence[Resonator], times_s: NDArray[np.float64]
) -> Response:
    """The response to one program's field.

    Args:
        field: Envelope, shape ``(samples,)``.
        source: Its clock and local oscillator.
        resonators: One for each transmon.
        times_s: When the digitizer takes samples, counted as the field arrives at the chip.
    """
    dt_s = 1 / source.rate_hz
    index = (times_s - source.start_s) * source.rate_hz
    taken = np.zeros((len(resonators), LEVELS, len(times_s)), dtype=np.complex64)
    leaving = np.zeros((len(resonators), LEVELS), dtype=np.complex128)
    for place, one in enumerate(resonators):
        for level in range(LEVELS):
            rate = math.pi * one.kappa_hz - 2j * math.pi * (one.level_hz(level) - source.lo_hz)
            leaving[place, level] = rate
            keep = np.exp(-rate * dt_s)
            gain = (1 - keep) * math.pi * one.kappa_hz / rate
            ends = lfilter([gain], [1, -keep], field)  # at the end of each sample
            taken[place, level] = _at(np.concatenate([[0], ends]), index)
    return Response(passing=_held(field, index), taken=taken, leaving=leaving)


def _at(values: NDArray[np.complex128], index: NDArray[np.float64]) -> NDArray[np.complex64]:
    """Values between samples, linear; zero outside."""
    known = np.arange(len(values))
    real = np.interp(index, known, values.real, left=0, right=0)
    return (real + 1j * np.interp(index, known, values.imag, left=0, right=0)).astype(np.complex64)


def _held(values: NDArray[np.complex128], index: NDArray[np.float64]) -> NDArray[np.complex64]:
    """Values that hold for a sample, as a converter puts them out; zero outside."""
    place = np.floor(index).astype(np.intp)
    inside = (place >= 0) & (place < len(values))
    made = np.zeros(len(index), dtype=np.complex64)
    made[inside] = values[place[inside]]
    return made


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Answer:
    """What a digitizer records of some shots, before noise.

    Attributes:
        chip: The chip.
        line: The way back.
        times_s: When samples are taken, as the field arrives at the chip.
    """

    chip: Chip
    line: Line
    times_s: NDArray[np.float64]

    def volts(self, known: Response, sensed: Sequence[Sensed], shots: NDArray[np.intp]) -> NDArray[np.complex64]:
        """Complex records of some shots of one program, shape ``(shots, times)``."""
        total = np.repeat(known.passing[np.newaxis], len(shots), axis=0)
        for place, one in enumerate(sensed):
            until_s = sensed[place + 1].span.start_s if place + 1 < len(sensed) else np.inf
            first, last = np.searchsorted(self.times_s, [one.span.start_s, until_s])
            for column, index in enumerate(one.span.qubits):
                level = one.levels[shots, column]
                total[:, first:last] -= known.taken[index, level, first:last]
                jumped = np.flatnonzero(np.isfinite(one.jumps[shots, column]))
                if len(jumped):
                    self._jump(total, known, one, column, shots[jumped], jumped, slice(first, last))
        turned: NDArray[np.complex64] = total * np.complex64(self.line.gain * np.exp(1j * self.line.phase_rad))
        return turned

    def _jump(
        self,
        total: NDArray[np.complex64],
        known: Response,
        one: Sensed,
        column: int,
        shots: NDArray[np.intp],
        rows: NDArray[np.intp],
        within: slice,
    ) -> None:
        """Correct records of shots whose level changes: from then on another resonance, begun where it was."""
        index = one.span.qubits[column]
        before, after = one.levels[shots, column], one.after[shots, column]
        when_s = one.span.start_s + one.jumps[shots, column]
        times_s = self.times_s[within]
        was, new = known.taken[index, before, within], known.taken[index, after, within]
        start = np.clip(np.searchsorted(times_s, when_s), 0, len(times_s) - 1)
        row = np.arange(len(shots))
        elapsed_s = np.maximum(0.0, times_s - when_s[:, np.newaxis])
        fading = np.exp(-known.leaving[index, after][:, np.newaxis] * elapsed_s)
        rest = (was[row, start] - new[row, start])[:, np.newaxis] * fading
        total[rows, within] -= np.where(times_s >= when_s[:, np.newaxis], new - was + rest, 0).astype(np.complex64)
