# SPDX-License-Identifier: Apache-2.0
"""Single-qubit unitaries as arrays: Euler angles, quaternions, Paulis and Cliffords; global phases do not count.

Euler angles are ``(theta, phi, lam)`` of ``Rz(phi) Ry(theta) Rz(lam)``, Qiskit's ``U`` gate, in radians. A quaternion
``(w, x, y, z)`` of length 1 stands for ``w I - i (x X + y Y + z Z)``; it and its negative are the same unitary.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
PauliBits = tuple[NDArray[np.bool_], NDArray[np.bool_]]
"""Whether Paulis have an X part, and a Z part; both for Y."""


def quaternion(euler: Floats) -> Floats:
    """Quaternions of Euler angles.

    Args:
        euler: Shape ``(..., 3)``.

    Returns:
        Shape ``(..., 4)``.
    """
    half, mean, difference = euler[..., 0] / 2, (euler[..., 1] + euler[..., 2]) / 2, (euler[..., 1] - euler[..., 2]) / 2
    cos, sin = np.cos(half), np.sin(half)
    parts = (cos * np.cos(mean), -sin * np.sin(difference), sin * np.cos(difference), cos * np.sin(mean))
    return np.stack(parts, axis=-1)


def euler_angles(quaternions: Floats) -> Floats:
    """Euler angles of quaternions.

    Args:
        quaternions: Shape ``(..., 4)``.

    Returns:
        Shape ``(..., 3)``; theta is 0 to pi, the others are -2 pi to 2 pi.
    """
    w, x, y, z = np.moveaxis(quaternions, -1, 0)
    theta = 2 * np.arctan2(np.hypot(x, y), np.hypot(w, z))
    mean, difference = np.arctan2(z, w), np.arctan2(-x, y)
    return np.stack([theta, mean + difference, mean - difference], axis=-1)


def after(second: Floats, first: Floats) -> Floats:
    """Quaternions of ``second @ first``: the second acts after the first.

    Args:
        second, first: Shapes ``(..., 4)`` that broadcast.
    """
    a, b, c, d = np.moveaxis(second, -1, 0)
    w, x, y, z = np.moveaxis(first, -1, 0)
    parts = (
        a * w - b * x - c * y - d * z,
        a * x + b * w + c * z - d * y,
        a * y - b * z + c * w + d * x,
        a * z + b * y - c * x + d * w,
    )
    return np.stack(parts, axis=-1)


def of_matrix(matrix: NDArray[np.complex128]) -> Floats:
    """Quaternions of unitary matrices, shape ``(..., 2, 2)`` to ``(..., 4)``."""
    special = matrix / np.sqrt(np.linalg.det(matrix).astype(np.complex128))[..., None, None]
    upper, lower = special[..., 0, 0], special[..., 1, 0]
    return np.stack([upper.real, -lower.imag, lower.real, -upper.imag], axis=-1)


def matrices(quaternions: Floats) -> NDArray[np.complex128]:
    """Unitary matrices of determinant 1, shape ``(..., 4)`` to ``(..., 2, 2)``."""
    w, x, y, z = np.moveaxis(quaternions, -1, 0)
    rows = [np.stack([w - 1j * z, -y - 1j * x], axis=-1), np.stack([y - 1j * x, w + 1j * z], axis=-1)]
    return np.stack(rows, axis=-2)


def between_paulis(euler: Floats, before: PauliBits, behind: PauliBits) -> tuple[Floats, Floats, Floats]:
    """Euler angles of a unitary with a Pauli before it and one behind it, without any trigonometry.

    A Pauli moves through the rotations and leaves signs and half turns.

    Args:
        euler: Shape ``(..., 3)``.
        before, behind: The Paulis, each broadcasting with ``(...)``.

    Returns:
        theta, phi and lam.
    """
    theta, phi, lam = euler[..., 0], euler[..., 1], euler[..., 2]
    (x_first, z_first), (x_last, z_last) = before, behind
    return (
        theta + np.pi * (x_first ^ x_last),
        np.where(x_last, -phi, phi) + np.pi * (x_last ^ z_last),
        np.where(x_first, -lam, lam) + np.pi * (x_first ^ z_first),
    )


def _cliffords() -> Floats:
    root = np.sqrt(0.5)
    paulis = np.eye(4)[[0, 1, 3, 2]]
    s, sx = np.array([root, 0, 0, root]), np.array([root, root, 0, 0])
    identity = np.array([1.0, 0, 0, 0])
    cosets = [identity, s, sx, after(after(s, sx), s), after(s, sx), after(sx, s)]
    return np.concatenate([after(paulis, coset) for coset in cosets])


CLIFFORDS = _cliffords()
"""The 24 single-qubit Cliffords as quaternions, shape ``(24, 4)``; the first four are I, X, Z, Y."""

PAULIS = euler_angles(CLIFFORDS[:4])
"""Euler angles of I, X, Z, Y, shape ``(4, 3)``: the index is 1 for the X part plus 2 for the Z part."""
