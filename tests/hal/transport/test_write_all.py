# SPDX-License-Identifier: Apache-2.0
"""Several commands at once: the same messages in the same order, whatever carries them."""

from __future__ import annotations

import socket
import threading

import numpy as np
import pytest
from speaking_bench import Keeper, adversarial_payloads, answering, hear, tcp_peer

from feedline.errors import InputError
from feedline_hal.emulator.hislip_server import HislipServer
from feedline_hal.emulator.pty_server import PtyServer
from feedline_hal.emulator.socket_server import SocketServer
from feedline_hal.emulator.vxi11_server import Vxi11Server
from feedline_hal.errors import HardwareFault
from feedline_hal.transport import Manner, open_transport

SERVERS = [SocketServer, HislipServer, Vxi11Server, PtyServer]


@pytest.mark.parametrize("kind", SERVERS)
def test_commands_and_blocks_arrive_one_by_one(kind: type[SocketServer]) -> None:
    """Short ones, one longer than a piece, many that are longer together, empty ones, none at all."""
    keeper = Keeper()
    with kind(keeper) as server, open_transport(server.address, name="awg1", timeout_s=20) as transport:
        for payload in [b"\n#15", b"", b"x" * 70_000, *adversarial_payloads()[250:258]]:
            samples = np.frombuffer(payload, np.uint8)
            lines = [("*CLS", None), ("KEEP:DATA ", samples), ("*ESE 4", None), ("KEEP:DATA ", samples[::-1].copy())]
            transport.write_all(lines)
            assert transport.query_block("KEEP:DATA?", "u1").tobytes() == payload[::-1]
            heads = [message[:5] for message in keeper.log]
            assert heads == [b"*CLS", b"KEEP:", b"*ESE ", b"KEEP:", b"KEEP:"]
            keeper.clear_log()
        transport.write_all([])
        transport.write_all([("*ESE 4", None)] * 20_000)
        assert transport.query("*OPC?") == "1"
        assert transport.query("SYST:ERR?").startswith("0,")
    assert len(keeper.log) == 10_000  # it keeps the newest
    assert keeper.log[-2:] == [b"*OPC?", b"SYST:ERR?"]
    assert set(keeper.log[:-2]) == {b"*ESE 4"}


def test_what_is_no_line_is_refused_before_anything_is_sent() -> None:
    keeper = Keeper()
    with SocketServer(keeper) as server, open_transport(server.address, name="awg1") as transport:
        with pytest.raises(InputError, match="not one line of ASCII"):
            transport.write_all([("*CLS", None), ("*ESE 4\n*RST", None)])
        assert transport.query("*OPC?") == "1"
    assert keeper.log == [b"*OPC?"]


def test_each_is_acknowledged_where_the_instrument_does() -> None:
    """The second answer is no acknowledgement, so the third command is not sent."""
    with (
        tcp_peer(answering(b"ok\n", b"?2\n")) as address,
        open_transport(address, name="trig", manner=Manner(acknowledgement="ok")) as transport,
        pytest.raises(HardwareFault, match=r"answered '\?2' to 'B'"),
    ):
        transport.write_all([("A", None), ("B", None), ("C", None)])


def test_a_connection_that_is_gone_is_told_with_the_first_command() -> None:
    lines = [("*CLS", None), ("*RST", None), ("*ESE 4", None)]
    gone = threading.Event()

    def leave(client: socket.socket) -> None:
        hear(client)
        client.close()
        gone.set()

    with tcp_peer(leave) as address, open_transport(address, name="awg1") as transport:
        transport.write_all(lines)
        assert gone.wait(10)
        with pytest.raises(
            HardwareFault, match=r"^awg1 .*(broke|closed) the connection.* when '\*CLS' and 2 more was sent"
        ) as caught:
            transport.write_all(lines)
    assert caught.value.instrument.startswith("awg1 ")
