# SPDX-License-Identifier: Apache-2.0
"""Raw TCP: messages end with a line feed, replies with what the instrument ends them with (VISA ``SOCKET``)."""

from __future__ import annotations

import socket
from collections.abc import Callable
from functools import partial

from feedline_hal.emulator.exchange import Exchange
from feedline_hal.emulator.message import MessageReader
from feedline_hal.emulator.tcp_server import HOST, TcpServer

_CHUNK = 1 << 20
_LONG = 1 << 16
"""Bytes of a reply that is sent as it lies."""


class SocketServer(TcpServer):
    """Serves an instrument on a raw TCP port."""

    @property
    def address(self) -> str:
        """``TCPIP::127.0.0.1::4000::SOCKET``."""
        return f"TCPIP::{HOST}::{self.port}::SOCKET"

    def serve(self, connection: socket.socket) -> None:
        """Answer messages until the client leaves."""
        connection.sendall(self.instrument.greeting)
        exchange = Exchange(self.instrument, _SocketWire(connection, self.instrument.reply_terminator), self.faults)
        reader = MessageReader()
        buffer = bytearray(_CHUNK)
        view = memoryview(buffer)
        while count := connection.recv_into(view):
            for message in reader.feed(view[:count]):
                exchange.run(message)


class _SocketWire:
    def __init__(self, connection: socket.socket, terminator: bytes) -> None:
        self._connection = connection
        self._terminator = terminator

    def send(self, reply: bytes) -> None:
        if len(reply) < _LONG:
            self._connection.sendall(reply + self._terminator)
        else:
            self._connection.sendall(reply)
            self._connection.sendall(self._terminator)

    def send_part(self, part: bytes) -> None:
        self._connection.sendall(part)

    def late(self, reply: bytes) -> Callable[[], None]:
        return partial(self.send, reply)
