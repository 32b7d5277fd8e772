# SPDX-License-Identifier: Apache-2.0
"""Density matrices of several programs at once, an axis per transmon: pulses act on the axes of theirs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .chip import LEVELS
from .operator import Matrix

PAIRS = LEVELS**2
_ROW, _COLUMN = np.divmod(np.arange(PAIRS), LEVELS)
COHERENCE = _ROW - _COLUMN
"""How an element of a density matrix turns: by this times the frame's angle."""
DIAGONAL = np.arange(LEVELS) * (LEVELS + 1)
"""Where populations are in a density matrix that is stacked row by row."""


class Ensemble:
    """States of several programs, shape ``(programs, 9, 9, ...)``.

    Args:
        state: The states.
    """

    def __init__(self, state: Matrix) -> None:
        self.state = state

    @classmethod
    def product(cls, programs: int, singles: list[Matrix]) -> Ensemble:
        """Every program in the same product of single density matrices ``(9,)``."""
        state: Matrix = np.ones((1,), dtype=np.complex128)
        for single in singles:
            state = np.multiply.outer(state, single)
        return cls(np.broadcast_to(state, (programs, *state.shape[1:])).copy())

    @property
    def num_qubits(self) -> int:
        """How many transmons."""
        return self.state.ndim - 1

    def turn(self, qubit: int, angle_rad: NDArray[np.float64]) -> None:
        """Turn a transmon's frame by an angle for each program: ``rho -> R rho R^+``, ``R = exp(i angle n)``."""
        phases = np.exp(1j * np.multiply.outer(angle_rad, COHERENCE))
        self.state = self.state * _along(phases, qubit, self.state.ndim)

    def apply(self, qubit: int, superoperators: Matrix) -> None:
        """Apply a superoperator to a transmon: one ``(9, 9)``, or one for each program ``(programs, 9, 9)``."""
        shape = self.state.shape
        right = PAIRS ** (self.num_qubits - qubit - 1)
        if right == 1:
            flat = self.state.reshape(shape[0], -1, PAIRS)
            self.state = (flat @ superoperators.swapaxes(-1, -2)).reshape(shape)
            return
        used = superoperators if superoperators.ndim == 2 else superoperators[:, np.newaxis]
        self.state = (used @ self.state.reshape(shape[0], -1, PAIRS, right)).reshape(shape)

    def apply_pair(self, qubits: tuple[int, int], superoperators: Matrix) -> None:
        """The same for two transmons, ``(81, 81)`` in the order ``(i j)(k l)``."""
        places = (qubits[0] + 1, qubits[1] + 1)
        moved = np.moveaxis(self.state, places, (1, 2))
        shape = moved.shape
        flat = moved.reshape(shape[0], PAIRS * PAIRS, -1)
        self.state = np.moveaxis((superoperators @ flat).reshape(shape), (1, 2), places)

    def evolve(self, qubits: tuple[int, ...], unitaries: Matrix) -> None:
        """Apply ``rho -> U rho U^+`` to some transmons, one ``(3^k, 3^k)`` for each program."""
        count, others = len(qubits), [one for one in range(self.num_qubits) if one not in qubits]
        shaped = self.state.reshape(len(self.state), *(LEVELS,) * (2 * self.num_qubits))
        rows, columns = [1 + 2 * one for one in qubits], [2 + 2 * one for one in qubits]
        rest = [axis for one in others for axis in (1 + 2 * one, 2 + 2 * one)]
        order = [0, *rest, *rows, *columns]
        moved = shaped.transpose(order)
        shape = moved.shape
        flat = moved.reshape(shape[0], -1, LEVELS**count, LEVELS**count)
        used = unitaries[:, np.newaxis]
        turned = (used @ flat @ used.conj().swapaxes(-1, -2)).reshape(shape)
        self.state = turned.transpose(np.argsort(order)).reshape(self.state.shape)

    def shift_together(self, qubits: tuple[int, int], angle_rad: float) -> None:
        """Turn ``|11>`` of two transmons: ``exp(-i angle n1 n2)``."""
        products = np.multiply.outer(_ROW, _ROW) - np.multiply.outer(_COLUMN, _COLUMN)
        phases = np.exp(-1j * angle_rad * products)
        shape = [1] * self.state.ndim
        shape[qubits[0] + 1], shape[qubits[1] + 1] = PAIRS, PAIRS
        ordered = phases if qubits[0] < qubits[1] else phases.T
        self.state = self.state * ordered.reshape(shape)

    def populations(self) -> NDArray[np.float64]:
        """Joint populations of the levels, shape ``(programs, 3, 3, ...)``; normalised."""
        index = np.ix_(np.arange(len(self.state)), *[DIAGONAL] * self.num_qubits)
        found = np.clip(self.state[index].real, 0.0, None)
        total: NDArray[np.float64] = found.sum(axis=tuple(range(1, found.ndim)), keepdims=True)
        normal: NDArray[np.float64] = found / total
        return normal

    def dephase(self, qubit: int, factors: Matrix) -> None:
        """Multiply a transmon's coherence of levels 0 and above by a factor for each program, ``(programs,)``."""
        between = np.where(COHERENCE == 0, 0, np.where(COHERENCE < 0, 1, -1))
        kept = np.where(between == 0, 1.0, np.where(between > 0, factors[:, np.newaxis], factors.conj()[:, np.newaxis]))
        self.state = self.state * _along(kept, qubit, self.state.ndim)

    def given(self, levels: dict[int, int], program: int) -> Matrix:
        """State of the other transmons of one program given levels of some; those are left out; normalised."""
        index: list[Any] = [program]
        index += [DIAGONAL[levels[q]] if q in levels else slice(None) for q in range(self.num_qubits)]
        found: Matrix = self.state[tuple(index)]
        trace = found
        for _ in range(found.ndim):
            trace = trace[DIAGONAL].sum(axis=0)
        return found / trace.real


def _along(phases: Matrix, qubit: int, ndim: int) -> Matrix:
    shape = [len(phases)] + [1] * (ndim - 1)
    shape[qubit + 1] = PAIRS
    return phases.reshape(shape)
