# SPDX-License-Identifier: Apache-2.0
"""Two ideal qubits behind the emulated instruments of `rack_lab`: what the AWG plays is what they do.

Gates are found in voltages alone: drive lines turn a qubit, a pulse on the coupler is a CZ. Readout tones tell
what came out, with signs that the rack file's angles and thresholds can tell.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rack_lab import DRIVE_HZ, DRIVE_LO_HZ, READOUT_HZ, READOUT_LO_HZ

from feedline_hal import Waveform

LATE = (0, 5)
"""Samples that each qubit's drive comes before what it belongs to: its line is longer."""
HEARD_S = 45e-9
"""When time 0 of a shot arrives at the digitizer."""
ANGLES_RAD = (0.3, -1.1)
FULL_SCALES_V, OFFSETS_V = ((0.298, 0.299), (0.3, 0.3)), ((0.002, -0.001), (0.0, 0.0))
GAINS, SKEWS_RAD = (1.05, 1.0), (0.02, 0.0)
CZ_Z_RAD = math.pi / 7
QUARTER = Waveform.drag(40e-9, 0.2, sigma_s=10e-9, beta_s=1e-9).sample(1e9).real.sum()
"""Area of an sx."""
TONE_V = 0.05
SILENT = 1e-3


class Chip:
    """A signal for the digitizer; `awg` is to be plugged in before the first shot.

    Attributes:
        awg: The emulator whose voltages it is driven with.
    """

    def __init__(self) -> None:
        self.awg: Any = None
        self._rng = np.random.default_rng(5)
        self._known: dict[bytes, NDArray[np.float64]] = {}

    def volts(self, channel: int, shots: range, times_s: NDArray[np.float64]) -> NDArray[np.float32]:
        """Tones whose signs are what the qubits came out as, shape ``(shots, times)``."""
        assert channel == 1
        steps = len(self.awg.outputs[1].steps)
        chances = np.cumsum(self._chances(steps), axis=1)
        rows = np.array(shots) % steps
        outcomes = (self._rng.random(len(rows))[:, np.newaxis] > chances[rows][:, :3]).sum(axis=1)
        tones = [
            TONE_V * np.cos(2 * np.pi * (READOUT_HZ[qubit] - READOUT_LO_HZ) * (times_s - HEARD_S) + ANGLES_RAD[qubit])
            for qubit in (0, 1)
        ]
        signs = [[2 * (word >> qubit & 1) - 1 for qubit in (0, 1)] for word in range(4)]
        table = np.array([one * tones[0] + other * tones[1] for one, other in signs], dtype=np.float32)
        return table.take(outcomes, axis=0)

    def _chances(self, steps: int) -> NDArray[np.float64]:
        """Of the outcomes 00, 01 (qubit 0 is 1), 10, 11 after each step, shape ``(steps, 4)``."""
        played = np.stack([self.awg.played(number, range(steps)) for number in (1, 2, 3, 4, 7)], axis=1)
        for volts in played:
            if volts.tobytes() not in self._known:
                self._known[volts.tobytes()] = evolved(volts)
        return np.array([self._known[volts.tobytes()] for volts in played])


def evolved(volts: NDArray[np.float32]) -> NDArray[np.float64]:
    """Probabilities after the voltages of one shot: I and Q of both drives, the coupler; shape ``(5, samples)``."""
    drives = [envelope(volts[2 * qubit : 2 * qubit + 2], qubit) for qubit in (0, 1)]
    is_on = np.abs(volts[4]) > SILENT
    edges = np.flatnonzero(np.diff(is_on.astype(int)))
    middles = {int(sum(pair)) // 2 for pair in edges.reshape(-1, 2)}
    state = np.array([1, 0, 0, 0], dtype=complex)  # |q1 q0>
    for sample in range(volts.shape[1]):
        for qubit, drive in enumerate(drives):
            if abs(drive[sample]) > SILENT:
                half = drive[sample] * (math.pi / 4) / QUARTER
                turn = np.array([[0, half], [np.conj(half), 0]])
                size = abs(half)
                one = math.cos(size) * np.eye(2) - 1j * math.sin(size) / size * turn
                state = (np.kron(one, np.eye(2)) if qubit else np.kron(np.eye(2), one)) @ state
        if sample in middles:
            back = np.exp(0.5j * CZ_Z_RAD * np.array([1, -1, 1, -1]))
            state = np.array([1, 1, 1, -1]) * back * state
    return np.abs(state) ** 2


def envelope(volts: NDArray[np.float32], qubit: int) -> NDArray[np.complex128]:
    """What arrives at a qubit, relative to its own frequency."""
    i, q = ((volts[part] - OFFSETS_V[qubit][part]) / FULL_SCALES_V[qubit][part] for part in (0, 1))
    im = q * GAINS[qubit] * math.cos(SKEWS_RAD[qubit])
    x = np.roll(i - math.tan(SKEWS_RAD[qubit]) * im + 1j * im, LATE[qubit])
    time_s = (np.arange(len(x)) + 0.5) * 1e-9 - 5e-9
    made: NDArray[np.complex128] = x * np.exp(-2j * np.pi * (DRIVE_HZ[qubit] - DRIVE_LO_HZ) * time_s)
    return made
