# SPDX-License-Identifier: Apache-2.0
"""The raw TCP server, driven by pyvisa-py and by bare sockets."""

from __future__ import annotations

import contextlib
import socket
import threading

import pytest
from tests.hal.emulator.bench_instrument import Memory
from tests.hal.emulator.visa_client import check_blocks, check_dialogue, wait_until

from feedline_hal.emulator.call import Call
from feedline_hal.emulator.dialect import Reply, command
from feedline_hal.emulator.socket_server import SocketServer
from feedline_hal.errors import HardwareFault


def test_visa_client_talks_and_comes_again() -> None:
    with SocketServer(Memory()) as server:
        check_dialogue(server.address, server.instrument)  # type: ignore[arg-type] # a Memory


def test_adversarial_blocks_survive() -> None:
    memory = Memory()
    with SocketServer(memory) as server:
        check_blocks(server.address, memory, run=20_000)


def test_large_block_arrives() -> None:
    memory = Memory()
    payload = bytes(range(256)) * (1 << 14)
    with SocketServer(memory) as server, socket.create_connection(("127.0.0.1", server.port), timeout=5) as client:
        client.sendall(b'MEM:DATA "a",#7%d' % len(payload) + payload + b"\n*OPC?\n")
        assert client.recv(2) == b"1\n"
        assert memory.data == payload


def test_clients_are_served_side_by_side() -> None:
    with SocketServer(Memory()) as server, contextlib.ExitStack() as stack:
        where = ("127.0.0.1", server.port)
        clients = [stack.enter_context(socket.create_connection(where, timeout=5)) for _ in range(5)]
        for client in clients:
            client.sendall(b"*ESE?\n")
        assert [client.recv(10) for client in clients] == [b"0\n"] * 5


def test_stop_ends_threads_and_connections_and_start_keeps_the_address() -> None:
    memory = Memory()
    server = SocketServer(memory, name="lo1")
    with server, socket.create_connection(("127.0.0.1", server.port), timeout=5) as client:
        address = server.address
        client.sendall(b"CAL 1000\n")
        client.sendall(b"*ESE?;*OPC?\n")
        wait_until(lambda: len(memory.log) == 2, "both messages")
        server.stop()
        assert client.recv(10) == b""
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("lo1")]
    with server:
        assert server.address == address


def test_cut_ends_connections_and_welcomes_new_ones() -> None:
    with SocketServer(Memory()) as server:
        for _ in range(2):
            with socket.create_connection(("127.0.0.1", server.port), timeout=5) as client:
                client.sendall(b"*ESE?\n")
                assert client.recv(10) == b"0\n"
                server.cut()
                assert client.recv(10) == b""


def test_handler_that_never_ends_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    release, begun = threading.Event(), threading.Event()

    class Stuck(Memory):
        @command("STUCk")
        def _stick(self, call: Call) -> Reply:
            begun.set()
            release.wait(20)
            return None

    monkeypatch.setattr("feedline_hal.emulator.tcp_server.STOP_TIMEOUT_S", 0.1)
    server = SocketServer(Stuck(), name="awg9").start()
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as client:
        client.sendall(b"STUCK\n")
        assert begun.wait(5)
        with pytest.raises(HardwareFault, match=r"'awg9': thread 'awg9-client' did not end within 0.1 s"):
            server.stop()
    release.set()
