# SPDX-License-Identifier: Apache-2.0
"""Operators of transmons; density matrices are stacked row by row: ``vec(A rho B) = A x B^T vec(rho)``."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .chip import LEVELS, Coupler, Qubit

Matrix = NDArray[np.complex128]

LOWER = np.diag(np.sqrt(np.arange(1.0, LEVELS)), k=1).astype(np.complex128)
"""Takes one excitation away."""
NUMBER: Matrix = np.diag(np.arange(LEVELS)).astype(np.complex128)
"""Counts excitations."""


def left_right(left: Matrix, right: Matrix) -> Matrix:
    """The superoperator ``rho -> left rho right``."""
    both: Matrix = np.kron(left, right.T).astype(np.complex128, copy=False)
    return both


def dissipator(operator: Matrix) -> Matrix:
    """Lindblad's dissipator of a jump operator, its rate included."""
    identity = np.eye(len(operator), dtype=np.complex128)
    square: Matrix = operator.conj().T @ operator
    jump: Matrix = left_right(operator, operator.conj().T)
    return jump - 0.5 * (left_right(square, identity) + left_right(identity, square))


def decay(qubit: Qubit, damping_per_s: float = 0.0) -> Matrix:
    """What the environment does to a transmon, per second, shape ``(9, 9)``.

    Energy decays with T1 to the thermal population; coherence of the lower two levels with T2.
    """
    total_per_s = 1 / qubit.t1_s
    up_per_s = qubit.thermal_population * total_per_s
    down_per_s = total_per_s - up_per_s + damping_per_s
    dephasing_per_s = max(0.0, 1 / qubit.t2_s - 1 / qubit.longest_t2_s)
    found: Matrix = dissipator(math.sqrt(down_per_s) * LOWER)
    found = found + dissipator(math.sqrt(up_per_s) * LOWER.conj().T)
    return found + dissipator(math.sqrt(2 * dephasing_per_s) * NUMBER)


def rest(qubit: Qubit, detuning_hz: float = 0.0) -> Matrix:
    """Hamiltonian in a frame that turns slower than the transmon by ``detuning_hz``, in radians per second."""
    square: Matrix = NUMBER @ (NUMBER - np.eye(LEVELS))
    return math.pi * qubit.anharmonicity_hz * square + 2 * math.pi * detuning_hz * NUMBER


def driven(qubit: Qubit, volts: NDArray[np.complex128], detuning_hz: float = 0.0) -> Matrix:
    """Hamiltonians at samples of a drive: ``rabi/2 x a + h.c.``, shape ``(samples, 3, 3)``.

    A field ``Re[x exp(i w t)]`` turns ``a`` by ``x`` in a frame of frequency ``w``, where ``a`` turns as
    ``exp(-i w t)`` in the laboratory; with that sign ``shift_phase(theta)`` is ``rz(theta)``, see decision 6.

    Args:
        qubit: The transmon.
        volts: Envelope relative to the frame's frequency, at the chip, shape ``(samples,)``.
        detuning_hz: The transmon's frequency less the frame's.
    """
    rabi_rad = 2 * math.pi * qubit.rabi_hz_per_v * volts
    half = 0.5 * rabi_rad[:, np.newaxis, np.newaxis] * LOWER
    return rest(qubit, detuning_hz) + half + half.conj().swapaxes(-1, -2)


def exchange(coupler: Coupler, volts: NDArray[np.float64]) -> Matrix:
    """Hamiltonians of a coupler, in a frame that turns equally fast for both transmons, shape ``(samples, 9, 9)``.

    Args:
        coupler: The coupler.
        volts: At the chip, shape ``(samples,)``.
    """
    hop: Matrix = np.kron(LOWER, LOWER.conj().T).astype(np.complex128, copy=False)
    strength = 2 * math.pi * coupler.exchange_hz_per_v * volts
    shift = 2 * math.pi * coupler.shift_hz_per_v2 * volts**2
    first: Matrix = np.kron(NUMBER, np.eye(LEVELS)).astype(np.complex128, copy=False)
    found: Matrix = strength[:, np.newaxis, np.newaxis] * (hop + hop.conj().T)
    return found + shift[:, np.newaxis, np.newaxis] * first


def thermal(qubit: Qubit) -> Matrix:
    """A transmon in equilibrium, its density matrix stacked row by row, shape ``(9,)``."""
    ratio = qubit.thermal_population / max(1e-12, 1 - qubit.thermal_population)
    weights = ratio ** np.arange(LEVELS)
    found: Matrix = (np.diag(weights) / weights.sum()).astype(np.complex128).reshape(-1)
    return found
