# SPDX-License-Identifier: Apache-2.0
"""Density matrices of several programs at once, an axis per transmon: pulses are applied to the axes that they act on."""

from __future__ import annotations

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

    def apply(self, qubit: int, superoperators: Matrix, which: NDArray[np.intp] | None = None) -> None:
        """Apply a superoperator ``(9, 9)`` to a transmon, or one of several ``(known, 9, 9)`` for each program."""
        moved = np.moveaxis(self.state, qubit + 1, 1)
        shape = moved.shape
        flat = moved.reshape(shape[0], PAIRS, -1)
        used = superoperators if which is None else superoperators[which]
        self.state = np.moveaxis((used @ flat).reshape(shape), 1, qubit + 1)

    def apply_pair(
        self, qubits: tuple[int, int], superoperators: Matrix, which: NDArray[np.intp] | None = None
    ) -> None:
        """The same for two transmons, ``(81, 81)`` in the order ``(i j)(k l)``."""
        places = (qubits[0] + 1, qubits[1] + 1)
        moved = np.moveaxis(self.state, places, (1, 2))
        shape = moved.shape
        flat = moved.reshape(shape[0], PAIRS * PAIRS, -1)
        used = superoperators if which is None else superoperators[which]
        self.state = np.moveaxis((used @ flat).reshape(shape), (1, 2), places)

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

    def given(self, levels: dict[int, int], program: int) -> Matrix:
        """State of the other transmons of one program given levels of some; those are left out; normalised."""
        index: list[object] = [program]
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
