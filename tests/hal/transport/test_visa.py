# SPDX-License-Identifier: Apache-2.0
"""VISA over real TCP connections: dialogues, blocks, and everything that goes wrong."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import numpy as np
import pytest
from speaking_bench import Keeper, adversarial_payloads, answering, hear, tcp_peer

from feedline.errors import InputError
from feedline_hal.emulator.socket_server import SocketServer
from feedline_hal.errors import HardwareFault
from feedline_hal.transport import Manner, VisaTransport


@pytest.fixture
def server() -> Iterator[SocketServer]:
    with SocketServer(Keeper()) as running:
        yield running


def connect(address: str, timeout_s: float = 5.0, manner: Manner | None = None) -> VisaTransport:
    return VisaTransport(address, name="awg1", timeout_s=timeout_s, manner=manner)


def test_dialogue(server: SocketServer) -> None:
    with connect(server.address) as transport:
        assert transport.name == f"awg1 ({server.address})"
        transport.write("*CLS")
        assert transport.query("*IDN?") == "Feedline,Keeper,1,0.1"
        assert transport.query("SYST:ERR?", timeout_s=1.0).startswith("0,")


def test_adversarial_blocks_round_trip(server: SocketServer) -> None:
    with connect(server.address) as transport:
        for payload in adversarial_payloads():
            transport.write_block("KEEP:DATA ", np.frombuffer(payload, np.uint8))
            assert transport.query_block("KEEP:DATA?", "u1").tobytes() == payload
        assert transport.query("*OPC?") == "1"


@pytest.mark.parametrize("dtype", ["<f4", ">i2", "<i2"])
def test_large_block_keeps_values_and_byte_order(server: SocketServer, dtype: str) -> None:
    samples = (np.arange(2_000_003) % 30_000).astype(dtype)
    with connect(server.address) as transport:
        transport.write_block("KEEP:DATA ", samples)
        received = transport.query_block("KEEP:DATA?", dtype)
    assert received.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(received, samples)


def test_timeout_says_what_was_awaited_from_whom_and_how_long() -> None:
    with tcp_peer(answering(b"par")) as address, connect(address, 0.2) as transport:
        with pytest.raises(HardwareFault, match=r"0.2 s for a reply from awg1 \(TCPIP.*\) to '\*OPC\?'") as caught:
            transport.query("*OPC?")
    assert (caught.value.command, caught.value.reply) == ("*OPC?", "par")
    assert caught.value.instrument == transport.name


def test_late_reply_never_answers_the_next_question() -> None:
    late = threading.Event()
    gone = threading.Event()

    def tardy(client: socket.socket) -> None:
        hear(client)
        late.wait(10)
        try:
            client.sendall(b"late\n")
        finally:
            gone.set()

    with tcp_peer(tardy, answering(b"fresh\n")) as address, connect(address) as transport:
        with pytest.raises(HardwareFault, match=r"Waited 0\.1 s"):
            transport.query("FREQ?", timeout_s=0.1)
        late.set()
        gone.wait(10)
        assert transport.query("POW?") == "fresh"


def test_dropped_connection_is_a_fault_and_the_next_call_connects_again() -> None:
    def drop(client: socket.socket) -> None:
        hear(client)
        client.sendall(b"ha")

    with tcp_peer(drop, answering(b"back\n")) as address, connect(address) as transport:
        with pytest.raises(
            HardwareFault, match=r"closed the connection when .*'FREQ\?' was awaited; 'ha' came"
        ) as caught:
            transport.query("FREQ?")
        assert caught.value.reply == "ha"
        assert transport.query("FREQ?") == "back"


def test_connection_dropped_between_calls_is_noticed_before_anything_is_sent() -> None:
    left = threading.Event()

    def leave(client: socket.socket) -> None:
        hear(client)
        client.sendall(b"1\n")
        client.close()
        left.set()

    with tcp_peer(leave, answering(b"2\n")) as address, connect(address) as transport:
        assert transport.query("A?") == "1"
        left.wait(10)
        with pytest.raises(HardwareFault, match="closed the connection"):
            transport.write("B")
        assert transport.query("C?") == "2"


def test_duplicate_reply_does_not_answer_the_next_question() -> None:
    with tcp_peer(answering(b"1\n1\n"), answering(b"2\n")) as address, connect(address) as transport:
        assert transport.query("A?") == "1"
        with pytest.raises(HardwareFault, match=r"nobody asked for when 'B\?' was sent; '1.*n' came"):
            transport.query("B?")
        assert transport.query("B?") == "2"


def test_garbage_is_no_reply() -> None:
    with tcp_peer(answering(b"\xff\xfe\x00\n"), answering(b"2\n")) as address, connect(address) as transport:
        with pytest.raises(HardwareFault, match="no text") as caught:
            transport.query("A?")
        assert caught.value.reply == "\\xff\\xfe\x00"
        assert transport.query("A?") == "2"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b'-113,"Undefined header"\n', r"does not start a block.*; '-113,\"Undefined header\"' came"),
        (b"#0abc\n", "indefinite length"),
        (b"#2x4ab\n", "is no size of a block"),
        (b"#14abcd\n", "no whole number of 8-byte samples"),
        (b"#18abcdefghij\n", "more than the block it announced when the end of the block to .* was awaited; 'ij' came"),
        (b"#18abc", r"Waited 0.2 s for a block from awg1.*sent 3 of 8 bytes and then nothing came; 'abc' came"),
        (b"#18abcdefgh", "for the end of the block"),
    ],
)
def test_block_that_is_none_is_named_and_the_connection_renewed(answer: bytes, words: str) -> None:
    with tcp_peer(answering(answer), answering(b"ok\n")) as address, connect(address, 0.2) as transport:
        with pytest.raises(HardwareFault, match=words):
            transport.query_block("CURV?", "<f8")
        assert transport.query("*OPC?") == "ok"


def test_instrument_that_takes_no_bytes_does_not_hold_the_caller_for_ever() -> None:
    done = threading.Event()
    with tcp_peer(lambda client: done.wait(10) and None) as address, connect(address, 0.2) as transport:
        with pytest.raises(
            HardwareFault, match=r"for awg1 .* to take '.*' and a block of 67108864 bytes: .*took no more"
        ):
            transport.write_block("DATA ", np.zeros(2**26, np.uint8))
        done.set()


def test_calls_of_another_thread_are_refused_by_name(server: SocketServer) -> None:
    caught: list[HardwareFault] = []

    def intrude() -> None:
        try:
            transport.query("*IDN?")
        except HardwareFault as fault:
            caught.append(fault)

    with connect(server.address) as transport:
        transport.write("*CLS")
        thread = threading.Thread(target=intrude, name="intruder")
        thread.start()
        thread.join(10)
        assert transport.query("*OPC?") == "1"
    assert "belongs to thread 'MainThread'; 'intruder' may not send '*IDN?'" in str(caught[0])


def test_connection_of_a_thread_that_ended_may_be_taken_over(server: SocketServer) -> None:
    with connect(server.address) as transport:
        thread = threading.Thread(target=transport.write, args=("*CLS",))
        thread.start()
        thread.join(10)
        assert transport.query("*OPC?") == "1"


def test_close_twice_and_use_afterwards(server: SocketServer) -> None:
    transport = connect(server.address).open()
    transport.close()
    transport.close()
    with pytest.raises(HardwareFault, match=r"is closed; '\*CLS' was not sent"):
        transport.write("*CLS")
    with transport.open():
        assert transport.query("*OPC?") == "1"


def test_instrument_that_is_gone_is_named_with_the_command_that_was_not_sent(server: SocketServer) -> None:
    with connect(server.address, 1.0) as transport:
        assert transport.query("*OPC?") == "1"
        server.stop()
        for words in (
            "(closed|broke) the connection",
            r"cannot be reached.*connection refused.*'\*OPC\?' was not sent",
        ):
            with pytest.raises(HardwareFault, match=words):
                transport.query("*OPC?")


@pytest.mark.parametrize("command", ["A\nB", "B\r", "µ"])
def test_command_of_two_lines_is_refused(server: SocketServer, command: str) -> None:
    with connect(server.address) as transport, pytest.raises(InputError, match="is not one line of ASCII"):
        transport.write(command)


def test_time_to_wait_is_above_zero() -> None:
    with pytest.raises(InputError, match="timeout_s is 0"):
        connect("TCPIP::127.0.0.1::1::SOCKET", 0)


def test_terminators_are_the_instruments(server: SocketServer) -> None:
    manner = Manner(write_terminator="\r\n", read_terminator="\r\n")
    with tcp_peer(answering(b"1\r\n")) as address, connect(address, manner=manner) as transport:
        assert transport.query("MN?") == "1"
