# SPDX-License-Identifier: Apache-2.0
"""Readings: how terms of observables are read off measured bits."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import numpy as np
from numpy.typing import NDArray

_BLOCK = 1 << 20
"""Elements worked on at once; keeps temporary arrays in the cache."""


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
    _wide: tuple[NDArray[np.uint64], ...] = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        """Widen the masks once."""
        object.__setattr__(self, "_wide", tuple(_widened(masks) for masks in (self.parity, self.mask, self.value)))

    def values(self, words: NDArray[np.uint8]) -> NDArray[np.int8]:
        """Evaluate every term on packed outcomes.

        Args:
            words: Outcomes of shape ``(rows, n_bytes)``.

        Returns:
            Values of shape ``(n, rows)``.
        """
        out = np.empty((len(self.parity), len(words)), dtype=np.int8)
        for part, values in self.blocks(words):
            out[part] = values
        return out

    def blocks(self, words: NDArray[np.uint8]) -> Iterator[tuple[slice, NDArray[np.int8]]]:
        """The same in blocks of terms, so that many terms of many shots need not be held at once.

        Yields:
            Which terms, and their values of shape ``(terms, rows)``.
        """
        rows = _widened(words)
        parity, mask, value = self._wide
        step = max(1, _BLOCK // max(1, len(rows)))
        has_mask = bool(mask.any())
        for start in range(0, len(parity), step):
            part = slice(start, start + step)
            ones = np.bitwise_count(rows & parity[part, None, :]).sum(axis=-1, dtype=np.uint8)
            values = 1 - 2 * (ones & 1).astype(np.int8)
            if has_mask:
                values *= ((rows & mask[part, None, :]) == value[part, None, :]).all(axis=-1)
            yield part, values


def _widened(words: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """The same bits in 64-bit words, shape ``(rows, ceil(n_bytes / 8))``."""
    rows, width = words.shape
    if width % 8:
        padded = np.zeros((rows, width + 8 - width % 8), dtype=np.uint8)
        padded[:, :width] = words
        words = padded
    return np.ascontiguousarray(words).view(np.uint64)
