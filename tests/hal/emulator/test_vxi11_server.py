# SPDX-License-Identifier: Apache-2.0
"""The VXI-11 server, driven by pyvisa-py and by bare calls."""

from __future__ import annotations

import socket
import struct

import pytest
import pyvisa
from pyvisa.constants import StatusCode
from tests.hal.emulator.bench_instrument import Memory, adversarial_payloads
from tests.hal.emulator.visa_client import check_blocks, check_dialogue, opened, wait_until

from feedline_hal.emulator.vxi11_server import Vxi11Server


def test_visa_client_talks_and_comes_again() -> None:
    memory = Memory()
    with Vxi11Server(memory) as server:
        check_dialogue(server.address, memory)


def test_adversarial_blocks_survive() -> None:
    memory = Memory()
    with Vxi11Server(memory) as server:
        check_blocks(server.address, memory, run=1000)  # the client reads line feed by line feed


def test_long_run_of_line_feeds_survives_where_the_client_looks_for_none() -> None:
    memory = Memory()
    payload = adversarial_payloads()[256]
    with Vxi11Server(memory) as server, opened(server.address, read_termination="") as client:
        client.write_binary_values('MEM:DATA "a",', payload, datatype="B")
        client.write("MEM:DATA?")
        assert client.read_raw() == b"#6%d%b\n" % (len(payload), payload)


def test_block_in_many_writes_arrives_whole() -> None:
    memory = Memory()
    payload = bytes(range(256)) * 40_000
    with Vxi11Server(memory) as server, opened(server.address) as client:
        client.write_binary_values('MEM:DATA "a",', payload, datatype="B")
        assert client.query("*OPC?") == "1"
        assert memory.data == payload


def test_message_without_terminator_ends_at_its_flag() -> None:
    memory = Memory()
    with Vxi11Server(memory) as server, opened(server.address, write_termination="") as client:
        client.write_raw(b'MEM:DATA "a",#12b\r')
        client.write_raw(b"MEM:DATA?")
        assert client.read_raw() == b"#12b\r\n"


def test_status_trigger_and_clear_pass_beside_a_long_wait() -> None:
    memory = Memory()
    with Vxi11Server(memory) as server, opened(server.address) as client:
        client.write("WHAT")
        client.write("CAL 1000;*OPC?")
        wait_until(lambda: len(memory.log) == 2, "both messages")
        assert client.read_stb() == 4
        client.clear()
        client.assert_trigger()
        assert client.query("*IDN?") == memory.identity
        assert memory.triggers == 1


def test_read_without_reply_times_out_and_the_link_lives_on() -> None:
    with Vxi11Server(Memory()) as server, opened(server.address, timeout_s=0.05) as client:
        with pytest.raises(pyvisa.VisaIOError) as caught:
            client.read()
        assert caught.value.error_code == StatusCode.error_timeout
        assert client.query("*ESE?") == "0"


@pytest.mark.parametrize(
    ("program", "version", "procedure", "arguments", "status", "results"),
    [
        (0x0607AF, 1, 0, (), 0, ()),
        (0x0607B0, 1, 1, (), 1, ()),
        (0x0607AF, 2, 10, (), 2, (1, 1)),
        (0x0607AF, 1, 99, (), 3, ()),
        (0x0607AF, 1, 11, (), 4, ()),
        (0x0607AF, 1, 12, (7, 1, 1, 1, 0, 0), 0, (4, 0, 0)),
        (0x0607AF, 1, 18, (1, 0, 0), 0, (8,)),
    ],
)
def test_calls_that_cannot_be_followed_are_answered(
    program: int, version: int, procedure: int, arguments: tuple[int, ...], status: int, results: tuple[int, ...]
) -> None:
    words = (5, 0, 2, program, version, procedure, 0, 0, 0, 0, *arguments)
    with Vxi11Server(Memory()) as server, socket.create_connection(("127.0.0.1", server.port), timeout=5) as client:
        call = struct.pack(f"!{len(words)}I", *words)
        half = len(call) // 2
        client.sendall(struct.pack("!I", half) + call[:half])
        client.sendall(struct.pack("!I", 1 << 31 | len(call) - half) + call[half:])
        reply = client.recv(1000)
    assert struct.unpack(f"!{len(reply) // 4}I", reply)[1:] == (5, 1, 0, 0, 0, status, *results)


def test_what_is_no_call_ends_the_connection() -> None:
    with Vxi11Server(Memory()) as server, socket.create_connection(("127.0.0.1", server.port), timeout=5) as client:
        client.sendall(b"GET ")
        assert client.recv(10) == b""
