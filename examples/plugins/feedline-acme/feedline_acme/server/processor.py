# SPDX-License-Identifier: Apache-2.0
"""Three computed qubits: a state vector for every shot, measured as it goes."""

from __future__ import annotations

import cmath
import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .listing import Line

SLICE = 1000
"""Shots that are computed together; an abort is heard between slices and lines."""

_SX = np.array([[0.5 + 0.5j, 0.5 - 0.5j], [0.5 - 0.5j, 0.5 + 0.5j]], dtype=complex)
_X = np.array([[0, 1], [1, 0]], dtype=complex)


class Processor:
    """Runs listings.

    Args:
        num_qubits: How many.
        shot_s: How long a shot takes.
        rng: Randomness of the measurements.
    """

    def __init__(self, num_qubits: int, *, shot_s: float = 0.0, rng: np.random.Generator) -> None:
        self.num_qubits = num_qubits
        self._shot_s = shot_s
        self._rng = rng

    def run(
        self, listing: Sequence[Line], slots: Sequence[float], shots: int, stop: threading.Event
    ) -> NDArray[np.uint8] | None:
        """Take shots.

        Returns:
            Bits of shape ``(shots, columns)``, or ``None`` if it was stopped.
        """
        parts = []
        for first in range(0, shots, SLICE):
            count = min(SLICE, shots - first)
            part = self._slice(listing, slots, count, stop)
            if part is None or stop.wait(self._shot_s * count if self._shot_s else 0):
                return None
            parts.append(part)
        return np.concatenate(parts)

    def _slice(
        self, listing: Sequence[Line], slots: Sequence[float], shots: int, stop: threading.Event
    ) -> NDArray[np.uint8] | None:
        state = np.zeros((shots, *(2,) * self.num_qubits), dtype=complex)  # shot, qubit n-1, ..., qubit 0
        state.reshape(shots, -1)[:, 0] = 1
        width = 1 + max((line.column for line in listing), default=-1)
        bits = np.zeros((shots, width), dtype=np.uint8)
        for line in listing:
            if stop.is_set():
                return None
            axes = [self.num_qubits - qubit for qubit in line.qubits]
            if line.name == "MEASURE":
                state, bits[:, line.column] = self._measured(state, axes[0])
            elif line.name == "RESET":
                state, outcome = self._measured(state, axes[0])
                front = np.moveaxis(state, axes[0], 1)
                front[outcome == 1] = front[outcome == 1][:, ::-1]
            elif line.name == "CZ":
                np.moveaxis(state, axes, (1, 2))[:, 1, 1] *= -1
            elif line.name != "DELAY":
                matrix = _matrix(line, slots)
                state = np.moveaxis(np.tensordot(matrix, state, axes=(1, axes[0])), 0, axes[0])
        return bits

    def _measured(self, state: NDArray[np.complex128], axis: int) -> tuple[NDArray[np.complex128], NDArray[np.uint8]]:
        """Measure one qubit of every shot, and project."""
        front = np.moveaxis(state, axis, 1).reshape(len(state), 2, -1)
        weight = (np.abs(front) ** 2).sum(axis=2)
        outcome = (self._rng.random(len(state)) < weight[:, 1] / weight.sum(axis=1)).astype(np.uint8)
        shots = np.arange(len(state))
        kept: NDArray[np.complex128] = np.zeros_like(front)
        kept[shots, outcome] = front[shots, outcome] / np.sqrt(weight[shots, outcome])[:, np.newaxis]
        whole = kept.reshape(len(state), *(2,) * self.num_qubits)
        return np.moveaxis(whole, 1, axis), outcome


def _matrix(line: Line, slots: Sequence[float]) -> NDArray[np.complex128]:
    if line.name == "RZ":
        angle = slots[line.slot] if line.slot >= 0 else line.value
        return np.array([[cmath.exp(-0.5j * angle), 0], [0, cmath.exp(0.5j * angle)]])
    return _SX if line.name == "SX" else _X
