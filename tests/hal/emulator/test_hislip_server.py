# SPDX-License-Identifier: Apache-2.0
"""The HiSLIP server, driven by pyvisa-py and by bare frames."""

from __future__ import annotations

import socket

import pytest
from pyvisa.constants import ResourceAttribute
from tests.hal.emulator.bench_instrument import Memory
from tests.hal.emulator.visa_client import check_blocks, check_dialogue, opened, wait_until

from feedline_hal.emulator.exchange import HangUp
from feedline_hal.emulator.hislip_frame import Frame, Kind, receive, send
from feedline_hal.emulator.hislip_server import HislipServer


def test_visa_client_talks_and_comes_again() -> None:
    memory = Memory()
    with HislipServer(memory) as server:
        check_dialogue(server.address, memory)


def test_adversarial_blocks_survive() -> None:
    memory = Memory()
    with HislipServer(memory) as server:
        check_blocks(server.address, memory)


def test_message_without_terminator_ends_at_its_signal() -> None:
    memory = Memory()
    with HislipServer(memory) as server, opened(server.address, write_termination="") as client:
        assert client.query("*IDN?") == memory.identity
        client.write_raw(b'MEM:DATA "a",#12b\r')
        client.write_raw(b"MEM:DATA?")
        assert client.read_raw() == b"#12b\r\n"


def test_block_in_many_messages_arrives_whole() -> None:
    memory = Memory()
    payload = bytes(range(256)) * 1024
    with HislipServer(memory) as server, opened(server.address) as client:
        client.set_visa_attribute(ResourceAttribute.tcpip_hislip_max_message_kb, 16)
        client.write_binary_values('MEM:DATA "a",', payload, datatype="B")
        assert bytes(client.query_binary_values("MEM:DATA?", datatype="B", container=bytes)) == payload


def test_status_byte_is_read_beside_the_data() -> None:
    with HislipServer(Memory()) as server, opened(server.address) as client:
        client.query("WHAT;*IDN?;*ESE?\n*ESE?")
        assert client.read_stb() & 4
        client.query("*CLS;*ESE?")
        assert not client.read_stb() & 4


def test_device_clear_ends_a_long_wait() -> None:
    memory = Memory()
    with HislipServer(memory) as server, opened(server.address) as client:
        client.write("CAL 1000;*OPC?")
        wait_until(lambda: len(memory.log) == 1, "the message")
        client.clear()
        assert client.query("*IDN?") == memory.identity


def test_trigger_message_reaches_the_instrument() -> None:
    memory = Memory()
    with HislipServer(memory) as server, opened(server.address) as client:
        client.visalib.sessions[client.session].interface.trigger()
        assert client.query("*ESE?") == "0"
        assert memory.triggers == 1


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        (b"GET / HTTP/1.1\r\n", b"Poorly formed message header"),
        (b"HS\x06\0" + bytes(12), b"Invalid initialization sequence"),
        (b"HS\0\0" + bytes(12) + b"HS\x07\0" + bytes(12), b"both established channels"),
    ],
)
def test_strangers_are_refused_with_a_fatal_error(sent: bytes, text: bytes) -> None:
    with HislipServer(Memory()) as server, socket.create_connection(("127.0.0.1", server.port), timeout=5) as client:
        client.sendall(sent)
        frame = receive(client)
        while frame.kind == Kind.INITIALIZE_RESPONSE:
            frame = receive(client)
        assert (frame.kind, text in frame.payload) == (Kind.FATAL_ERROR, True)
        assert client.recv(1) == b""


def test_locks_are_refused_in_words() -> None:
    with HislipServer(Memory()) as server, opened(server.address) as client:
        lane = client.visalib.sessions[client.session].interface._async
        send(lane, Frame(4, 1))
        answer = receive(lane)
        assert (answer.kind, bytes(answer.payload)) == (Kind.ERROR, b"Unrecognized message type 4")


def test_frame_that_is_none_ends_the_connection() -> None:
    left, right = socket.socketpair()
    with left, right:
        left.sendall(bytes(16))
        with pytest.raises(HangUp):
            receive(right)
