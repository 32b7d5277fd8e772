# SPDX-License-Identifier: Apache-2.0
"""The controller's protocol, line by line over a real socket."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from feedline_acme.server.listener import AcmeServer


class Terminal:
    """What one would type."""

    def __init__(self, address: str) -> None:
        host, port = address.split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=5)
        self.reader = self.socket.makefile("r")

    def type(self, *lines: str) -> str:
        """Send lines and return the one that answers them."""
        self.socket.sendall("".join(f"{line}\n" for line in lines).encode())
        return self.reader.readline().strip()

    def close(self) -> None:
        """Hang up."""
        self.reader.close()
        self.socket.close()


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    with AcmeServer(seed=3) as server:
        terminal = Terminal(server.address)
        assert terminal.type("TAKE").startswith("OK ")
        yield terminal
        terminal.close()


def test_conversation_from_program_to_shots(terminal: Terminal) -> None:
    assert terminal.type("IDN?") == "OK ACME,Q3,0042,1.2"
    assert terminal.type("LOAD 3", "X 1", "MEASURE 0 0", "MEASURE 1 1") == "OK 0"
    assert terminal.type("RUN 3") == "OK"
    assert terminal.type("READ 5") == "OK DATA 404040"


def test_slots_are_filled_by_set(terminal: Terminal) -> None:
    program = ("SX 0", "RZ 0 @0", "SX 0", "MEASURE 0 0")
    assert terminal.type("LOAD 4", *program) == "OK 1"
    for angle, data in (("0", "8080"), ("3.141592653589793", "0000")):
        assert terminal.type(f"SET {angle}") == "OK"
        assert terminal.type("RUN 2") == "OK"
        assert terminal.type("READ 5") == f"OK DATA {data}"


def test_reset_and_cz_and_delay(terminal: Terminal) -> None:
    lines = ("X 0", "RESET 0", "DELAY 0 1e-6", "CZ 0 1", "MEASURE 0 0")
    assert terminal.type(f"LOAD {len(lines)}", *lines) == "OK 0"
    terminal.type("RUN 1")
    assert terminal.type("READ 5") == "OK DATA 00"


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        (["FIRE"], 'ERR 10 "unknown command FIRE"'),
        ([""], 'ERR 10 "unknown command "'),
        (["RUN 1"], 'ERR 23 "no program is loaded"'),
        (["READ 0"], 'ERR 26 "nothing was run"'),
        (["RUN"], 'ERR 12 "a number is missing"'),
        (["RUN nan"], 'ERR 12 "a number is missing"'),
        (["LOAD -1"], 'ERR 11 "a program has at most 100000 lines"'),
        (["LOAD 1", "H 0"], "ERR 20 \"line 1: unknown instruction 'H'\""),
        (["LOAD 2", "X 0", "X 7"], 'ERR 20 "line 2: no such qubits: 7"'),
        (["LOAD 1", "CZ 1 1"], 'ERR 20 "line 1: no such qubits: 1 1"'),
        (["LOAD 1", "RZ 0"], 'ERR 20 "line 1: RZ takes 2 words"'),
        (["LOAD 1", "RZ 0 inf"], "ERR 20 \"line 1: 'inf' is not finite\""),
        (["LOAD 1", "MEASURE 0 64"], 'ERR 20 "line 1: 64 is not from 0 to 63"'),
        (["SET 1 2"], 'ERR 21 "2 values for 0 slots"'),
        (["ABORT guess"], 'ERR 31 "wrong token"'),
        (["TAKE"], 'ERR 30 "the controller is in use"'),
    ],
)
def test_mistakes_are_answered_with_a_number_and_words(terminal: Terminal, lines: list[str], answer: str) -> None:
    assert terminal.type(*lines) == answer
    assert terminal.type("IDN?") == "OK ACME,Q3,0042,1.2"


def test_shots_out_of_range_are_refused(terminal: Terminal) -> None:
    terminal.type("LOAD 1", "MEASURE 0 0")
    assert terminal.type("RUN 0") == 'ERR 24 "shots are from 1 to 20000"'
    assert terminal.type("RUN 20001") == 'ERR 24 "shots are from 1 to 20000"'


def test_owner_that_hangs_up_frees_the_controller() -> None:
    with AcmeServer() as server:
        first, second = Terminal(server.address), Terminal(server.address)
        first.type("TAKE")
        assert second.type("RUN 1") == 'ERR 32 "TAKE the controller first"'
        first.close()
        answers = {second.type("TAKE")[:3] for _ in range(1)}
        while not any(answer.startswith("OK") for answer in answers):
            answers.add(second.type("TAKE")[:3])
        second.close()
