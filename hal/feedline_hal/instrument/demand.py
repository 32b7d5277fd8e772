# SPDX-License-Identifier: Apache-2.0
"""What an instrument has to be set to by hand before its driver is of use."""

from __future__ import annotations

import attrs

from feedline_hal.errors import HardwareFault
from feedline_hal.transport.transport import Transport


@attrs.frozen(kw_only=True, slots=True)
class Demand:
    """A question and the one answer that will do; asked whenever the instrument says who it is.

    Attributes:
        query: The question.
        reply: The answer.
        words: What an instrument with another answer does, that answer as ``{}``: ``is a source of {}``.
        remedy: What to do about it.
    """

    query: str
    reply: str
    words: str
    remedy: str

    def check(self, transport: Transport) -> None:
        """Ask; the connection is thrown away if the answer will not do.

        Raises:
            HardwareFault: If it is another.
        """
        reply = transport.query(self.query)
        if reply != self.reply:
            transport.distrust()
            raise HardwareFault(
                f"{transport.name} {self.words.format(reply)}.",
                remedy=self.remedy,
                instrument=transport.name,
                command=self.query,
                reply=reply,
            )
