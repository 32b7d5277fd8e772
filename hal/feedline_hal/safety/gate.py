# SPDX-License-Identifier: Apache-2.0
"""The gate: the last thing before the wire."""

from __future__ import annotations

import logging
import math
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from feedline_hal.errors import LimitError
from feedline_hal.transport.transport import Line, Transport

from .guard import Effect, Guard

_log = logging.getLogger("feedline.safety")
_SEVERAL = re.compile(r";(?=(?:[^\"']|\"[^\"]*\"|'[^']*')*$)")
_ROUNDING = 1e-9
"""What floating point may add to a bound, relative to the larger bound."""


class Gate:
    """A `Transport` that lets through what is safe. Nothing that a driver sends goes round it.

    One command at a time is looked at, sent and noted, whichever thread it comes from.

    Args:
        transport: The wire.
        guard: Reads the instrument's commands.
        ranges: Safe lowest and highest of each quantity; a quantity without a range is refused.
    """

    def __init__(self, transport: Transport, guard: Guard, ranges: Mapping[str, tuple[float, float]]) -> None:
        self._transport = transport
        self._guard = guard
        self._ranges = dict(ranges)
        self._busy = threading.Lock()

    @property
    def name(self) -> str:
        """What errors call the instrument."""
        return self._transport.name

    def write(self, command: str) -> None:
        """Send a command, if it is safe.

        Raises:
            LimitError: If it is not; names instrument, command, quantity and range.
        """
        with self._passing(command, is_read=False):
            self._transport.write(command)

    def query(self, command: str, *, timeout_s: float | None = None) -> str:
        """Send a query; anything that is none goes the way of `write`."""
        with self._passing(command) as heard:
            heard.append(self._transport.query(command, timeout_s=timeout_s))
        return heard[0]

    def write_block(self, command: str, samples: NDArray[np.generic]) -> None:
        """Send samples, if they are safe. They are copied only if they are not laid out as they go out."""
        with self._passing(command, samples, is_read=False):
            self._transport.write_block(command, samples)

    def write_all(self, lines: Sequence[Line]) -> None:
        """Send several commands if every one of them is safe after those before it; none if one is not.

        Raises:
            LimitError: If one is not; nothing was sent then.
        """
        with self._busy:
            try:
                for command, block in lines:
                    self._check(command, block, is_read=False)
                    self._guard.commit(command, block)
                self._transport.write_all(lines)
            except BaseException:
                self._guard.forget()
                raise

    def query_block(self, command: str, dtype: str, *, timeout_s: float | None = None) -> NDArray[np.generic]:
        """Send a query whose reply is a block."""
        with self._passing(command):
            return self._transport.query_block(command, dtype, timeout_s=timeout_s)

    def query_blocks(
        self, command: str, dtype: str, shape: tuple[int, int], *, timeout_s: float | None = None
    ) -> NDArray[np.generic]:
        """Send a query whose reply is several blocks."""
        with self._passing(command):
            return self._transport.query_blocks(command, dtype, shape, timeout_s=timeout_s)

    def distrust(self) -> None:
        """Throw the connection away; the guard relies on nothing that was said or heard through it."""
        with self._busy:
            self._guard.forget()
            self._transport.distrust()

    def close(self) -> None:
        """Close the wire, also while another thread waits for a reply; the guard forgets what it knew."""
        self._transport.close()
        with self._busy:
            self._guard.forget()

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    @contextmanager
    def _passing(
        self, command: str, block: NDArray[np.generic] | None = None, *, is_read: bool = True
    ) -> Iterator[list[str]]:
        """Look at a command, have it sent, take note of it and of the replies that are put into the list."""
        with self._busy:
            self._check(command, block, is_read=is_read)
            heard: list[str] = []
            try:
                yield heard
            except BaseException:
                self._guard.forget()
                raise
            self._guard.commit(command, block)
            for reply in heard:
                self._guard.hear(command, reply)

    def _check(self, command: str, block: NDArray[np.generic] | None, *, is_read: bool) -> None:
        if _SEVERAL.search(command):
            raise self._refused(command, "holds several commands", "Send one command at a time.")
        effects = self._guard.effects(command, block)
        if effects is None:
            raise self._refused(
                command,
                "is not a command that the gate knows",
                "The driver's guard has to say what it does to the outputs.",
            )
        for effect in effects:
            self._check_effect(command, effect)
        if not is_read and self._guard.is_answered(command):
            raise self._refused(
                command,
                "is answered, and nobody would read what comes: it would pass for the answer to what is asked next",
                "Send it with query().",
            )

    def _check_effect(self, command: str, effect: Effect) -> None:
        found = self._ranges.get(effect.quantity)
        if found is None:
            raise self._refused(
                command,
                f"sets {effect.quantity}, for which no safe range is given",
                f"Give {effect.quantity} a range in the 'safe' table of this instrument in the rack file.",
            )
        low, high = found
        slack = _ROUNDING * max(abs(low), abs(high))
        least = low - slack if effect.rises_from is None else min(low - slack, effect.rises_from)
        if effect.is_retreat or least <= effect.low <= effect.high <= high + slack:
            return
        reach = f"{effect.low:.9g}" if effect.low == effect.high else f"{effect.low:.9g} to {effect.high:.9g}"
        hint = ""
        if not (math.isfinite(effect.low) and math.isfinite(effect.high)):
            reach, hint = "a value that is not known", " Set it, or read it, first."
        raise self._refused(
            command,
            f"would take {effect.quantity} to {reach}",
            f"The rack file calls {low:.9g} to {high:.9g} safe; nothing was sent.{hint}",
        )

    def _refused(self, command: str, why: str, remedy: str) -> LimitError:
        what = f"{self.name}: {_shortened(command)!r} {why}."
        _log.warning("Refused. %s %s", what, remedy)
        return LimitError(what, remedy=remedy)


def _shortened(command: str) -> str:
    return command if len(command) <= 120 else command[:117] + "..."
