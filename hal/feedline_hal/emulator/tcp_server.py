# SPDX-License-Identifier: Apache-2.0
"""What every TCP server of an emulator shares: a listener, a thread a connection, an orderly end."""

from __future__ import annotations

import abc
import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Self

from feedline_hal.emulator.exchange import Emulated, HangUp
from feedline_hal.emulator.fault import FaultScript
from feedline_hal.errors import HardwareFault

HOST = "127.0.0.1"
STOP_TIMEOUT_S = 5.0
_POLL_S = 0.02
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class TcpServer(abc.ABC):
    """Serves one instrument over TCP on loopback, any number of clients, at the same time or in a row.

    Args:
        instrument: Who answers.
        name: What threads and errors call it.
        port: Where to listen; 0 for a free port, which is kept over `stop` and `start`.
        faults: What goes wrong.
    """

    def __init__(
        self, instrument: Emulated, *, name: str = "emulator", port: int = 0, faults: FaultScript | None = None
    ) -> None:
        self.instrument = instrument
        self.name = name
        self.port = port
        self.faults = FaultScript() if faults is None else faults
        self._listener: socket.socket | None = None
        self._threads: list[threading.Thread] = []
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._stopping = threading.Event()

    @property
    @abc.abstractmethod
    def address(self) -> str:
        """Its VISA resource string, once started."""

    @abc.abstractmethod
    def serve(self, connection: socket.socket) -> None:
        """Talk to one client until it leaves; raise `HangUp` to end the connection."""

    def start(self) -> Self:
        """Listen; returns itself."""
        self._stopping.clear()
        self._listener = socket.create_server((HOST, self.port))
        self._listener.settimeout(0.5)  # where shutdown does not wake accept, this does
        self.port = self._listener.getsockname()[1]
        self.spawn(partial(self._accept, self._listener), "accept")
        return self

    def stop(self) -> None:
        """Cut all connections and end all threads; may be called twice.

        Raises:
            HardwareFault: If a thread did not end in time.
        """
        self._stopping.set()
        if self._listener is not None:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
            self._listener.close()
            self._listener = None
        while self._threads:  # one that ends may have started another
            self.cut()
            threads, self._threads = self._threads, []
            join_threads(threads, self.instrument, self.name)

    def cut(self) -> None:
        """Cut all connections, as if the cable was pulled; new clients are still welcome."""
        with self._lock:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def spawn(self, target: Callable[[], None], suffix: str) -> None:
        """Start a thread that `stop` waits for."""
        thread = threading.Thread(target=target, name=f"{self.name}-{suffix}", daemon=True)
        with self._lock:
            thread.start()
            self._threads = [*(old for old in self._threads if old.is_alive()), thread]

    def _accept(self, listener: socket.socket) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            connection.settimeout(None)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._connections.add(connection)
            self.spawn(partial(self._talk, connection), "client")

    def _talk(self, connection: socket.socket) -> None:
        try:
            if not self._stopping.is_set():
                self.serve(connection)
        except HangUp as end:
            if end.is_reset:
                with contextlib.suppress(OSError):
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        except OSError:
            pass  # the client is gone, and so is what it waited for
        finally:
            with self._lock:
                self._connections.discard(connection)
            connection.close()


def join_threads(threads: list[threading.Thread], instrument: Emulated, name: str) -> None:
    """Wait until threads have ended, waking what the instrument waits for.

    Raises:
        HardwareFault: If one did not end in time.
    """
    give_up_s = time.monotonic() + STOP_TIMEOUT_S
    for thread in threads:
        while thread.is_alive() and time.monotonic() < give_up_s:
            instrument.device_clear()
            thread.join(_POLL_S)
        if thread.is_alive():
            raise HardwareFault(
                f"emulator {name!r}: thread {thread.name!r} did not end within {STOP_TIMEOUT_S:g} s.",
                remedy="Look for a command handler that waits for something other than the instrument's clock.",
                instrument=name,
            )


def receive_exactly(connection: socket.socket, count: int) -> bytearray:
    """Receive so many bytes.

    Raises:
        ConnectionError: If the client leaves before.
    """
    data = bytearray(count)
    view = memoryview(data)
    while view:
        received = connection.recv_into(view)
        if not received:
            raise ConnectionError("the client left")
        view = view[received:]
    return data
