# SPDX-License-Identifier: Apache-2.0
"""An emulated instrument that speaks no SCPI: one message, one answer or none."""

from __future__ import annotations

import abc

from .dialect import EmulatedInstrument


class PlainInstrument(EmulatedInstrument, abc.ABC):
    """Answers messages as its `answer` says; SCPI's common commands, status and error queue are not there."""

    @abc.abstractmethod
    def answer(self, message: str) -> str | None:
        """Carry out a message; its reply without terminator, ``None`` for none."""

    def process(self, message: bytes) -> bytes | None:
        """Carry out one message and log it."""
        with self._lock:
            self.interrupt.clear()
            self._log.append(message)
            reply = self.answer(message.decode("latin-1"))
        return None if reply is None else reply.encode("latin-1")
