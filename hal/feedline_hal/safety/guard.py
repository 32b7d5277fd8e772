# SPDX-License-Identifier: Apache-2.0
"""Guards: what a command would do to the outputs, read off the bytes that are about to go out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray


@attrs.frozen(slots=True)
class Effect:
    """A quantity after a command, if the command is sent.

    Attributes:
        quantity: Its name: ``frequency_hz``, ``ch1_voltage_v``.
        low, high: What it would reach; nan or infinite for what is not known.
        is_retreat: Whether it comes closer to the safe value than it was, so that it is let through even from
            beyond the safe range.
    """

    quantity: str
    low: float
    high: float
    is_retreat: bool = False


class Guard(ABC):
    """Reads one instrument's commands. It knows every command that its driver sends, and nothing else.

    A gate asks `effects` before a command goes out and calls `commit` after. What the instrument's state was
    before the first command is not known, and is taken to be the worst.
    """

    @abstractmethod
    def effects(self, command: str, block: NDArray[np.generic] | None) -> Sequence[Effect] | None:
        """What a command would do to quantities, none for a harmless one; changes nothing.

        Args:
            command: Without terminator, as it would go out.
            block: Samples that follow it.

        Returns:
            Effects; ``None`` for a command that the guard does not know, which is refused.
        """

    def commit(self, command: str, block: NDArray[np.generic] | None) -> None:
        """Take note that a command went out."""
        del command, block

    def hear(self, command: str, reply: str) -> None:
        """Take note of the reply to a query."""
        del command, reply

    def forget(self) -> None:  # noqa: B027 - a guard without a memory has nothing to forget
        """Take the instrument's state to be unknown again: a command failed, or the connection was opened anew."""
