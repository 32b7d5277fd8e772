# SPDX-License-Identifier: Apache-2.0
"""Several definite-length blocks of one size in one reply, with ``;`` between: ``#14<4 bytes>;#14<4 bytes>``."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from .block import block_header


@attrs.frozen(kw_only=True, slots=True)
class BlockRow:
    """How such a reply is laid out; bytes count from behind the header of the first block.

    Attributes:
        count: How many blocks, 1 or more.
        samples: In each.
        kind: Of a sample.
    """

    count: int
    samples: int
    kind: np.dtype[np.generic]

    @property
    def size(self) -> int:
        """Bytes in one block."""
        return self.samples * self.kind.itemsize

    @property
    def header(self) -> bytes:
        """What announces every block."""
        return block_header(self.size)

    @property
    def stride(self) -> int:
        """Bytes from one block to the next."""
        return self.size + 1 + len(self.header)

    @property
    def rest(self) -> int:
        """Bytes behind the header of the first block."""
        return (self.count - 1) * self.stride + self.size

    def fits(self, received: NDArray[np.uint8]) -> bool:
        """Whether every block but the first is announced as expected, and separated from the one before."""
        between = np.frombuffer(b";" + self.header, np.uint8)
        if self.count == 1:
            return True
        shape = self.count - 1, len(between)
        found: NDArray[np.uint8] = np.ndarray(shape, np.uint8, received.data, self.size, (self.stride, 1))
        return bool((found == between).all())

    def samples_of(self, received: NDArray[np.uint8]) -> NDArray[np.generic]:
        """The samples where they lie, shape ``(count, samples)``."""
        shape, strides = (self.count, self.samples), (self.stride, self.kind.itemsize)
        return np.ndarray(shape, self.kind, received.data, 0, strides)
