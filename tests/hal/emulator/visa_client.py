# SPDX-License-Identifier: Apache-2.0
"""What every server must do, seen by a VISA client that is not ours."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pyvisa
from pyvisa.resources import MessageBasedResource
from tests.hal.emulator.bench_instrument import Memory, adversarial_payloads


@contextmanager
def opened(address: str, timeout_s: float = 2.0, **attributes: object) -> Iterator[MessageBasedResource]:
    """A VISA session that is closed in the end."""
    with closing(pyvisa.ResourceManager("@py")) as manager:
        terminators = {"read_termination": "\n", "write_termination": "\n", **attributes}
        with manager.open_resource(address, **terminators) as client:  # type: ignore[arg-type]
            assert isinstance(client, MessageBasedResource)
            client.timeout = timeout_s * 1000
            if address.endswith("SOCKET"):  # a write after a write waits for the first one's late ACK otherwise
                lane = manager.visalib.sessions[client.session].interface
                lane.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            yield client


def check_dialogue(address: str, instrument: Memory, **attributes: object) -> None:
    """Identity, settings, the error queue and the log, by three clients in a row."""
    for count in range(1, 4):
        instrument.clear_log()
        with opened(address, **attributes) as client:
            assert client.query("*IDN?") == "Feedline,Memory,1,0.1"
            client.write(f"SOURce2:FREQuency {count}GHZ")
            assert client.query(":SOUR2:FREQ?;*OPC?") == f"{count}000000000;1"
            client.write("NONSENSE 1")
            assert client.query("SYST:ERR?") == '-113,"Undefined header"'
            assert client.query("SYST:ERR:NEXT?") == '0,"No error"'
        sent = [b"*IDN?", b"SOURce2:FREQuency %dGHZ" % count, b":SOUR2:FREQ?;*OPC?", b"NONSENSE 1"]
        assert instrument.log == [*sent, b"SYST:ERR?", b"SYST:ERR:NEXT?"]


def check_blocks(address: str, instrument: Memory, run: int = 100_000, **attributes: object) -> None:
    """All adversarial payloads, there and back."""
    with opened(address, **attributes) as client:
        for payload in adversarial_payloads(run):
            client.write_binary_values('MEM:DATA "a",', payload, datatype="B")
            assert bytes(client.query_binary_values("MEM:DATA?", datatype="B", container=bytes)) == payload
            assert instrument.data == payload
        assert client.query("SYST:ERR?") == '0,"No error"'


def wait_until(claim: Callable[[], bool], awaited: str) -> None:
    """Wait for something another thread does, 5 s at most."""
    give_up_s = time.monotonic() + 5
    while not claim():
        assert time.monotonic() < give_up_s, f"awaited {awaited} for 5 s"
        time.sleep(0.001)
