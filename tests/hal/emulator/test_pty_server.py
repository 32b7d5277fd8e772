# SPDX-License-Identifier: Apache-2.0
"""The pseudo-terminal server, driven by pyvisa-py and pyserial."""

from __future__ import annotations

import os
import re
import threading

import pytest
import serial
from tests.hal.emulator.bench_instrument import Memory, adversarial_payloads
from tests.hal.emulator.visa_client import check_blocks, check_dialogue

from feedline_hal.emulator.fault import Fault, FaultKind, FaultScript
from feedline_hal.emulator.pty_server import PtyServer, SerialManner


def test_visa_client_talks_and_comes_again() -> None:
    memory = Memory()
    with PtyServer(memory) as server:
        check_dialogue(server.address, memory)


def test_adversarial_blocks_survive() -> None:
    memory = Memory()
    with PtyServer(memory) as server:
        check_blocks(server.address, memory, run=1000)


def test_long_runs_survive_by_pyserial() -> None:
    memory = Memory()
    payload = adversarial_payloads()[256]
    with PtyServer(memory) as server, serial.Serial(server.path, timeout=5) as line:
        line.write(b'MEM:DATA "a",#6%d%b\r\nMEM:DATA?\r\n' % (len(payload), payload))
        assert line.read(8 + len(payload) + 1) == b"#6%d%b\n" % (len(payload), payload)


def test_replies_end_as_the_manner_says_after_the_echo() -> None:
    manner = SerialManner(reply_terminator=b"\r\n", is_echoing=True)
    with PtyServer(Memory(), manner=manner) as server, serial.Serial(server.path, timeout=5) as line:
        line.write(b"*ESE?\r\n")
        assert line.read(10) == b"*ESE?\r\n0\r\n"


def test_dialect_without_terminators_brings_its_reader() -> None:
    class Letters:
        def __init__(self) -> None:
            self._rest = b""

        def feed(self, data: bytes) -> list[bytes]:
            *done, self._rest = re.split(rb"(?<=\?)", self._rest + data)
            return done

    manner = SerialManner(reader=Letters)
    with PtyServer(Memory(), manner=manner) as server, serial.Serial(server.path, timeout=5) as line:
        line.write(b"*ES")
        line.write(b"E?*SRE?")
        assert line.read(4) == b"0\n0\n"


@pytest.mark.parametrize("kind", [FaultKind.DROP, FaultKind.RESET])
def test_pulled_cable_hangs_up_and_the_link_leads_to_a_new_terminal(kind: FaultKind) -> None:
    memory = Memory()
    with PtyServer(memory, faults=FaultScript({1: Fault(kind=kind)})) as server:
        device = os.readlink(server.path)
        with serial.Serial(server.path, timeout=5) as line:
            line.write(b"*IDN?\n")
            with pytest.raises((OSError, serial.SerialException)):
                assert len(line.read(1000)) == 1000
        assert os.readlink(server.path) != device
        with serial.Serial(server.path, timeout=5) as line:
            line.write(b"*ESE?\n")
            assert line.read(2) == b"0\n"


def test_stop_ends_the_thread_while_a_reply_is_stuck() -> None:
    memory = Memory()
    memory.data = bytes(1 << 20)
    server = PtyServer(memory, name="qc1").start()
    path = server.path
    with serial.Serial(path, timeout=5) as line:
        line.write(b"MEM:DATA?\n")
        assert line.read(2) == b"#7"
        server.stop()
        server.stop()
    assert not os.path.lexists(path)
    assert "qc1-pty" not in [thread.name for thread in threading.enumerate()]
    with pytest.raises(RuntimeError, match=r"'qc1' has no terminal before start\(\)"):
        server.address  # noqa: B018 - reading it is the point
