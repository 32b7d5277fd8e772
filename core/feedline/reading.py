# SPDX-License-Identifier: Apache-2.0
"""Readings: how terms of observables are read off measured bits."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Reading:
    """What one measurement basis tells: a value in {-1, 0, 1} per term and shot.

    A term's value is the parity of the bits in `parity`, times 1 if the bits in `mask` equal
    `value`, else 0. Pauli factors are parities, projectors are matches. All masks are packed like
    `Chunk.bits`.

    Attributes:
        terms: Which terms of the plan's term axis this basis measures, shape ``(n,)``.
        parity: Bits whose parity counts, shape ``(n, n_bytes)``.
        mask, value: Bits that must match, and what with, shape ``(n, n_bytes)``.
    """

    terms: NDArray[np.intp]
    parity: NDArray[np.uint8]
    mask: NDArray[np.uint8]
    value: NDArray[np.uint8]

    def values(self, words: NDArray[np.uint8]) -> NDArray[np.int8]:
        """Evaluate every term on packed outcomes.

        Args:
            words: Outcomes of shape ``(..., n_bytes)``.

        Returns:
            Values of shape ``(n, ...)``.
        """
        out = np.empty((len(self.terms), *words.shape[:-1]), dtype=np.int8)
        for row, parity, mask, value in zip(out, self.parity, self.mask, self.value, strict=True):
            odd = np.bitwise_xor.reduce(words & parity, axis=-1)
            row[...] = 1 - 2 * (np.bitwise_count(odd) & 1).astype(np.int8)
            if mask.any():
                row *= ((words & mask) == value).all(axis=-1)
        return out
