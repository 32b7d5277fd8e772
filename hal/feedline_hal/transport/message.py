# SPDX-License-Identifier: Apache-2.0
"""Messages as they go out: a command, the samples that follow it, what ends it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from .block import block_header, sample_bytes

Message = tuple[bytes | memoryview, ...]
_TOGETHER_BYTES = 65536
"""What is sent in one piece, unless one message is longer."""


def message(command: bytes, samples: NDArray[np.generic] | None, end: bytes) -> Message:
    """The bytes of a message in parts; samples are not copied if they lie in memory as they go out."""
    if samples is None:
        return (command + end,)
    data = sample_bytes(samples)
    return command + block_header(len(data)), data.data, end


def pieces(messages: Sequence[Message]) -> Iterator[range]:
    """Which messages are sent together."""
    first = size = 0
    for place, one in enumerate(messages):
        own = sum(map(len, one))
        if place > first and size + own > _TOGETHER_BYTES:
            yield range(first, place)
            first, size = place, 0
        size += own
    if messages:
        yield range(first, len(messages))
