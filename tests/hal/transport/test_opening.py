# SPDX-License-Identifier: Apache-2.0
"""From addresses to connections, and what is said when there is none."""

from __future__ import annotations

import contextlib
import socket

import pytest
from pyvisa.rname import parse_resource_name
from pyvisa_py.sessions import Session
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


@pytest.mark.parametrize(
    ("address", "package"), [("USB::0x0957::0x2807::MY57401329::INSTR", "pyusb"), ("GPIB::12::INSTR", "gpib-ctypes")]
)
def test_what_pyvisa_py_lacks_is_named_and_how_to_get_it(
    address: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is sent to check cables where a package is missing."""
    kind = parse_resource_name(address).interface_type_const

    def refuse(*_: object, **__: object) -> None:
        raise ValueError(f"Please install the package of {kind.name} to use this resource type.\nNo module named 'x'")

    for offered in ("INSTR", "RAW", "INTFC"):
        monkeypatch.setitem(Session._session_classes, (kind, offered), refuse)
    with pytest.raises(HardwareFault, match=rf"lo1 .*: tried with pyvisa-py .*\n.*pip install {package}.*@ivi"):
        open_transport(address, name="lo1", timeout_s=1.0)


def test_kind_of_address_that_pyvisa_py_does_not_know_needs_another_library() -> None:
    with pytest.raises(HardwareFault, match=r"lo1 \(VXI0.*\n.*name a vendor's VISA \(library = \"@ivi\"\)"):
        open_transport("VXI0::1::INSTR", name="lo1", timeout_s=1.0)


@pytest.mark.parametrize("library", ["/no/such/visa.so", "@nosuch"])
@pytest.mark.parametrize("address", ["GPIB::12::INSTR", "TCPIP::127.0.0.1::9::SOCKET"])
def test_library_that_cannot_be_loaded_is_named(address: str, library: str) -> None:
    """What to do is about the library, not about cables."""
    with pytest.raises(HardwareFault, match=rf"tried with {library} .*\n.*library is '{library}': install a vendor"):
        open_transport(address, name="lo1", library=library)


def test_empty_library_is_refused() -> None:
    """pyvisa would take whatever it finds."""
    with pytest.raises(InputError, match=r"lo1: library is empty"):
        open_transport("TCPIP::127.0.0.1::9::SOCKET", name="lo1", library="")


def test_library_is_not_ignored_on_a_serial_line() -> None:
    with pytest.raises(InputError, match=r"which pyserial opens, not the VISA library '@ivi'"):
        open_transport("ASRL/dev/ttyUSB0::INSTR", name="lo1", library="@ivi")


@pytest.mark.parametrize("address", ["ASRL3::INSTR", "ASRLCOM3::INSTR", "asrlcom3", "ASRLCOM3"])
def test_serial_ports_of_windows_are_addresses(address: str) -> None:
    with pytest.raises(HardwareFault, match=r"(?i)lo1 \(ASRLCOM3::INSTR\) cannot be opened .*could not open port"):
        open_transport(address, name="lo1")
