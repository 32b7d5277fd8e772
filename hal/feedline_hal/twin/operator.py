# SPDX-License-Identifier: Apache-2.0
"""Operators and superoperators of transmons; density matrices are stacked row by row: ``vec(A rho B) = A x B^T vec(rho)``."""

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
    return np.kron(left, right.T)


def dissipator(operator: Matrix) -> Matrix:
    """Lindblad's dissipator of a jump operator, its rate included."""
    identity = np.eye(len(operator))
    square = operator.conj().T @ operator
    jump: Matrix = left_right(operator, operator.conj().T)
    return jump - 0.5 * (left_right(square, identity) + left_right(identity, square))


def decay(qubit: Qubit, damping_per_s: float = 0.0) -> Matrix:
    """What the environment does to a transmon, per second, shape ``(9, 9)``.

    Energy decays with T1 to the thermal population; coherence of the lower two levels with T2.
    """
    total_per_s = 1 / qubit.t1_s
    up_per_s = qubit.thermal_population * total_per_s
    down_per_s = total_per_s - up_per_s + damping_per_s
    dephasing_per_s = max(0.0, 1 / qubit.t2_s - total_per_s / 2)
    found: Matrix = dissipator(math.sqrt(down_per_s) * LOWER)
    found = found + dissipator(math.sqrt(up_per_s) * LOWER.conj().T)
    return found + dissipator(math.sqrt(2 * dephasing_per_s) * NUMBER)


def rest(qubit: Qubit) -> Matrix:
    """Hamiltonian in the frame that turns with the qubit, in radians per second: the anharmonicity is left."""
    square: Matrix = NUMBER @ (NUMBER - np.eye(LEVELS))
    return math.pi * qubit.anharmonicity_hz * square


def driven(qubit: Qubit, rabi_rad: NDArray[np.complex128]) -> Matrix:
    """Hamiltonians at samples of a drive: ``rabi/2 a + h.c.`` with the field's phase, shape ``(samples, 3, 3)``.

    A field ``Re[x exp(i w t)]`` turns ``a`` by ``x`` in the frame of a transmon, whose ``a`` turns as
    ``exp(-i w t)``; with that sign ``shift_phase(theta)`` is ``rz(theta)``, see decision 6.
    """
    half = 0.5 * rabi_rad[:, np.newaxis, np.newaxis] * LOWER
    return rest(qubit) + half + half.conj().swapaxes(-1, -2)


def exchange(coupler: Coupler, volts: NDArray[np.float64], turn_rad: NDArray[np.float64]) -> Matrix:
    """Hamiltonians of two transmons at samples of a coupler's voltage, shape ``(samples, 9, 9)``.

    Args:
        coupler: The coupler.
        volts: At the chip.
        turn_rad: By how much the first qubit's frame is ahead of the second's.
    """
    identity = np.eye(LEVELS)
    hop = np.kron(LOWER, LOWER.conj().T)
    strength = 2 * math.pi * coupler.exchange_hz_per_v * volts * np.exp(-1j * turn_rad)
    moved = strength[:, np.newaxis, np.newaxis] * hop
    shift = 2 * math.pi * coupler.shift_hz_per_v2 * volts**2
    found: Matrix = moved + moved.conj().swapaxes(-1, -2)
    return found + shift[:, np.newaxis, np.newaxis] * np.kron(NUMBER, identity)
