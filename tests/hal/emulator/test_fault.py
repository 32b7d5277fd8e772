# SPDX-License-Identifier: Apache-2.0
"""Faults by number of the message, on every transport."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable

import pytest
import pyvisa
from tests.hal.emulator.bench_instrument import Memory
from tests.hal.emulator.visa_client import opened

from feedline_hal.emulator.clock import SteppedClock
from feedline_hal.emulator.fault import Fault, FaultKind, FaultScript
from feedline_hal.emulator.hislip_server import HislipServer
from feedline_hal.emulator.pty_server import PtyServer
from feedline_hal.emulator.socket_server import SocketServer
from feedline_hal.emulator.vxi11_server import Vxi11Server

Server = SocketServer | HislipServer | Vxi11Server | PtyServer
SERVERS = [SocketServer, HislipServer, Vxi11Server, PtyServer]
every_server = pytest.mark.parametrize("make", SERVERS, ids=lambda make: make.__name__)
TIMEOUT_S = 0.1


def second(kind: FaultKind, **options: object) -> FaultScript:
    return FaultScript({2: Fault(kind=kind, **options)})  # type: ignore[arg-type] # the fault's own options


@every_server
@pytest.mark.parametrize("kind", [FaultKind.DROP, FaultKind.RESET])
def test_connection_that_ends_fails_the_call_and_the_next_client_is_served(
    make: Callable[..., Server], kind: FaultKind
) -> None:
    memory = Memory()
    faults = second(kind)
    with make(memory, faults=faults) as server:
        with opened(server.address, TIMEOUT_S) as client:
            assert client.query("*ESE?") == "0"
            with pytest.raises((pyvisa.VisaIOError, OSError, EOFError, RuntimeError)):  # pyvisa-py's many words for it
                client.query("*IDN?")
            if make is Vxi11Server:  # pyvisa-py would wait 5 s for the dead link to say goodbye
                with contextlib.suppress(OSError):
                    client.visalib.sessions[client.session].interface.sock.shutdown(socket.SHUT_RDWR)
        with opened(server.address) as client:
            assert client.query("*IDN?") == memory.identity
    assert memory.log == [b"*ESE?", *[b"*IDN?"] * (1 if kind is FaultKind.DROP else 2)]
    assert faults.count == 3


@every_server
def test_short_reply_never_ends(make: Callable[..., Server]) -> None:
    with make(Memory(), faults=second(FaultKind.SHORT)) as server, opened(server.address, TIMEOUT_S) as client:
        assert client.query("*ESE?") == "0"
        with pytest.raises(pyvisa.VisaIOError, match="VI_ERROR_TMO"):
            client.query("*IDN?")


@every_server
def test_garbage_comes_instead_of_the_reply(make: Callable[..., Server]) -> None:
    faults = second(FaultKind.GARBAGE, garbage=b"\xfe\x00!")
    with make(Memory(), faults=faults) as server, opened(server.address) as client:
        assert client.query("*ESE?") == "0"
        client.write("*IDN?")
        assert client.read_raw() == b"\xfe\x00!\n"
        assert client.query("*ESE?") == "0"


@pytest.mark.parametrize("make", [SocketServer, Vxi11Server, PtyServer], ids=lambda make: make.__name__)
def test_duplicate_reply_answers_the_next_question(make: Callable[..., Server]) -> None:
    memory = Memory()
    with make(memory, faults=second(FaultKind.DUPLICATE)) as server, opened(server.address) as client:
        assert client.query("*ESE?") == "0"
        assert client.query("*IDN?") == memory.identity
        assert client.query("*SRE?") == memory.identity


@pytest.mark.parametrize("make", [SocketServer, Vxi11Server, PtyServer], ids=lambda make: make.__name__)
def test_late_reply_answers_the_next_question(make: Callable[..., Server]) -> None:
    memory = Memory()
    with make(memory, faults=second(FaultKind.LATE)) as server, opened(server.address, TIMEOUT_S) as client:
        assert client.query("*ESE?") == "0"
        with pytest.raises(pyvisa.VisaIOError, match="VI_ERROR_TMO"):
            client.query("*IDN?")
        assert client.query("*SRE?") == memory.identity
        assert client.read() == "0"


@pytest.mark.parametrize("kind", [FaultKind.LATE, FaultKind.DUPLICATE])
def test_hislip_replies_carry_the_number_of_their_question(kind: FaultKind) -> None:
    """A HiSLIP client can tell a stale reply; this one drops it."""
    with HislipServer(Memory(), faults=second(kind)) as server, opened(server.address, TIMEOUT_S) as client:
        assert client.query("*ESE?") == "0"
        client.write("*IDN?")
        assert client.query("*SRE?") == "0"


@every_server
def test_delay_passes_by_the_instruments_clock(make: Callable[..., Server]) -> None:
    clock = SteppedClock()
    with make(Memory(clock=clock), faults=second(FaultKind.DELAY, delay_s=30.0)) as server:
        with opened(server.address) as client:
            assert client.query("*ESE?") == "0"
            assert client.query("*SRE?") == "0"
        assert clock.now_s() == 30


def test_script_starts_anew() -> None:
    faults = FaultScript({1: Fault(kind=FaultKind.DROP)})
    assert faults.next_fault() == Fault(kind=FaultKind.DROP)
    assert faults.next_fault() is None
    faults.restart({2: Fault(kind=FaultKind.LATE)})
    assert (faults.next_fault(), faults.count) == (None, 1)
    assert faults.next_fault() == Fault(kind=FaultKind.LATE)
