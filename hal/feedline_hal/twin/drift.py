# SPDX-License-Identifier: Apache-2.0
"""A chip that changes with time: random walks of every transmon's T1 and frequency."""

from __future__ import annotations

import math

import attrs
import numpy as np
from numpy.typing import NDArray

from .chip import Chip, Qubit

STEP_S = 60.0
"""Between two steps of the walks."""
_HOUR_S = 3600.0
_AT_ONCE = 1024


class Drift:
    """Where a chip's walks have come, by its own time; the same for the same seed, whenever it is asked.

    Args:
        chip: As it is at time 0.
    """

    def __init__(self, chip: Chip) -> None:
        self._chip = chip
        self._walks: NDArray[np.float64] = np.zeros((0, 2, len(chip.qubits)))
        self._begin()

    def at(self, time_s: float) -> Chip:
        """The chip at a time from 0 on, in seconds; what dephases besides decay stays as it is."""
        if not self._chip.drift_t1 and not self._chip.drift_hz:
            return self._chip
        step = int(max(0.0, time_s) // STEP_S)
        if step < self._first:
            self._begin()
        while step >= self._first + len(self._walks):
            steps = self._rng.standard_normal((_AT_ONCE, 2, len(self._chip.qubits))) * math.sqrt(STEP_S / _HOUR_S)
            self._first += len(self._walks)
            self._walks = self._walks[-1] + np.cumsum(steps, axis=0)
        longer, higher = self._walks[step - self._first]
        qubits = (
            _moved(qubit, math.exp(self._chip.drift_t1 * longer[place]), self._chip.drift_hz * higher[place])
            for place, qubit in enumerate(self._chip.qubits)
        )
        return attrs.evolve(self._chip, qubits=tuple(qubits))

    def _begin(self) -> None:
        """Go back to time 0; only steps around the time that was asked for last are kept."""
        self._rng = np.random.default_rng([self._chip.seed, _AT_ONCE])
        self._first = 0
        self._walks = np.zeros((1, 2, len(self._chip.qubits)))


def _moved(qubit: Qubit, factor: float, shift_hz: float) -> Qubit:
    moved = attrs.evolve(qubit, t1_s=qubit.t1_s * factor, frequency_hz=qubit.frequency_hz + shift_hz)
    dephasing_per_s = max(0.0, 1 / qubit.t2_s - 1 / qubit.longest_t2_s)
    return attrs.evolve(moved, t2_s=1 / (1 / moved.longest_t2_s + dephasing_per_s))
