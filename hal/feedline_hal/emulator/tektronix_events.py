# SPDX-License-Identifier: Apache-2.0
"""The event queue of Tektronix oscilloscopes: events can be read once ``*ESR?`` was.

Source: Tektronix 4/5/6 Series MSO Programmer Manual, "Status and events" (EVMsg?, ALLEv?, EVENT?, EVQty?).
"""

from __future__ import annotations

from typing import Any

from .call import Call
from .dialect import EmulatedInstrument, Reply, command
from .error_queue import ScpiError

_EMPTY = '0,"No events to report - queue empty"'
_PENDING = '1,"No events to report - new events pending *ESR?"'


class TektronixEvents(EmulatedInstrument):
    """Prints SCPI's codes without their sign, and has no ``SYSTem:ERRor?``.

    Args:
        identity: What ``*IDN?`` answers.
        **options: Of `EmulatedInstrument`.
    """

    def __init__(self, identity: str, **options: Any) -> None:
        super().__init__(identity, **options)
        self._readable: list[ScpiError] = []

    def format_error(self, error: ScpiError) -> str:
        """``113,"Undefined header"``."""
        return f'{abs(error.code)},"{error.text}"'

    def _next_error(self, call: Call) -> Reply:
        raise ScpiError(-113)

    def _read_events(self, call: Call) -> Reply:
        reply = super()._read_events(call)
        self._readable = []
        while len(self.errors):
            self._readable.append(self.errors.pop())
        return reply

    def _clear_status(self, call: Call) -> Reply:
        self._readable = []
        return super()._clear_status(call)

    def _nothing(self) -> str:
        return _PENDING if len(self.errors) else _EMPTY

    @command("EVMsg?")
    def _event_message(self, call: Call) -> Reply:
        return self.format_error(self._readable.pop(0)) if self._readable else self._nothing()

    @command("EVENT?")
    def _event_code(self, call: Call) -> Reply:
        told = self._event_message(call)
        return str(told).partition(",")[0]

    @command("EVQty?")
    def _event_count(self, call: Call) -> Reply:
        return str(len(self._readable))

    @command("ALLEv?")
    def _all_events(self, call: Call) -> Reply:
        told = ",".join(self.format_error(error) for error in self._readable) or self._nothing()
        self._readable = []
        return told
