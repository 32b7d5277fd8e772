# SPDX-License-Identifier: Apache-2.0
"""What drivers are handed: a connection to one instrument."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

Line = tuple[str, NDArray[np.generic] | None]
"""A command and the samples that follow it."""


class Transport(Protocol):
    """A connection to one instrument; owned by one thread. Text without terminators, blocks without headers.

    Every call may raise `HardwareFault`, which names the instrument, the command and what came back. After
    a timeout the connection is thrown away and opened again before the next call: a late reply must not
    answer the next question.
    """

    @property
    def name(self) -> str:
        """What errors call the instrument: ``awg1 (TCPIP::10.0.0.5::4000::SOCKET)``."""

    def write(self, command: str) -> None:
        """Send a command."""

    def query(self, command: str, *, timeout_s: float | None = None) -> str:
        """Send a command and read one reply; ``None`` for the connection's own timeout."""

    def write_block(self, command: str, samples: NDArray[np.generic]) -> None:
        """Send a command that ends in a definite-length block of the samples' bytes, as they lie in memory."""

    def write_all(self, lines: Sequence[Line]) -> None:
        """Send several commands, in one piece where the connection is a stream; each with its samples, if any."""

    def query_block(self, command: str, dtype: str, *, timeout_s: float | None = None) -> NDArray[np.generic]:
        """Send a command and read a definite-length block; ``dtype`` says how: ``<f4``, ``>i2``."""

    def query_blocks(
        self, command: str, dtype: str, shape: tuple[int, int], *, timeout_s: float | None = None
    ) -> NDArray[np.generic]:
        """Send a command and read ``shape[0]`` blocks of ``shape[1]`` samples, with ``;`` between; a view of them."""

    def distrust(self) -> None:
        """Throw the connection away, for what came is not understood; the next call opens it anew.

        Whoever judges that a reply is no answer to what was asked calls this: it may be the answer to an earlier
        question, and from then on every reply would be one question late.
        """

    def close(self) -> None:
        """Close; may be called twice."""

    def __enter__(self) -> Self:
        """Itself."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
