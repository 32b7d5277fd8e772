# SPDX-License-Identifier: Apache-2.0
"""The readout kernel: weights that tell 0 from 1, and are deaf to other tones."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.signal.windows import tukey

from feedline_bringup.edit import (
    capture_of,
    number,
    play_of,
    with_kernel,
)
from feedline_bringup.experiment import Curve, Finding, Plan, Routine
from feedline_bringup.fitting import Array, Measured
from feedline_bringup.state import State
from feedline_hal.pulse.waveform import Waveform
from feedline_hal.readout.folding import ghosts

if TYPE_CHECKING:
    from feedline_hal.backend import PulseBackend

from .shared import evolved
from .sounding import demodulated, oscillator_hz, prepared, tone_hz, unread

_SMOOTH_S = 10e-9
_HELD_S = 4e-9
_TAPER = 0.6
"""Share of the kernel that rises and falls: what is deaf to other tones while they begin, too."""
_HEARD_HZ = 60e6
"""How far from its tone a kernel hears."""


class ReadoutKernel(Routine):
    """Weights by how much the records of 0 and 1 differ at each time.

    Source: Gambetta et al., Phys. Rev. A 76, 012325 (2007): of linear filters for white noise the mean
    difference of the records is the best.
    """

    name = "readout-kernel"
    title = "Readout kernel from the mean records of 0 and 1"
    shots = 1500

    def plan(self, state: State, qubits: Sequence[int], backend: PulseBackend) -> Sequence[Plan]:
        """Records without and with ``x``."""
        dt_s = backend.grid.dt_s * backend.grid.granularity_ticks
        about = {"lo_hz": {qubit: oscillator_hz(backend, state, qubit) for qubit in qubits}, "dt_s": dt_s}
        return [Plan(sweeps=prepared(state, backend.num_qubits, qubits), shots=self.shots, level="raw", about=about)]

    def analyse(self, state: State, qubits: Sequence[int], plan: Plan, data: Sequence[NDArray[Any]]) -> list[Finding]:
        """The smoothed difference, of peak 1."""
        return [
            self._finding(state, qubits, plan, place, [data[one][0, :, place] for one in (0, place + 1)])
            for place in range(len(qubits))
        ]

    def _finding(
        self, state: State, qubits: Sequence[int], plan: Plan, place: int, records: Sequence[NDArray[Any]]
    ) -> Finding:
        qubit, lo_hz = qubits[place], plan.about["lo_hz"]
        duration_s = number(capture_of(state.calibrations, qubit).duration_s, "capture")
        between_hz = tone_hz(state, qubit) - lo_hz[qubit]
        pair = [demodulated(one, duration_s, between_hz) for one in records]
        times_s = pair[0][0]
        width = _SMOOTH_S / (times_s[1] - times_s[0])
        difference = gaussian_filter1d(pair[1][1].mean(axis=0) - pair[0][1].mean(axis=0), width)
        noise = float(np.sqrt(sum(one[1].var(axis=0).mean() / one[1].shape[0] for one in pair) / (2 * width)))
        height = float(np.abs(difference).max())
        clear = height / max(noise, 1e-300)
        problem = "" if clear > 5 else f"the records of 0 and 1 differ by {clear:.1f} standard errors only"
        shape = tukey(len(difference), _TAPER) * difference.conj() / max(height, 1e-300)
        weights = _held(shape, duration_s, plan.about["dt_s"])
        tones_hz = [tone_hz(state, one) - lo_hz[one] for one in qubits if lo_hz[one] == lo_hz[qubit]]
        rates_hz = 1 / plan.about["dt_s"], len(times_s) / duration_s
        tone = play_of(state.calibrations, "measure", (qubit,)).waveform.sample(rates_hz[0])
        envelope = np.interp(times_s * rates_hz[0] - 0.5, np.arange(len(tone)), np.abs(tone))
        weights = deaf(weights, times_s, images(tones_hz, between_hz, rates_hz, duration_s), envelope)
        x = (np.arange(len(weights)) + 0.5) * duration_s / len(weights) * 1e9
        curves = (
            Curve(x=x, y=weights.real, label="kernel, real"),
            Curve(x=x, y=weights.imag, label="kernel, imaginary"),
        )
        values, labels = {"clearness": Measured(clear, 1.0)}, ("time (ns)", "weight")
        return Finding(qubits=(qubit,), values=values, curves=curves, labels=labels, problem=problem)

    def propose(self, state: State, finding: Finding) -> State:
        """The kernel is used; angle and threshold have to be found anew."""
        (qubit,) = finding.qubits
        weights = finding.curves[0].y + 1j * finding.curves[1].y
        capture = capture_of(state.calibrations, qubit)
        held_s = round(number(capture.duration_s, "capture") / len(weights), 12)
        parts = [Waveform.constant(held_s, complex(weight)) for weight in np.round(weights, 4)]
        kernel = functools.reduce(Waveform.then, parts)
        return unread(evolved(state, with_kernel(state.calibrations, qubit, kernel)), qubit)


def images(tones_hz: Sequence[float], own_hz: float, rates_hz: tuple[float, float], duration_s: float) -> list[float]:
    """Where tones and what sampling makes of them lie close to a tone, relative to it.

    What lies within the tone's own width is left out, and what is so far that a smooth kernel does not hear it.

    Args:
        tones_hz: All tones of the line, relative to the oscillator.
        own_hz: The one that is listened to.
        rates_hz: Of the converter that plays, and of the one that records.
        duration_s: Of the kernel.
    """
    found = ghosts(tones_hz, own_hz, played_hz=rates_hz[0], recorded_hz=rates_hz[1])
    return [one.apart_hz for one in found if 0.8 / duration_s < abs(one.apart_hz) < _HEARD_HZ]


def deaf(
    weights: NDArray[np.complex128], times_s: Array, frequencies_hz: Sequence[float], envelope: Array
) -> NDArray[np.complex128]:
    """The nearest weights, of peak 1 at most, that sum up to nothing for tones, steady or as they are played.

    What leaks in of a steady tone has a phase that depends on when the measurement begins, so it would move the
    points from circuit to circuit.

    Args:
        weights: Held for equal times, shape ``(parts,)``.
        times_s: Of the samples, shape ``(samples,)``.
        frequencies_hz: Of the tones; fewer than half as many as parts.
        envelope: Of the tones as they are played, shape ``(samples,)``.
    """
    if not frequencies_hz:
        return weights / max(float(np.abs(weights).max()), 1e-300)
    tones = np.exp(2j * np.pi * np.outer(frequencies_hz, times_s))
    tones = np.concatenate([tones, tones * envelope])
    sums = tones.reshape(len(tones), len(weights), -1).sum(axis=-1)
    left = weights - np.linalg.pinv(sums, rcond=1e-2) @ (sums @ weights)
    quiet: NDArray[np.complex128] = left / max(float(np.abs(left).max()), 1e-300)
    return quiet


def _held(samples: NDArray[np.complex128], duration_s: float, dt_s: float) -> NDArray[np.complex128]:
    """Means over equal parts of some nanoseconds that are whole numbers of samples and of the device's grid.

    So the kernel can be sampled at the digitizer's rate as well as at the grid's.
    """
    for count in range(int(duration_s / _HELD_S), 1, -1):
        ticks = duration_s / count / dt_s
        if len(samples) % count == 0 and abs(ticks - round(ticks)) < 1e-6:
            return np.asarray(samples.reshape(count, -1).mean(axis=1), dtype=np.complex128)
    return np.asarray(samples.mean(keepdims=True), dtype=np.complex128)
