# SPDX-License-Identifier: Apache-2.0
"""An instrument that keeps a block and gives it back, and a peer whose every byte the test decides."""

from __future__ import annotations

import os
import socket
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from feedline_hal.emulator.call import Call, definite_block
from feedline_hal.emulator.dialect import EmulatedInstrument, Reply, command

Peer = Callable[[socket.socket], None]


class Keeper(EmulatedInstrument):
    """Keeps a block."""

    def __init__(self) -> None:
        super().__init__("Feedline,Keeper,1,0.1")
        self.data = b""

    @command("KEEP:DATA", 1)
    def _keep(self, call: Call) -> Reply:
        self.data = call.block(0)
        return None

    @command("KEEP:DATA?")
    def _give(self, call: Call) -> Reply:
        return definite_block(self.data)


def adversarial_payloads() -> list[bytes]:
    """262 payloads: every last byte, 100 000 line feeds, runs of '#', CR LF, headers that are none."""
    last_bytes = [bytes([1, 2, 3, last]) for last in range(256)]
    others = [b"\n" * 100_000, b"#" * 5000, b"\r\n" * 4000, b"#15abcde\n#0", b"*IDN?\n;:SYST:ERR?\n", b""]
    return last_bytes + others


@contextmanager
def tcp_peer(*talks: Peer) -> Iterator[str]:
    """A TCP server that treats its n-th client with the n-th talk; its SOCKET address."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(10)

    def serve() -> None:
        for talk in talks:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client:
                client.settimeout(10)
                talk(client)

    thread = threading.Thread(target=serve, name="peer")
    thread.start()
    try:
        yield f"TCPIP::127.0.0.1::{listener.getsockname()[1]}::SOCKET"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)
        listener.close()


def hear(client: socket.socket) -> bytes:
    """One line from a client; nothing if it left."""
    line = b""
    while not line.endswith(b"\n"):
        byte = client.recv(1)
        if not byte:
            return b""
        line += byte
    return line


def answering(*answers: bytes) -> Peer:
    """A peer that answers line after line with given bytes, then waits until the client leaves."""

    def talk(client: socket.socket) -> None:
        for answer in answers:
            hear(client)
            client.sendall(answer)
        while client.recv(65536):
            pass

    return talk


@contextmanager
def serial_peer(talk: Callable[[int], None]) -> Iterator[str]:
    """A pseudo-terminal whose far end is treated by ``talk``; the device's path."""
    far, near = os.openpty()
    tty.setraw(near)
    thread = threading.Thread(target=talk, args=(far,), name="serial peer")
    thread.start()
    try:
        yield os.ttyname(near)
    finally:
        os.close(near)
        thread.join(10)
        os.close(far)


def read_from(far: int, ending: bytes) -> bytes:
    """What comes over a pseudo-terminal up to an ending; nothing if the line was closed."""
    message = b""
    while not message.endswith(ending):
        try:
            message += os.read(far, 65536)
        except OSError:
            return b""
    return message
