# SPDX-License-Identifier: Apache-2.0
"""What an emulated instrument has received, as far back as there is room for."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator


class MessageLog:
    """The latest messages; older ones go when there are too many, or when they are too long together.

    The latest one is kept whatever its length.

    Args:
        most: How many are kept.
        most_bytes: How long they may be together.
    """

    def __init__(self, most: int, most_bytes: int) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._messages: deque[bytes] = deque()
        self._bytes = 0

    def append(self, message: bytes) -> None:
        """Keep one more."""
        self._messages.append(message)
        self._bytes += len(message)
        while len(self._messages) > self._most or (self._bytes > self._most_bytes and len(self._messages) > 1):
            self._bytes -= len(self._messages.popleft())

    def clear(self) -> None:
        """Forget all."""
        self._messages.clear()
        self._bytes = 0

    def __iter__(self) -> Iterator[bytes]:
        """Oldest first."""
        return iter(list(self._messages))
