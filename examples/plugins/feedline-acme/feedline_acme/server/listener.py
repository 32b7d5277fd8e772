# SPDX-License-Identifier: Apache-2.0
"""The listener: connections, lines in, lines out."""

from __future__ import annotations

import socket
import socketserver
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

import numpy as np

from .controller import IDENTITY, MAX_LINES, Controller
from .listing import CommandError, number
from .processor import Processor

LONGEST_LINE = 1 << 20
POLL_S = 0.02
"""How soon the listener hears that it is to stop."""


class AcmeServer:
    """A controller on a port of this machine.

    Args:
        port: Where to listen; 0 for a free port.
        num_qubits: How many qubits it has.
        shot_s: How long a shot takes.
        seed: Seed of its measurements, or ``None``.
    """

    def __init__(self, port: int = 0, *, num_qubits: int = 3, shot_s: float = 0.0, seed: int | None = None) -> None:
        self.controller = Controller(Processor(num_qubits, shot_s=shot_s, rng=np.random.default_rng(seed)))
        self._port = port
        self._server: _Server | None = None

    @property
    def address(self) -> str:
        """``HOST:PORT`` while it listens."""
        if self._server is None:
            raise RuntimeError("The Acme server is not started.")
        host, port = self._server.server_address[:2]
        return f"{host!s}:{port}"

    def start(self) -> None:
        """Listen, on a thread of its own."""
        self._server = _Server(("127.0.0.1", self._port), _Lines)
        self._server.controller = self.controller
        threading.Thread(target=self._server.serve_forever, args=(POLL_S,), name="acme-server", daemon=True).start()

    def stop(self) -> None:
        """Stop listening and hang up on everyone."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server.hang_up()
            self._server = None

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    controller: Controller

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]  # as socketserver takes them
        self.open: set[_Lines] = set()

    def hang_up(self) -> None:
        for lines in list(self.open):
            lines.hang_up()


class _Lines(socketserver.StreamRequestHandler):
    """One connection; owner of the controller after ``TAKE``."""

    server: _Server
    token = ""

    def handle(self) -> None:
        self.server.open.add(self)
        try:
            while True:
                line = self.rfile.readline(LONGEST_LINE)
                if not line.endswith(b"\n"):
                    return
                self.wfile.write(f"{self._answer(line)}\n".encode("ascii", "replace"))
        except OSError:
            return  # they hung up
        finally:
            self.server.controller.release(self.token)
            self.server.open.discard(self)

    def hang_up(self) -> None:
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _answer(self, line: bytes) -> str:
        words = line.decode("ascii", "replace").split()
        try:
            return f"OK {self._obey(words[0] if words else '', words[1:])}".rstrip()
        except CommandError as error:
            return f"ERR {error}"

    def _obey(self, command: str, words: list[str]) -> str:
        controller = self.server.controller
        if command == "IDN?":
            return IDENTITY
        if command == "ABORT":
            controller.abort(words[0] if words else "")
            return ""
        if command == "TAKE":
            self.token = controller.take()
            return self.token
        if command == "GIVE":
            controller.release(self.token)
            self.token = ""
            return ""
        if command not in ("LOAD", "SET", "RUN", "READ"):
            raise CommandError(10, f"unknown command {command[:20]}")
        further = self._further(words) if command == "LOAD" else []
        if not self.token:
            raise CommandError(32, "TAKE the controller first")
        if command == "LOAD":
            return str(controller.load(further))
        if command == "SET":
            controller.set(words)
        elif command == "RUN":
            controller.run(int(_one(words)))
        else:
            return controller.read(_one(words))
        return ""

    def _further(self, words: list[str]) -> list[str]:
        """The lines that follow LOAD; read even if they are refused, or they would be taken for commands."""
        count = int(_one(words))
        if not 0 <= count <= MAX_LINES:
            raise CommandError(11, f"a program has at most {MAX_LINES} lines")
        return [self.rfile.readline(LONGEST_LINE).decode("ascii", "replace") for _ in range(count)]


def _one(words: list[str]) -> float:
    try:
        return number(words[0])
    except (ValueError, IndexError):
        raise CommandError(12, "a number is missing") from None
