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
        is_retreat: Whether it goes to the safe value, or comes closer to it than it was and not beyond it, so that
            it is let through even from beyond the safe range.
        rises_from: What it was, for a quantity that is the safer the larger it is: what is not below that is let
            through from below the safe range, too. ``None`` for others, and for what is not known.
    """

    quantity: str
    low: float
    high: float
    is_retreat: bool = False
    rises_from: float | None = None


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

    def is_answered(self, command: str) -> bool:
        """Whether the instrument sends something back that `Transport.write` does not read."""
        return "?" in command

    def commit(self, command: str, block: NDArray[np.generic] | None) -> None:
        """Take note that a command went out."""
        del command, block

    def hear(self, command: str, reply: str) -> None:
        """Take note of the reply to a query."""
        del command, reply

    def forget(self) -> None:  # noqa: B027 - a guard without a memory has nothing to forget
        """Take the instrument's state to be unknown again: a command failed, or the connection was opened anew."""
