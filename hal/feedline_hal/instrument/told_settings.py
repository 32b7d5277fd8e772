# SPDX-License-Identifier: Apache-2.0
"""What an instrument was told: settings that did not change are not sent again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from feedline_hal.errors import HardwareFault
from feedline_hal.transport.transport import Transport

Line = tuple[str, str]
"""A command's header and its value."""


class ToldSettings:
    """Settings that an instrument has taken, by header; after anything that goes wrong, none is relied upon.

    Args:
        transport: The connection.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._told: dict[str, str] = {}

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known."""
        return not self._told

    @contextmanager
    def trusted(self) -> Iterator[None]:
        """Do something with the instrument; forgets what it was told if that fails."""
        try:
            yield
        except BaseException:
            self._told.clear()
            raise

    def told(self, header: str) -> str:
        """What a setting was told.

        Raises:
            KeyError: If it was told nothing.
        """
        return self._told[header]

    def missing(self, lines: Iterable[Line]) -> list[Line]:
        """Those that were not told, or told otherwise."""
        return [(header, value) for header, value in lines if self._told.get(header) != value]

    def keep(self, lines: Iterable[Line]) -> None:
        """Take note that these were taken."""
        self._told.update(lines)

    def tell(self, header: str, value: str) -> None:
        """Set one, unless it is set."""
        if self._told.get(header) != value:
            self.write(f"{header} {value}")
            self._told[header] = value

    def write(self, command: str) -> None:
        """Send a command."""
        with self.trusted():
            self._transport.write(command)

    def query(self, query: str) -> str:
        """Ask."""
        with self.trusted():
            return self._transport.query(query)

    def number(self, query: str) -> float:
        """Ask for a number.

        Raises:
            HardwareFault: If the reply is none.
        """
        reply = self.query(query)
        try:
            return float(reply)
        except ValueError:
            remedy = "Check that nobody else talks to it."
            raise self.fault(query, f"answered {reply!r}, which is no number", reply, remedy) from None

    def fault(self, command: str, what: str, reply: str, remedy: str) -> HardwareFault:
        """The error for an instrument that did not do as it was told; nothing it said before is relied upon then."""
        self._told.clear()
        self._transport.distrust()
        name = self._transport.name
        return HardwareFault(
            f"{name} {what} ({command!r}).", remedy=remedy, instrument=name, command=command, reply=reply
        )
