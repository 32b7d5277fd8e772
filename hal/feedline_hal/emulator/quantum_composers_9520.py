# SPDX-License-Identifier: Apache-2.0
"""An emulated Quantum Composers 9520: a timer that fires bursts, outputs that follow it, an answer to every command.

Source: Quantum Composers 9520 Series Operating Manual, chapters "Programming the Pulse Generator" (commands, error
codes) and "Counter Architecture Overview" (modes of the timer, what arms it and what starts it).
"""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Sequence
from typing import ClassVar

from feedline.errors import InputError, nearest
from feedline_hal.emulator.cable import Burst, TriggerListener
from feedline_hal.emulator.clock import Clock, WallClock
from feedline_hal.emulator.pty_server import SerialManner
from feedline_hal.emulator.pulse_setting import (
    KEYWORD,
    NO_KEYWORD,
    NO_PARAMETER,
    NO_QUERY,
    PREFIX,
    QUERY_ONLY,
    TIMER_SETTINGS,
    PulseSetting,
    Refused,
    output_settings,
)

_CHANNEL = re.compile(r"PULSE?(?P<number>\d*)|SPULSE?|SPUL")
_QUERIES = ("INST:CAT", "INSTRUMENT:CATALOG", "SYST:STAT", "SYSTEM:STATE")
_ACTIONS = ("*RST", "*TRG")


