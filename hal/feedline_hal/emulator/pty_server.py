# SPDX-License-Identifier: Apache-2.0
"""A pseudo-terminal: what a serial or USB-serial instrument looks like to its client."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import tempfile
import threading
import tty
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import attrs

from feedline_hal.emulator.exchange import Emulated, Exchange, HangUp
from feedline_hal.emulator.fault import FaultScript
from feedline_hal.emulator.message import MessageReader
from feedline_hal.emulator.tcp_server import join_threads

_CHUNK = 1 << 16
_LOCK = "lock"
"""File beside the link that is locked for as long as it is served."""


class Reader(Protocol):
    """Cuts what comes into messages; `MessageReader`, or a dialect's own where messages have no terminator."""

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes; return the messages they complete."""

    def finish(self) -> list[bytes]:
        """Take silence for an end; return what it completes."""


@attrs.frozen(kw_only=True)
class SerialManner:
    """How an instrument behaves on its serial line.

    Args:
        reply_terminator: What ends a reply.
        is_echoing: Whether it sends back what it receives, before any reply.
        reader: Makes what finds the end of messages.
        silence_s: Silence that the reader is told of; ``None`` if it needs to know of none.
    """

    reply_terminator: bytes = b"\n"
    is_echoing: bool = False
    reader: Callable[[], Reader] = MessageReader
    silence_s: float | None = None


class PtyServer:
    """Serves one instrument on a pseudo-terminal; its address is a link that outlives pulled cables.

    A fault that ends the connection hangs the terminal up and puts a new one under the same link.

    Args:
        instrument: Who answers.
        name: What threads and errors call it.
        manner: How the line behaves.
        faults: What goes wrong.
    """

    def __init__(
        self,
        instrument: Emulated,
        *,
        name: str = "emulator",
        manner: SerialManner | None = None,
        faults: FaultScript | None = None,
    ) -> None:
        self.instrument = instrument
        self.name = name
        self.manner = SerialManner() if manner is None else manner
        self.faults = FaultScript() if faults is None else faults
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._thread: threading.Thread | None = None
        self._wake = (-1, -1)
        self._ends = (-1, -1)
        self._lock = -1
        self._stopping = threading.Event()

    @property
    def path(self) -> str:
        """The link to the slave device, once started; for pyserial.

        Raises:
            RuntimeError: Before `start`.
        """
        if self._folder is None:
            raise RuntimeError(f"emulator {self.name!r} has no terminal before start()")
        return str(Path(self._folder.name) / "tty")

    @property
    def address(self) -> str:
        """``ASRL/tmp/.../tty::INSTR``, once started."""
        return f"ASRL{self.path}::INSTR"

    def start(self) -> Self:
        """Open the terminal and serve it; returns itself."""
        self._stopping.clear()
        self._folder = tempfile.TemporaryDirectory(prefix="feedline-")
        self._lock = os.open(Path(self._folder.name) / _LOCK, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._wake = os.pipe()
        self._plug_in()
        self._thread = threading.Thread(target=self._run, name=f"{self.name}-pty", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Hang up and end the thread; may be called twice.

        Raises:
            HardwareFault: If the thread did not end in time.
        """
        if self._thread is None:
            return
        self._stopping.set()
        os.write(self._wake[1], b"!")
        join_threads([self._thread], self.instrument, self.name)
        self._thread = None
        for end in (*self._ends, *self._wake, self._lock):
            os.close(end)
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def send(self, reply: bytes) -> None:
        """Send a reply and its terminator."""
        self.send_part(reply + self.manner.reply_terminator)

    def send_part(self, part: bytes) -> None:
        """Send bytes as fast as the client takes them."""
        view = memoryview(part)
        while view and not self._stopping.is_set():
            select.select([self._wake[0]], [self._ends[0]], [])
            with contextlib.suppress(BlockingIOError):
                view = view[os.write(self._ends[0], view) :]

    def late(self, reply: bytes) -> Callable[[], None]:
        """What sends a reply later."""
        return partial(self.send, reply)

    def _plug_in(self) -> None:
        master, slave = os.openpty()
        tty.setraw(slave)  # kept open: without it the master fails whenever no client is there
        os.set_blocking(master, False)
        self._ends = master, slave
        fresh = Path(self.path + ".new")
        fresh.symlink_to(os.ttyname(slave))
        fresh.rename(self.path)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._serve()
            except HangUp:
                ends = self._ends
                self._plug_in()
                for end in ends:
                    os.close(end)

    def _serve(self) -> None:
        exchange = Exchange(self.instrument, self, self.faults)
        reader = self.manner.reader()
        while not self._stopping.is_set():
            ready, _, _ = select.select([self._ends[0], self._wake[0]], [], [], self.manner.silence_s)
            if self._wake[0] in ready:
                continue
            data = os.read(self._ends[0], _CHUNK) if ready else b""
            if self.manner.is_echoing:
                self.send_part(data)
            for message in reader.feed(data) if data else reader.finish():
                exchange.run(message)


def is_left_behind(link: str) -> bool:
    """Whether a link to a `PtyServer.path` is of a process that was killed: its terminal may be another's by now."""
    try:
        lock = os.open(Path(link).with_name(_LOCK), os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(lock)
    return True
