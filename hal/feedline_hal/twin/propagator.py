# SPDX-License-Identifier: Apache-2.0
"""Superoperators of pulses: piecewise constant drives, decay in between, by a symmetric splitting.

A sample of length ``dt`` is divided into ``m`` parts, each ``exp(D dt/2m) exp(-i H dt/m) exp(D dt/2m)``; the error goes
as ``(dt/m)^2``. Source: G. Strang, SIAM J. Numer. Anal. 5, 506 (1968).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm

from .chip import LEVELS
from .operator import Matrix, left_right

SPLITS = 4
"""Parts of a sample; 1e-6 for samples of 1 ns."""


def rest_superoperator(hamiltonian: Matrix, decay: Matrix, duration_s: float) -> Matrix:
    """What happens without a drive, exactly, shape ``(d^2, d^2)``."""
    identity = np.eye(len(hamiltonian), dtype=np.complex128)
    turning = -1j * (left_right(hamiltonian, identity) - left_right(identity, hamiltonian))
    found: Matrix = expm((turning + decay) * duration_s)
    return found


def single_superoperators(hamiltonians: Matrix, decay: Matrix, dt_s: float, *, splits: int = SPLITS) -> Matrix:
    """Superoperators of pulses on one transmon, all equally long.

    Args:
        hamiltonians: At the samples, in radians per second, shape ``(pulses, samples, 3, 3)``.
        decay: Per second, ``(9, 9)``.
        dt_s: Length of a sample.
        splits: Parts of a sample.

    Returns:
        Shape ``(pulses, 9, 9)``.
    """
    turns = unitaries(hamiltonians, dt_s / splits)
    size = turns.shape[-1] ** 2
    steps = np.einsum("...ab,...cd->...acbd", turns, turns.conj()).reshape(*turns.shape[:-2], size, size)
    half = expm(decay * dt_s / (2 * splits))
    part = half @ steps @ half
    whole = part
    for _ in range(splits - 1):
        whole = part @ whole
    return product(whole)


def unitaries(hamiltonians: Matrix, dt_s: float) -> Matrix:
    """``exp(-i H dt)`` of many Hermitian matrices, shape ``(..., n, n)``."""
    energies, states = np.linalg.eigh(hamiltonians)
    phases = np.exp(-1j * energies * dt_s)
    turned: Matrix = (states * phases[..., np.newaxis, :]) @ states.conj().swapaxes(-1, -2)
    return turned


def product(steps: Matrix) -> Matrix:
    """Product of the steps of each pulse, the first acting first, in a tree: ``(pulses, steps, n, n)``."""
    while steps.shape[1] > 1:
        rest = steps[:, -1:] if steps.shape[1] % 2 else None
        pairs = steps[:, 1::2] @ steps[:, 0 : steps.shape[1] - 1 : 2]
        steps = pairs if rest is None else np.concatenate([pairs, rest], axis=1)
    found: Matrix = steps[:, 0]
    return found


def pair_superoperator(
    hamiltonians: Matrix, decays: tuple[Matrix, Matrix], dt_s: float, *, splits: int = SPLITS
) -> NDArray[np.complex128]:
    """Superoperator of a pulse on two transmons.

    Args:
        hamiltonians: At the samples, shape ``(samples, 9, 9)``.
        decays: Of each of them.
        dt_s: Length of a sample.
        splits: Parts of a sample.

    Returns:
        Shape ``(81, 81)``; each index is of the first transmon's matrix and then of the second's, ``(i j)(k l)``.
    """
    turns = unitaries(hamiltonians, dt_s / splits)
    half = [expm(decay * dt_s / (2 * splits)) for decay in decays]
    full = [expm(decay * dt_s / splits) for decay in decays]
    pairs = LEVELS**2
    states = np.eye(pairs**2, dtype=np.complex128)  # rows: index after; columns: basis matrices
    states = _decayed(states, half)
    for number, turn in enumerate(turns):
        for part in range(splits):
            states = _turned(states, turn)
            is_last = number == len(turns) - 1 and part == splits - 1
            states = _decayed(states, half if is_last else full)
    return states


def decayed_steps(decays: list[Matrix], dt_s: float) -> tuple[list[Matrix], list[Matrix]]:
    """Decay of each transmon over half a sample and over a whole one."""
    return [expm(one * dt_s / 2) for one in decays], [expm(one * dt_s) for one in decays]


def _decayed(states: Matrix, decays: list[Matrix]) -> Matrix:
    """Apply each transmon's decay to columns of states in ``(i j)(k l)`` order."""
    pairs, columns = LEVELS**2, states.shape[1]
    shaped = decays[0] @ states.reshape(pairs, pairs * columns)
    shaped = shaped.reshape(pairs, pairs, columns)
    made: Matrix = np.matmul(decays[1], shaped).reshape(pairs * pairs, columns)
    return made


def _turned(states: Matrix, turn: Matrix) -> Matrix:
    """Apply ``rho -> U rho U^+`` to columns of states in ``(i j)(k l)`` order."""
    levels, columns = LEVELS, states.shape[1]
    rho = states.reshape(levels, levels, levels, levels, columns)  # i j k l
    rho = rho.transpose(4, 0, 2, 1, 3).reshape(columns, levels**2, levels**2)  # (i k)(j l)
    rho = turn @ rho @ turn.conj().T
    rho = rho.reshape(columns, levels, levels, levels, levels).transpose(1, 3, 2, 4, 0)
    made: Matrix = np.ascontiguousarray(rho).reshape(levels**4, columns)
    return made
