# SPDX-License-Identifier: Apache-2.0
"""IEEE 488.2 definite-length blocks: ``#<digits><size><bytes>``. Pure functions, no I/O.

Source: IEEE Std 488.2-1992, 7.7.6 and 8.7.9 (definite length arbitrary block).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from feedline.errors import InputError

MOST_BYTES = 999_999_999
"""Bytes that nine digits can announce."""


class BlockError(InputError):
    """Bytes that are not a definite-length block, or samples that do not fit in one."""


def block_header(size: int) -> bytes:
    """Announce a block.

    Args:
        size: Bytes in the block.

    Returns:
        ``#``, the number of digits, the digits.

    Raises:
        BlockError: If the size is negative or needs more than nine digits.
    """
    if not 0 <= size <= MOST_BYTES:
        raise BlockError(f"A block of {size} bytes cannot be announced.", remedy=f"Send 0 to {MOST_BYTES} bytes.")
    digits = str(size)
    return f"#{len(digits)}{digits}".encode("ascii")


def digit_count(start: bytes) -> int:
    """How many digits of size follow the two bytes that start a block.

    Raises:
        BlockError: If they do not start a definite-length block.
    """
    if len(start) == 2 and start[:1] == b"#" and start[1:] in b"123456789":
        return int(start[1:])
    if start == b"#0":
        raise BlockError(
            "A block of indefinite length (#0) came.", remedy="Have the instrument send definite-length blocks."
        )
    raise BlockError(
        f"{start!r} does not start a block.", remedy="A definite-length block starts with '#' and a digit from 1 to 9."
    )


def block_size(digits: bytes) -> int:
    """The size that a header's digits announce, in bytes.

    Raises:
        BlockError: If they are not digits.
    """
    if not digits.isdigit():
        raise BlockError(f"{digits!r} is no size of a block.", remedy="The size of a block is written in digits.")
    return int(digits)


def split_block(message: bytes | bytearray | memoryview) -> tuple[memoryview, memoryview]:
    """Take a block off the front of a message.

    Returns:
        The block's bytes, and what follows it; views, no copies.

    Raises:
        BlockError: If the message does not start with a whole block.
    """
    view = memoryview(message)
    count = digit_count(bytes(view[:2]))
    size = block_size(bytes(view[2 : 2 + count]).ljust(count))
    payload = view[2 + count : 2 + count + size]
    if len(payload) < size:
        raise BlockError(
            f"A block of {size} bytes was announced and {len(payload)} came.", remedy="Send as many as announced."
        )
    return payload, view[2 + count + size :]


def sample_bytes(samples: NDArray[np.generic]) -> NDArray[np.uint8]:
    """The samples' bytes in C order, as they lie in memory; copied only if they are not contiguous.

    Returns:
        Bytes of shape ``(nbytes,)``.

    Raises:
        BlockError: For Python objects, which have no bytes.
    """
    if samples.dtype.hasobject:
        raise BlockError(
            f"Samples of dtype {samples.dtype} are not numbers.", remedy="Give an array of numbers, such as '<f4'."
        )
    return np.ascontiguousarray(samples).reshape(-1).view(np.uint8)


def as_samples(payload: NDArray[np.uint8], dtype: str | np.dtype[np.generic]) -> NDArray[np.generic]:
    """Read a block's bytes as samples, without a copy.

    Args:
        payload: Bytes of shape ``(nbytes,)``.
        dtype: Kind, size and byte order of a sample: ``<f4``, ``>i2``.

    Returns:
        Samples of shape ``(nbytes / itemsize,)``.

    Raises:
        BlockError: If the bytes are no whole number of samples.
    """
    kind = np.dtype(dtype)
    if len(payload) % kind.itemsize:
        raise BlockError(
            f"{len(payload)} bytes are no whole number of {kind.itemsize}-byte samples ({dtype}).",
            remedy="Check the sample format that the instrument was told to send.",
        )
    samples: NDArray[np.generic] = payload.view(kind)
    return samples
