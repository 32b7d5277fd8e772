# SPDX-License-Identifier: Apache-2.0
"""HiSLIP and VXI-11 through VISA, against the emulator's servers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import numpy as np
import pytest
from speaking_bench import Keeper, adversarial_payloads

from feedline_hal.emulator.fault import Fault, FaultKind
from feedline_hal.emulator.hislip_server import HislipServer
from feedline_hal.emulator.socket_server import SocketServer
from feedline_hal.emulator.tcp_server import TcpServer
from feedline_hal.emulator.vxi11_server import Vxi11Server
from feedline_hal.errors import HardwareFault
from feedline_hal.transport import VisaTransport, open_transport


@pytest.fixture(params=[HislipServer, Vxi11Server])
def server(request: pytest.FixtureRequest) -> Iterator[TcpServer]:
    with request.param(Keeper()) as running:
        yield running


def test_dialogue(server: TcpServer) -> None:
    with open_transport(server.address, name="awg1") as transport:
        transport.write("*CLS")
        assert transport.query("*IDN?") == "Feedline,Keeper,1,0.1"
        assert transport.query("*OPC?", timeout_s=1.0) == "1"


def test_adversarial_blocks_round_trip(server: TcpServer) -> None:
    with open_transport(server.address, name="awg1") as transport:
        for payload in adversarial_payloads():
            transport.write_block("KEEP:DATA ", np.frombuffer(payload, np.uint8))
            assert transport.query_block("KEEP:DATA?", "u1").tobytes() == payload


def test_large_block_keeps_values_and_byte_order(server: TcpServer) -> None:
    samples = (np.arange(1_000_003) % 30_000).astype(">i2")
    with open_transport(server.address, name="awg1") as transport:
        transport.write_block("KEEP:DATA ", samples)
        np.testing.assert_array_equal(transport.query_block("KEEP:DATA?", ">i2"), samples)


@pytest.mark.parametrize("kind", [FaultKind.DROP, FaultKind.LATE, FaultKind.GARBAGE, FaultKind.SHORT, FaultKind.RESET])
def test_fault_is_named_and_never_reaches_the_next_question(server: TcpServer, kind: FaultKind) -> None:
    with open_transport(server.address, name="awg1", timeout_s=0.2) as transport:
        assert transport.query("*OPC?") == "1"
        server.faults.restart({1: Fault(kind=kind)})
        with pytest.raises(HardwareFault, match=r"awg1 \(TCPIP.*") as caught:
            transport.query_block("KEEP:DATA?", "u1")
        assert caught.value.command == "KEEP:DATA?"
        assert transport.query("*IDN?") == "Feedline,Keeper,1,0.1"


def test_duplicate_reply_never_answers_the_next_question(server: TcpServer) -> None:
    with open_transport(server.address, name="awg1", timeout_s=0.5) as transport:
        server.faults.restart({1: Fault(kind=FaultKind.DUPLICATE)})
        assert transport.query("*OPC?") == "1"
        with contextlib.suppress(HardwareFault):  # VXI-11 notices; HiSLIP's replies say what they answer
            assert transport.query("*IDN?") == "Feedline,Keeper,1,0.1"
        assert transport.query("*IDN?") == "Feedline,Keeper,1,0.1"


def test_stream_of_another_visa_library_carries_lines_and_blocks() -> None:
    samples = np.full(50_000, 0x0A0A, "<i2")
    with (
        SocketServer(Keeper()) as server,
        VisaTransport(server.address, name="awg1", timeout_s=0.3, library="another@py") as transport,
    ):
        transport.write_block("KEEP:DATA ", samples)
        np.testing.assert_array_equal(transport.query_block("KEEP:DATA?", "<i2"), samples)
        with pytest.raises(HardwareFault, match=r"Waited 0\.3 s for a reply from awg1"):
            transport.query("NONS?")
        assert transport.query("*OPC?") == "1"
