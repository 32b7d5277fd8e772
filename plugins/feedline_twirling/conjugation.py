# SPDX-License-Identifier: Apache-2.0
"""Conjugation tables: what a Clifford two-qubit gate turns one-qubit Cliffords into."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline import rotation

_CLIFFORDS = rotation.matrices(rotation.CLIFFORDS)
_NEAR = 1e-7

Matrix = NDArray[np.complex128]


@attrs.frozen(slots=True, eq=False)
class Table:
    """Pairs of one-qubit Cliffords that a gate commutes with, once they are changed.

    A pair before the gate and its partner behind it leave the gate as it was, up to a phase. Numbers are indices into
    `feedline.rotation.CLIFFORDS`, of which the first four are the Paulis.

    Attributes:
        before, behind: Shape ``(pairs, 2)``, a column for each of the gate's qubits.
    """

    before: NDArray[np.intp]
    behind: NDArray[np.intp]


def conjugation_table(gate: Matrix, num_cliffords: int) -> Table | None:
    """The table of a gate, or ``None`` if it is no Clifford.

    Args:
        gate: Unitary of two qubits, the first is the lowest bit.
        num_cliffords: 4 for Paulis, 24 for all one-qubit Cliffords.
    """
    if not _is_clifford(gate):
        return None
    low, high = np.divmod(np.arange(num_cliffords**2), num_cliffords)[::-1]
    pairs = np.stack([low, high], axis=1)
    undone = gate @ np.conj(np.swapaxes(_products(pairs), -1, -2)) @ gate.conj().T
    factors, is_local = _factors(undone)
    behind = np.stack([_index(factor) for factor in factors], axis=1)
    kept = is_local & (behind >= 0).all(axis=1)
    return Table(pairs[kept], behind[kept])


def _products(pairs: NDArray[np.intp]) -> Matrix:
    """Matrices of pairs, shape ``(pairs, 4, 4)``."""
    low, high = _CLIFFORDS[pairs[:, 0]], _CLIFFORDS[pairs[:, 1]]
    products: Matrix = np.einsum("nij,nkl->nikjl", high, low).reshape(-1, 4, 4)
    return products


def _is_clifford(gate: Matrix) -> bool:
    """Whether the four generators X and Z of both qubits become Paulis."""
    paulis = _products(np.stack(np.divmod(np.arange(16), 4)[::-1], axis=1))
    images = gate @ paulis[[1, 2, 4, 8]] @ gate.conj().T
    overlaps = np.abs(np.einsum("nij,mij->nm", images, paulis.conj())) / 4
    return bool((np.abs(overlaps.max(axis=1) - 1) < _NEAR).all())


def _factors(matrices: Matrix) -> tuple[tuple[Matrix, Matrix], NDArray[np.bool_]]:
    """Factors of products of two one-qubit unitaries, and which of the matrices are such."""
    split = matrices.reshape(-1, 2, 2, 2, 2).transpose(0, 1, 3, 2, 4).reshape(-1, 4, 4)
    left, values, right = np.linalg.svd(split)
    shape = (-1, 2, 2)
    return (right[:, 0].reshape(shape), left[:, :, 0].reshape(shape)), values[:, 1] < _NEAR


def _index(matrices: Matrix) -> NDArray[np.intp]:
    """Which Clifford each matrix is up to a factor, or -1."""
    overlaps = np.abs(np.einsum("nij,cij->nc", matrices, _CLIFFORDS.conj()))
    overlaps /= np.linalg.norm(matrices, axis=(1, 2))[:, None] * np.sqrt(2)
    found = overlaps.argmax(axis=1)
    return np.where(np.abs(overlaps.max(axis=1) - 1) < _NEAR, found, -1)
