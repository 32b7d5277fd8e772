# SPDX-License-Identifier: Apache-2.0
"""A settable instrument that speaks SCPI."""

from __future__ import annotations

from typing import ClassVar

from feedline_hal.safety.settable_guard import SCPI_QUERY
from feedline_hal.transport.error_queue import check_errors, wait_until_done

from .settable_driver import SettableDriver


class ScpiSettable(SettableDriver):
    """Asks the instrument after every setting whether it is done and took it."""

    is_proving = True
    error_query: ClassVar[str] = "SYST:ERR?"
    harmless: ClassVar[tuple[str, ...]] = (SCPI_QUERY, r"\*CLS")

    def confirm(self, command: str) -> None:
        """Wait until it has settled and make sure that the error queue is empty.

        Raises:
            HardwareFault: If the instrument did not accept it, or takes longer than the connection's timeout.
        """
        wait_until_done(self._transport)
        check_errors(self._transport, command, self.error_query)