class EmulatedQuantumComposers9520:
    """After ``*RST`` everything is off, the timer in continuous mode; a burst that is over stops the timer.

    Listeners hear of bursts and single shots of outputs that are on, in their normal mode. Of what lasts until it is
    stopped, the continuous and duty-cycle modes, they hear nothing.

    Args:
        serial: Its serial number.
        channels: How many outputs: 2, 4 or 8.
        is_echoing: Whether its serial line sends back what it receives.
        clock: Where burst times come from.
        log_length: How many messages the log keeps.
    """

    reply_terminator: ClassVar[bytes] = b"\r\n"

    def __init__(
        self,
        serial: str = "02311",
        *,
        channels: int = 4,
        is_echoing: bool = False,
        clock: Clock | None = None,
        log_length: int = 10_000,
    ) -> None:
        self.identity = f"QC,952{channels},{serial},2.3.4-1.0.0"
        self.clock: Clock = WallClock() if clock is None else clock
        self.interrupt = threading.Event()
        self.serial_manner = SerialManner(reply_terminator=self.reply_terminator, is_echoing=is_echoing)
        self._settings: dict[int, Sequence[PulseSetting]] = {0: TIMER_SETTINGS}
        self._settings |= {number: output_settings(number, channels) for number in range(1, channels + 1)}
        self._listeners: list[tuple[int, TriggerListener]] = []
        self._log: deque[bytes] = deque(maxlen=log_length)
        self._lock = threading.RLock()
        self._reset()

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of its outputs: ``a``, ``b``, ..."""
        return tuple("abcdefgh"[: len(self._settings) - 1])

    @property
    def log(self) -> list[bytes]:
        """Every message received, oldest first, without terminators."""
        return list(self._log)

    def clear_log(self) -> None:
        """Forget the messages received so far."""
        self._log.clear()

    def connect(self, output: str, listener: TriggerListener) -> None:
        """Plug a cable into an output.

        Raises:
            InputError: If it has no such output.
        """
        if output.lower() not in self.outputs:
            remedy = nearest(output, self.outputs)
            raise InputError(f"A 952{len(self.outputs)} has no output '{output}'.", remedy=remedy)
        self._listeners.append((self.outputs.index(output.lower()) + 1, listener))

    def value(self, number: int, keywords: str) -> str:
        """A setting as it would be read back: ``value(1, "WIDTh")``."""
        return self._values[number, keywords]

    @property
    def is_running(self) -> bool:
        """Whether the timer runs, or waits for a trigger; without triggers it stops when its burst is over."""
        is_over = self._until_s is not None and self.clock.now_s() >= self._until_s
        return self.value(0, "STATe") == "1" and (self._waits_for_trigger or not is_over)

    @property
    def _waits_for_trigger(self) -> bool:
        return self.value(0, "TRIGger:MODe") == "TRIG"

    def process(self, message: bytes) -> bytes:
        """Carry out one message; ``ok``, a value or ``?n``."""
        with self._lock:
            self._log.append(message)
            try:
                return self._answer(message.decode("latin-1").strip()).encode("ascii")
            except Refused as refusal:
                return b"?%d" % refusal.code

    def bus_trigger(self) -> None:
        """Its serial line carries no trigger."""

    def device_clear(self) -> None:
        """End whatever waits; settings stay."""
        self.interrupt.set()

    def status_byte(self, *, has_reply: bool = False) -> int:
        """It has no status byte; bit 4 says that a reply waits."""
        return 16 * has_reply

    def _reset(self) -> None:
        self._values = {
            (number, item.keywords): item.initial for number, items in self._settings.items() for item in items
        }
        self._until_s: float | None = None
        self._selected = 1

    def _answer(self, text: str) -> str:
        head, _, parameter = text.partition(" ")
        is_query, head = head.endswith("?"), head.removesuffix("?").upper()
        if not head.startswith((":", "*")):
            raise Refused(PREFIX)
        if head.startswith("*"):
            return self._common(head, is_query=is_query)
        nodes = head[1:].split(":")
        if "" in nodes:
            raise Refused(NO_KEYWORD)
        if head[1:] in _QUERIES:
            if not is_query:
                raise Refused(QUERY_ONLY)
            return self._catalog() if "CAT" in head else str(int(self.is_running))
        number, setting = self._find(nodes)
        if is_query:
            is_state = (number, setting.keywords) == (0, "STATe")
            return str(int(self.is_running)) if is_state else self.value(number, setting.keywords)
        if not parameter.strip():
            raise Refused(NO_PARAMETER)
        was_running = self.is_running
        self._values[number, setting.keywords] = setting.take(parameter.strip())
        if (number, setting.keywords) == (0, "STATe") and not (was_running and self.is_running):
            self._until_s = None
            if self.is_running and not self._waits_for_trigger:
                self._fire()
        return "ok"

    def _common(self, head: str, *, is_query: bool) -> str:
        if head == "*IDN":
            if not is_query:
                raise Refused(QUERY_ONLY)
            return self.identity
        if head not in _ACTIONS:
            raise Refused(KEYWORD if len(head) > 1 else NO_KEYWORD)
        if is_query:
            raise Refused(NO_QUERY)
        if head == "*RST":
            self._reset()
        elif self.is_running and self._waits_for_trigger and self.clock.now_s() >= (self._until_s or 0.0):
            self._fire()
        return "ok"

    def _catalog(self) -> str:
        return ", ".join(["T0", *(f"CH{name.upper()}" for name in self.outputs)])

    def _find(self, nodes: list[str]) -> tuple[int, PulseSetting]:
        found = _CHANNEL.fullmatch(nodes[0])
        if found is None:
            raise Refused(KEYWORD)
        number = 0 if nodes[0].startswith("S") else int(found["number"] or self._selected)
        if number not in self._settings:
            raise Refused(KEYWORD)
        if len(nodes) == 1:
            raise Refused(NO_KEYWORD)
        self._selected = number
        sent = ":".join(nodes[1:])
        for setting in self._settings[number]:
            if setting.header.match(sent) is not None:
                return number, setting
        raise Refused(NO_KEYWORD if any(item.begins_with(sent) for item in self._settings[number]) else KEYWORD)

    def _fire(self) -> None:
        mode, period_s = self.value(0, "MODe"), float(self.value(0, "PERiod"))
        if mode not in ("BURS", "SING"):
            return
        burst = Burst(int(self.value(0, "BCOunter")) if mode == "BURS" else 1, period_s)
        self._until_s = self.clock.now_s() + burst.count * period_s
        for number, listener in self._listeners:
            if self.value(number, "STATe") == "1" and self.value(number, "CMODe") == "NORM":
                listener(burst)
