# SPDX-License-Identifier: Apache-2.0
"""A transport that holds a scripted conversation, for tests of drivers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

Reply = str | NDArray[np.generic] | None
Line = tuple[str, Reply]


class ScriptedTransport:
    """A `Transport` that expects given commands in order.

    Args:
        lines: What is expected; see `script`.

    Attributes:
        is_distrusted: Whether a reply was called no answer to its question.
    """

    def __init__(self, lines: tuple[Line, ...]) -> None:
        self._lines = list(lines)
        self._done = 0
        self.is_distrusted = False

    @property
    def name(self) -> str:
        """``script``."""
        return "script"

    def write(self, command: str) -> None:
        """Expect a command without reply."""
        if self._next(command) is not None:
            raise AssertionError(f"{self._place()}: {command!r} was written, and a query was expected.")

    def query(self, command: str, *, timeout_s: float | None = None) -> str:
        """Expect a command with a reply."""
        reply = self._next(command)
        if not isinstance(reply, str):
            raise AssertionError(f"{self._place()}: {command!r} was queried, and the script has no text for it.")
        return reply

    def write_block(self, command: str, samples: NDArray[np.generic]) -> None:
        """Expect a command with samples."""
        expected = self._next(command)
        if not isinstance(expected, np.ndarray):
            raise AssertionError(f"{self._place()}: {command!r} came with a block, and the script has none for it.")
        if samples.dtype != expected.dtype or not np.array_equal(samples, expected):
            raise AssertionError(f"{self._place()}: {command!r} came with {samples!r}, and {expected!r} was expected.")

    def write_all(self, lines: Sequence[tuple[str, NDArray[np.generic] | None]]) -> None:
        """Expect several commands."""
        for command, samples in lines:
            if samples is None:
                self.write(command)
            else:
                self.write_block(command, samples)

    def query_block(self, command: str, dtype: str, *, timeout_s: float | None = None) -> NDArray[np.generic]:
        """Expect a command whose reply is a block."""
        reply = self._next(command)
        if not isinstance(reply, np.ndarray):
            raise AssertionError(f"{self._place()}: a block was asked of {command!r}, and the script has none for it.")
        return reply.astype(dtype)

    def query_blocks(
        self, command: str, dtype: str, shape: tuple[int, int], *, timeout_s: float | None = None
    ) -> NDArray[np.generic]:
        """Expect a command whose reply is several blocks: a row of the script's array each."""
        reply = self.query_block(command, dtype)
        if reply.shape != shape:
            raise AssertionError(f"{self._place()}: blocks of shape {shape} were asked of {command!r}.")
        return reply

    def distrust(self) -> None:
        """No connection to throw away; `is_distrusted` says that it was to be."""
        self.is_distrusted = True

    def close(self) -> None:
        """Nothing to close."""

    def finish(self) -> None:
        """Make sure that nothing of the script is left.

        Raises:
            AssertionError: If a line is.
        """
        if self._lines:
            left = ", ".join(repr(command) for command, _ in self._lines)
            raise AssertionError(f"After {self._done} lines the script still expected {left}.")

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to close."""

    def _next(self, command: str) -> Reply:
        self._done += 1
        if not self._lines:
            raise AssertionError(f"{self._place()}: {command!r} came, and the script was over.")
        expected, reply = self._lines.pop(0)
        if command != expected:
            raise AssertionError(f"{self._place()}: {command!r} came, and {expected!r} was expected.")
        return reply

    def _place(self) -> str:
        return f"Line {self._done} of the script"


@contextmanager
def script(*lines: Line) -> Iterator[ScriptedTransport]:
    """A conversation that must take place, all of it and nothing else.

    Args:
        lines: Commands and their replies in order: text, the block that is sent or comes back, ``None`` for a
            command without reply.

    Raises:
        AssertionError: For a command that is not the next line, and for lines left over.
    """
    transport = ScriptedTransport(lines)
    yield transport
    transport.finish()
