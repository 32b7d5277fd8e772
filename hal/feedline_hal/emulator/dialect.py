# SPDX-License-Identifier: Apache-2.0
"""The SCPI part of an emulated instrument: commands in a table, IEEE 488.2 status, an error queue, a log.

Source: SCPI-1999 volume 1, 6.2.4 (compound messages); IEEE 488.2-1992, 10 (common commands), 11 (status).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import attrs

from feedline_hal.emulator.call import Call
from feedline_hal.emulator.clock import Clock, WallClock
from feedline_hal.emulator.error_queue import ErrorQueue, ScpiError
from feedline_hal.emulator.header import Header
from feedline_hal.emulator.message import split
from feedline_hal.emulator.message_log import MessageLog

Reply = str | bytes | None
_Handler = TypeVar("_Handler", bound=Callable[[Any, Call], Reply])
_POWER_ON, _OPERATION_COMPLETE = 128, 1
_CACHED_HEADERS = 4096
_LOG_BYTES = 64 * 2**20
_HEADER = re.compile(rb"[^ \t\r\n]+")


@attrs.frozen
class Command:
    """An entry of the table: a header, the name of the method that answers it, how many parameters it takes."""

    header: Header
    method: str
    fewest: int
    most: int


def command(notation: str, fewest: int = 0, most: int | None = None) -> Callable[[_Handler], _Handler]:
    """Declare a method of an `EmulatedInstrument` as the answer to a command; several on one method are fine.

    Args:
        notation: As manuals print it: ``[SOURce[1|2]:]FREQuency[:CW]?``.
        fewest: How many parameters it must have; -109 otherwise.
        most: How many it may have, ``fewest`` if not given; -108 otherwise.
    """

    def declare(handler: _Handler) -> _Handler:
        entry = Command(Header.parse(notation), handler.__name__, fewest, fewest if most is None else most)
        handler.__dict__.setdefault("scpi_commands", []).append(entry)
        return handler

    return declare


class EmulatedInstrument:
    """Answers program messages like an instrument; subclasses add commands with `command` and override `reset`.

    Safe to be called from several connections; messages are carried out one after the other.

    Args:
        identity: What ``*IDN?`` answers.
        clock: Where busy times come from.
        error_capacity: How many errors the queue holds.
        log_length: How many messages the log keeps; fewer if they are longer than 64 MiB together.
    """

    commands: ClassVar[tuple[Command, ...]] = ()
    reply_terminator: ClassVar[bytes] = b"\n"
    """What ends its replies on a raw socket."""
    greeting: ClassVar[bytes] = b""
    """What it says to whoever connects to its raw socket."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.commands = cls._table()

    @classmethod
    def _table(cls) -> tuple[Command, ...]:
        found: dict[str, Command] = {}
        for kind in reversed(cls.__mro__):
            for handler in vars(kind).values():
                found.update((entry.header.notation, entry) for entry in getattr(handler, "scpi_commands", ()))
        return tuple(reversed(found.values()))

    def __init__(
        self, identity: str, *, clock: Clock | None = None, error_capacity: int = 20, log_length: int = 10_000
    ) -> None:
        self.identity = identity
        self.clock: Clock = WallClock() if clock is None else clock
        self.errors = ErrorQueue(error_capacity)
        self.interrupt = threading.Event()
        self._log = MessageLog(log_length, _LOG_BYTES)
        self._lock = threading.RLock()
        self._routes: dict[str, tuple[Command, tuple[str | None, ...]]] = {}
        self._busy_until_s = self.clock.now_s()
        self._event_status = _POWER_ON
        self._event_enable = self._service_enable = 0
        self._wants_completion = False

    @property
    def log(self) -> list[bytes]:
        """Every message received, oldest first, without terminators."""
        return list(self._log)

    def clear_log(self) -> None:
        """Forget the messages received so far."""
        self._log.clear()

    def reset(self) -> None:
        """Go to the state after ``*RST``; for subclasses."""

    def trigger(self) -> None:
        """Act on ``*TRG`` or the transport's trigger; for subclasses. -211 where nothing waits for one."""
        raise ScpiError(-211)

    def format_error(self, error: ScpiError) -> str:
        """How the queue prints an error; for subclasses that print ``+0``."""
        return f'{error.code},"{error.text}"'

    def answer_other(self, unit: bytes) -> Reply:
        """Answer what no header matches: ``SETA=1``, ``:CH1:FREQ:5.1GHz``; for subclasses. -113 by default."""
        raise ScpiError(-113)

    def process(self, message: bytes) -> bytes | None:
        """Carry out one program message; the replies of its queries joined by ``;``, ``None`` without any."""
        with self._lock:
            self.interrupt.clear()
            self._log.append(message)
            replies: list[bytes] = []
            path: tuple[str, ...] = ()
            for unit in split(message, b";"):
                try:
                    reply, path = self._carry_out(unit, path)
                except ScpiError as error:
                    self.report(error)
                    if error.event_bit == 32:
                        break  # the parser lost its place; what follows is not trusted
                    continue
                if reply is not None:
                    replies.append(reply.encode("latin-1") if isinstance(reply, str) else reply)
            return b";".join(replies) if replies else None

    def report(self, error: ScpiError) -> None:
        """Put an error into the queue and its bit into the event status."""
        self.errors.push(error)
        self._event_status |= error.event_bit

    def bus_trigger(self) -> None:
        """Take the transport's trigger (HiSLIP, VXI-11), as ``*TRG``."""
        with self._lock:
            try:
                self.trigger()
            except ScpiError as error:
                self.report(error)

    def device_clear(self) -> None:
        """End whatever waits; status and settings stay."""
        self.interrupt.set()

    def be_busy(self, duration_s: float) -> None:
        """Be busy from now on, at least for so long; ``*OPC?`` and ``*WAI`` wait for the end."""
        self._busy_until_s = max(self._busy_until_s, self.clock.now_s() + duration_s)

    @property
    def is_busy(self) -> bool:
        """Whether an operation is under way."""
        return self.clock.now_s() < self._busy_until_s

    def status_byte(self, *, has_reply: bool = False) -> int:
        """The status byte: 4 errors, 16 reply waiting, 32 event summary, 64 service wanted."""
        status = 4 * bool(len(self.errors)) | 16 * has_reply | 32 * bool(self._events() & self._event_enable)
        return status | 64 * bool(status & self._service_enable)

    def _carry_out(self, unit: bytes, path: tuple[str, ...]) -> tuple[Reply, tuple[str, ...]]:
        if not unit:
            return None, path
        header = _HEADER.match(unit)
        end = 0 if header is None else header.end()
        sent = unit[:end].decode("latin-1").upper()
        if not sent.startswith("*"):
            nodes = (() if sent.startswith(":") else path) + tuple(sent.lstrip(":").split(":"))
            sent, path = ":".join(nodes), nodes[:-1]
        entry, digits = self._route(sent)
        if entry is None:
            return self.answer_other(unit), path
        parameters = tuple(split(unit, b",", end)) if end < len(unit) else ()
        if len(parameters) < entry.fewest or b"" in parameters:
            raise ScpiError(-109)
        if len(parameters) > entry.most:
            raise ScpiError(-108)
        reply: Reply = getattr(self, entry.method)(Call(sent, entry.header.numbers(digits), parameters))
        return reply, path

    def _route(self, sent: str) -> tuple[Command | None, tuple[str | None, ...]]:
        if (known := self._routes.get(sent)) is not None:
            return known
        for entry in self.commands:
            if (digits := entry.header.match(sent)) is not None:
                if len(self._routes) < _CACHED_HEADERS:
                    self._routes[sent] = entry, digits
                return entry, digits
        return None, ()

    def _events(self) -> int:
        if self._wants_completion and not self.is_busy:
            self._wants_completion = False
            self._event_status |= _OPERATION_COMPLETE
        return self._event_status

    @command("*IDN?")
    def _identify(self, call: Call) -> Reply:
        return self.identity

    @command("*RST")
    def _reset(self, call: Call) -> Reply:
        self._wants_completion = False
        self._busy_until_s = self.clock.now_s()
        self.reset()
        return None

    @command("*CLS")
    def _clear_status(self, call: Call) -> Reply:
        self.errors.clear()
        self._event_status = 0
        self._wants_completion = False
        return None

    @command("*OPC")
    def _announce_completion(self, call: Call) -> Reply:
        self._wants_completion = True
        return None

    @command("*OPC?")
    def _await_completion(self, call: Call) -> Reply:
        return "1" if self._wait_until_idle() else None

    @command("*WAI")
    def _wait(self, call: Call) -> Reply:
        self._wait_until_idle()
        return None

    def _wait_until_idle(self) -> bool:
        while (left_s := self._busy_until_s - self.clock.now_s()) > 0:
            if self.clock.wait(left_s, self.interrupt):
                return False
        return True

    @command("*ESR?")
    def _read_events(self, call: Call) -> Reply:
        events, self._event_status = self._events(), 0
        return str(events)

    @command("*ESE", 1)
    def _enable_events(self, call: Call) -> Reply:
        self._event_enable = call.integer(0, 0, 255)
        return None

    @command("*ESE?")
    def _enabled_events(self, call: Call) -> Reply:
        return str(self._event_enable)

    @command("*SRE", 1)
    def _enable_service(self, call: Call) -> Reply:
        self._service_enable = call.integer(0, 0, 255) & ~64
        return None

    @command("*SRE?")
    def _enabled_service(self, call: Call) -> Reply:
        return str(self._service_enable)

    @command("*STB?")
    def _read_status(self, call: Call) -> Reply:
        return str(self.status_byte())

    @command("*TRG")
    def _trigger(self, call: Call) -> Reply:
        self.trigger()
        return None

    @command("SYSTem:ERRor[:NEXT]?")
    def _next_error(self, call: Call) -> Reply:
        return self.format_error(self.errors.pop())


EmulatedInstrument.commands = EmulatedInstrument._table()  # noqa: SLF001 - __init_subclass__ serves subclasses only
