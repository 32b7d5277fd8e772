# SPDX-License-Identifier: Apache-2.0
"""Serial lines over real pseudo-terminals."""

from __future__ import annotations

import os
import threading

import numpy as np
import pytest
from speaking_bench import Keeper, adversarial_payloads, read_from, serial_peer

from feedline_hal.emulator.pty_server import PtyServer
from feedline_hal.errors import HardwareFault
from feedline_hal.transport import Manner, SerialTransport


def test_dialogue() -> None:
    with PtyServer(Keeper()) as server, SerialTransport(server.path, name="dc") as transport:
        transport.write("*CLS")
        assert transport.query("*IDN?") == "Feedline,Keeper,1,0.1"
        assert transport.name == f"dc ({server.address})"


def test_adversarial_blocks_round_trip() -> None:
    with PtyServer(Keeper()) as server, SerialTransport(server.path, name="dc") as transport:
        for payload in adversarial_payloads():
            transport.write_block("KEEP:DATA ", np.frombuffer(payload, np.uint8))
            assert transport.query_block("KEEP:DATA?", "u1").tobytes() == payload


def test_block_goes_out_whole() -> None:
    samples = np.arange(50_000, dtype=">i2")
    received: list[bytes] = []

    def keep(far: int) -> None:
        received.append(read_from(far, b"END\n"))

    with serial_peer(keep) as device, SerialTransport(device, name="dc") as transport:
        transport.write_block("DATA ", samples)
        transport.write("END")
    assert received == [b"DATA #6100000" + samples.tobytes() + b"\nEND\n"]


def test_commands_without_terminator_and_replies_that_end_in_silence() -> None:
    def talk(far: int) -> None:
        assert os.read(far, 100) == b"f?"
        os.write(far, b"5100.0")
        read_from(far, b"done")

    manner = Manner(write_terminator="", read_terminator="")
    with serial_peer(talk) as device, SerialTransport(device, name="lo", manner=manner) as transport:
        assert transport.query("f?") == "5100.0"


def test_every_command_is_answered_and_a_complaint_is_a_fault() -> None:
    def talk(far: int) -> None:
        for expected, answer in ((b":PULSE0:PER 1\r\n", b"ok\r\n"), (b":PULSE0:POR 1\r\n", b"?3\r\n")):
            assert read_from(far, b"\r\n") == expected
            os.write(far, answer)
        read_from(far, b"\r\n")
        os.write(far, b"0.001\r\n")

    manner = Manner(write_terminator="\r\n", read_terminator="\r\n", acknowledgement="ok")
    with serial_peer(talk) as device, SerialTransport(device, name="qc", manner=manner) as transport:
        transport.write(":PULSE0:PER 1")
        with pytest.raises(HardwareFault, match=r"answered '\?3' to ':PULSE0:POR 1'") as caught:
            transport.write(":PULSE0:POR 1")
        assert caught.value.reply == "?3"
        assert transport.query(":PULSE0:PER?") == "0.001"


def test_echo_is_taken_off_and_must_match() -> None:
    def talk(far: int) -> None:
        assert read_from(far, b"\n") == b"A?\n"
        os.write(far, b"A?\n7\n")
        read_from(far, b"\n")
        os.write(far, b"B!\n")

    with serial_peer(talk) as device, SerialTransport(device, name="qc", manner=Manner(has_echo=True)) as transport:
        assert transport.query("A?") == "7"
        with pytest.raises(HardwareFault, match=r"echoed something else when the echo to 'B' was awaited; 'B!' came"):
            transport.write("B")


def test_silence_says_what_was_awaited() -> None:
    with serial_peer(lambda far: None) as device, SerialTransport(device, name="dc", timeout_s=0.1) as transport:
        with pytest.raises(HardwareFault, match=r"Waited 0.1 s for a reply from dc \(ASRL.*\) to 'T\?': nothing came"):
            transport.query("T?")


def test_late_reply_never_answers_the_next_question() -> None:
    is_late, is_sent = threading.Event(), threading.Event()

    def talk(far: int) -> None:
        read_from(far, b"A?\n")
        is_late.wait(10)
        os.write(far, b"late\n")
        is_sent.set()
        read_from(far, b"C?\n")
        os.write(far, b"fresh\n")

    with serial_peer(talk) as device, SerialTransport(device, name="dc") as transport:
        with pytest.raises(HardwareFault, match=r"Waited 0\.1 s"):
            transport.query("A?", timeout_s=0.1)
        is_late.set()
        is_sent.wait(10)
        assert transport.query("C?") == "fresh"


def test_line_that_is_not_there_is_named() -> None:
    with pytest.raises(HardwareFault, match=r"dc \(ASRL/dev/nowhere::INSTR\) cannot be opened.*\n.*plugged in"):
        SerialTransport("/dev/nowhere", name="dc").open()
