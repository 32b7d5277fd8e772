# SPDX-License-Identifier: Apache-2.0
"""Who an instrument says it is."""

from __future__ import annotations

from typing import Self

import attrs

from feedline_hal.errors import HardwareFault
from feedline_hal.transport.transport import Transport


@attrs.frozen(slots=True)
class Identity:
    """The four fields of ``*IDN?``.

    Attributes:
        maker, model, serial, firmware: As the instrument writes them, blanks at the ends removed.

    Source: IEEE Std 488.2-1992, 10.14.
    """

    maker: str
    model: str
    serial: str = ""
    firmware: str = ""

    @classmethod
    def asked(cls, transport: Transport, query: str = "*IDN?") -> Self:
        """Ask an instrument who it is.

        Raises:
            HardwareFault: If it does not answer, or names no maker and model; the connection is thrown away then.
        """
        reply = transport.query(query)
        try:
            return cls.of(reply, instrument=transport.name)
        except HardwareFault:
            transport.distrust()
            raise

    @classmethod
    def of(cls, reply: str, *, instrument: str) -> Self:
        """Read a reply to ``*IDN?``.

        Raises:
            HardwareFault: If it has no maker and model.
        """
        fields = [field.strip() for field in reply.split(",", 3)]
        if len(fields) < 2 or not fields[1]:
            raise HardwareFault(
                f"{instrument} answered {reply!r} to '*IDN?', which names no maker and model.",
                remedy="Check that the address is this instrument's and that nobody else talks to it.",
                instrument=instrument,
                command="*IDN?",
                reply=reply,
            )
        return cls(*fields)

    def __str__(self) -> str:
        known = f"{self.maker} {self.model}"
        return f"{known}, serial {self.serial}" if self.serial else known
