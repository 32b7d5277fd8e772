# SPDX-License-Identifier: Apache-2.0
"""Pure states of single shots: what decays jumps at random, so that means over shots are density matrices.

A superoperator is a sum of ``K rho K+``; one ``K`` acts on a shot with probability ``|K psi|^2``. Source: Dalibard,
Castin and Molmer, Phys. Rev. Lett. 68, 580 (1992); Choi, Linear Algebra Appl. 10, 285 (1975), for the operators ``K``.
"""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray

from .chip import LEVELS
from .operator import Matrix

_NEVER = 1e-12
"""Weight of an operator that is left out."""
_LEVEL = np.arange(LEVELS)


class Trajectories:
    """A pure state for each shot.

    Args:
        state: Shape ``(shots, 3, 3, ...)``.
        rng: Randomness.
    """

    def __init__(self, state: Matrix, rng: np.random.Generator) -> None:
        self.state, self._rng = state, rng

    @classmethod
    def thermal(cls, shots: int, singles: list[Matrix], rng: np.random.Generator) -> Self:
        """Levels drawn from density matrices ``(9,)`` of the transmons, which have no coherence."""
        state = np.zeros((shots, *(LEVELS,) * len(singles)), dtype=np.complex128)
        drawn = [rng.choice(LEVELS, shots, p=one.reshape(LEVELS, LEVELS).diagonal().real) for one in singles]
        state[np.arange(shots), *drawn] = 1
        return cls(state, rng)

    @property
    def num_qubits(self) -> int:
        """How many transmons."""
        return self.state.ndim - 1

    def turn(self, qubit: int, angle_rad: float) -> None:
        """Turn a transmon's frame: ``exp(i angle n)``."""
        self._multiply(qubit, np.exp(1j * angle_rad * _LEVEL)[np.newaxis])

    def kick(self, qubit: int, angle_rad: NDArray[np.float64]) -> None:
        """Turn what is not in level 0 by an angle for each shot, as photons in a resonator do."""
        self._multiply(qubit, np.exp(1j * np.multiply.outer(angle_rad, _LEVEL > 0)))

    def shift_together(self, qubits: tuple[int, int], angle_rad: float) -> None:
        """Turn ``|11>`` of two transmons: ``exp(-i angle n1 n2)``."""
        shape = [1] * self.state.ndim
        shape[qubits[0] + 1], shape[qubits[1] + 1] = LEVELS, LEVELS
        self.state = self.state * np.exp(-1j * angle_rad * np.multiply.outer(_LEVEL, _LEVEL)).reshape(shape)

    def evolve(self, qubits: tuple[int, ...], unitaries: Matrix) -> None:
        """Apply a unitary to some transmons, one ``(3^k, 3^k)`` for each shot."""
        moved = self._moved(qubits)
        self._put(qubits, np.einsum("sab,bsr->asr", unitaries, moved, optimize=True))

    def apply(self, qubits: tuple[int, ...], superoperator: Matrix, shots: NDArray[np.intp] | None = None) -> None:
        """Apply a superoperator of one transmon, ``(9, 9)``, or two, ``(81, 81)``, to some shots, or to all."""
        moved = self._moved(qubits)
        left = np.arange(moved.shape[1]) if shots is None else shots
        sought = self._rng.random(len(left))
        made = moved if shots is None else moved[:, left]
        operators = kraus(superoperator, len(qubits))
        begun, rows = made, np.arange(len(left))
        for number, operator in enumerate(operators):
            reached = (operator @ begun.reshape(len(operator), -1)).reshape(begun.shape)
            weights = (reached.real**2 + reached.imag**2).sum(axis=(0, 2))
            reached /= np.sqrt(np.maximum(weights, _NEVER))[:, np.newaxis]
            sought -= weights
            is_left = sought > 0
            if number == 0:
                made = reached
            else:
                made[:, rows] = reached
            rows, begun, sought = rows[is_left], begun[:, is_left], sought[is_left]
            if not len(rows):
                break
        if shots is not None:
            moved[:, shots] = made
            made = moved
        self._put(qubits, made)

    def populations(self) -> NDArray[np.float64]:
        """Joint populations of the levels, shape ``(shots, 3, 3, ...)``; normalised."""
        found = self.state.real**2 + self.state.imag**2
        normal: NDArray[np.float64] = found / found.sum(axis=tuple(range(1, found.ndim)), keepdims=True)
        return normal

    def mean(self, which: NDArray[np.bool_]) -> Matrix:
        """Density matrix of some shots together, ``(9, 9, ...)``."""
        flat = self.state[which].reshape(int(which.sum()), -1)
        both = (flat.T @ flat.conj() / len(flat)).reshape((LEVELS,) * (2 * self.num_qubits))
        order = [axis for one in range(self.num_qubits) for axis in (one, one + self.num_qubits)]
        found: Matrix = both.transpose(order).reshape((LEVELS**2,) * self.num_qubits)
        return found

    def project(self, qubit: int, before: NDArray[np.int8], after: NDArray[np.int8], seen: NDArray[np.bool_]) -> None:
        """Put a transmon that was found in one level into another, in the shots where it was seen."""
        rows = np.flatnonzero(seen)
        moved = np.moveaxis(self.state, qubit + 1, 1).copy()
        found = moved[rows, before[rows]]
        norms = np.sqrt((np.abs(found) ** 2).sum(axis=tuple(range(1, found.ndim))))
        moved[rows] = 0
        moved[rows, after[rows]] = found / norms.reshape(-1, *[1] * (found.ndim - 1))
        self.state = np.moveaxis(moved, 1, qubit + 1)

    def _multiply(self, qubit: int, factors: Matrix) -> None:
        """Multiply amplitudes by a factor of the transmon's level, ``(shots, 3)`` or ``(1, 3)``."""
        shape = [len(factors)] + [1] * self.num_qubits
        shape[qubit + 1] = LEVELS
        self.state = self.state * factors.reshape(shape)

    def _moved(self, qubits: tuple[int, ...]) -> Matrix:
        """The state with some transmons first, a copy, ``(3^k, shots, others)``; others are in order."""
        moved = np.moveaxis(self.state, [one + 1 for one in qubits], range(len(qubits)))
        return np.array(moved, order="C").reshape(LEVELS ** len(qubits), len(self.state), -1)

    def _put(self, qubits: tuple[int, ...], moved: Matrix) -> None:
        shaped = moved.reshape(*(LEVELS,) * len(qubits), len(self.state), *(LEVELS,) * (self.num_qubits - len(qubits)))
        self.state = np.moveaxis(shaped, range(len(qubits)), [one + 1 for one in qubits])


def kraus(superoperator: Matrix, transmons: int) -> Matrix:
    """Operators ``K`` of a superoperator in the order ``(i j)(k l)``, the most probable first, ``(n, 3^k, 3^k)``."""
    size = LEVELS**transmons
    rows, columns = range(0, 4 * transmons, 2), range(1, 4 * transmons, 2)
    shaped = superoperator.reshape((LEVELS,) * (4 * transmons))
    weights, vectors = np.linalg.eigh(shaped.transpose(*rows, *columns).reshape(size**2, size**2))
    kept = np.flatnonzero(weights > _NEVER)[::-1]
    found: Matrix = (np.sqrt(weights[kept]) * vectors[:, kept]).T.reshape(len(kept), size, size)
    return found
