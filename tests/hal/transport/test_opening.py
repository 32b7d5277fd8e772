# SPDX-License-Identifier: Apache-2.0
"""From addresses to connections, and what is said when there is none."""

from __future__ import annotations

import contextlib
import socket

import pytest
from speaking_bench import Keeper, answering, tcp_peer

from feedline.errors import InputError
from feedline_hal.emulator.pty_server import PtyServer
from feedline_hal.errors import HardwareFault
from feedline_hal.transport import SerialTransport, VisaTransport, open_transport


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_serial_addresses_open_serial_lines() -> None:
    with PtyServer(Keeper()) as server, open_transport(server.address, name="lo") as transport:
        assert isinstance(transport, SerialTransport)
        assert transport.query("*OPC?") == "1"


def test_other_addresses_go_through_visa() -> None:
    with tcp_peer(answering(b"1\n")) as address, open_transport(address, name="lo") as transport:
        assert isinstance(transport, VisaTransport)
        assert transport.query("*OPC?") == "1"


@pytest.mark.parametrize("address", ["", "lo1", "10.0.0.5:4000", "ASRL", "ASRL::INSTR", "GPIB::x::y::z::INSTR"])
def test_malformed_address_is_named_and_forms_are_shown(address: str) -> None:
    with pytest.raises(InputError, match=r"is no address of an instrument.*\n.*TCPIP::10.0.0.5::4000::SOCKET"):
        open_transport(address, name="lo1")


@pytest.mark.parametrize("address", ["TCPIP::10.0.0.5::telnet::SOCKET", "TCPIP::10.0.0.5::0::SOCKET"])
def test_port_that_is_none_is_named(address: str) -> None:
    with pytest.raises(InputError, match="is no TCP port"):
        open_transport(address, name="lo1")


@pytest.mark.parametrize(
    "form",
    [
        "TCPIP::127.0.0.1::{}::SOCKET",
        "TCPIP::127.0.0.1::hislip0,{}::INSTR",
        "TCPIP::127.0.0.1,{}::inst0::INSTR",
    ],
)
def test_refused_connection_says_what_was_tried_and_how_long(form: str, capfd: pytest.CaptureFixture[str]) -> None:
    address = form.format(free_port())
    with pytest.raises(
        HardwareFault, match=r"(?i)lo1 \(TCPIP.* for 0.\d of 2 s \(.*connection refused\)\.\n"
    ) as caught:
        open_transport(address, name="lo1", timeout_s=2.0)
    assert address in str(caught.value)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("form", ["TCPIP::127.0.0.1::hislip0,{}::INSTR", "TCPIP::127.0.0.1,{}::inst0::INSTR"])
def test_server_that_speaks_something_else_is_named(form: str, capfd: pytest.CaptureFixture[str]) -> None:
    def rude(client: socket.socket) -> None:
        with contextlib.suppress(OSError):  # whoever only knocks is gone by now
            client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 10)

    with tcp_peer(*[rude] * 3) as address:
        with pytest.raises(HardwareFault, match=r"lo1 .* cannot be reached"):
            open_transport(form.format(address.split("::")[2]), name="lo1", timeout_s=1.0)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("address", ["USB::0x0957::0x2807::MY57401329::INSTR", "GPIB::12::INSTR"])
def test_missing_device_is_named(address: str) -> None:
    with pytest.raises(HardwareFault, match=r"lo1 .* cannot be reached: tried with pyvisa-py"):
        open_transport(address, name="lo1", timeout_s=1.0)


def test_missing_vendor_library_is_named() -> None:
    with pytest.raises(HardwareFault, match=r"tried with /no/such/visa.so"):
        open_transport("GPIB::12::INSTR", name="lo1", library="/no/such/visa.so")
