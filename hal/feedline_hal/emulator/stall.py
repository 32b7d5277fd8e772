# SPDX-License-Identifier: Apache-2.0
"""Where a bench serves an emulator: at the address that the rack file names, if that is on this machine."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from feedline.errors import InputError
from feedline_hal.transport.address import malformed

from .exchange import Emulated
from .fault import FaultScript
from .hislip_server import HislipServer
from .pty_server import PtyServer, SerialManner, is_left_behind
from .socket_server import SocketServer
from .tcp_server import TcpServer
from .vxi11_server import Vxi11Server

_LOOPBACK = ("127.0.0.1", "localhost")
_HISLIP_PORT = 4880
_SOCKET = re.compile(r"TCPIP\d*::(?P<host>[^:]+)::(?P<port>\d+)::SOCKET", re.IGNORECASE)
_HISLIP = re.compile(r"TCPIP\d*::(?P<host>[^:,]+)::hislip\d*(,(?P<port>\d+))?(::INSTR)?", re.IGNORECASE)
_VXI11 = re.compile(r"TCPIP\d*::(?P<host>[^:,]+)(,(?P<port>\d+))?(::[a-z]+\d*)?(::INSTR)?", re.IGNORECASE)
_SERIAL = re.compile(r"ASRL(?P<link>.+?)(::INSTR)?", re.IGNORECASE)
_BUS = re.compile(r"(USB|GPIB)\d*::.+", re.IGNORECASE)
_SERVERS: tuple[tuple[re.Pattern[str], type[TcpServer], int], ...] = (
    (_SOCKET, SocketServer, 0),
    (_HISLIP, HislipServer, _HISLIP_PORT),
    (_VXI11, Vxi11Server, 0),
)


@contextmanager
def serve(
    instrument: Emulated, name: str, address: str, faults: FaultScript, *, is_fixed: bool = True
) -> Iterator[str]:
    """Serve an emulator the way that an address names.

    USB and GPIB, whose messages have ends of their own, are served by HiSLIP, whose messages have them too.

    Args:
        instrument: The emulator.
        name: Of the instrument in the rack.
        address: From the rack file: says by which transport, and where if that is on this machine: a port of
            loopback, or a serial link outside ``/dev`` that is not there yet. A free port or a temporary link if not.
        faults: What goes wrong.
        is_fixed: Whether to use the address itself where possible; a free one if not.

    Yields:
        Where it is.

    Raises:
        InputError: If the address is malformed or in use; names it.
    """
    serial = _SERIAL.fullmatch(address)
    if serial is not None:
        with _linked(instrument, name, serial["link"] if is_fixed else "", faults) as found:
            yield found
        return
    server = _tcp_server(instrument, name, address, faults, is_fixed=is_fixed)
    try:
        server.start()
    except OSError as error:
        raise _taken(name, f"port {server.port} of 127.0.0.1", address, error) from error
    try:
        yield server.address
    finally:
        server.stop()


def _tcp_server(instrument: Emulated, name: str, address: str, faults: FaultScript, *, is_fixed: bool) -> TcpServer:
    for pattern, kind, usual_port in _SERVERS:
        found = pattern.fullmatch(address)
        if found is not None:
            is_here = is_fixed and found["host"].lower() in _LOOPBACK
            return kind(instrument, name=name, port=int(found["port"] or usual_port) if is_here else 0, faults=faults)
    if _BUS.fullmatch(address) is None:
        raise malformed(address, name)
    return HislipServer(instrument, name=name, faults=faults)


@contextmanager
def _linked(instrument: Emulated, name: str, link: str, faults: FaultScript) -> Iterator[str]:
    manner = getattr(instrument, "serial_manner", None) or SerialManner(reply_terminator=instrument.reply_terminator)
    with PtyServer(instrument, name=name, manner=manner, faults=faults) as server:
        path = Path(link)
        if not path.is_absolute() or path.is_relative_to("/dev"):
            yield server.address
            return
        if path.is_symlink():
            _clear(path)
        try:
            path.symlink_to(server.path)
        except OSError as error:
            raise _taken(name, f"serial line {path}", f"ASRL{link}", error) from error
        try:
            yield f"ASRL{path}::INSTR"
        finally:
            with contextlib.suppress(FileNotFoundError):
                if os.readlink(path) == server.path:
                    path.unlink()


def _clear(path: Path) -> None:
    """Remove what an emulator that was killed left behind."""
    target = Path(os.readlink(path))
    if is_left_behind(str(target)):
        shutil.rmtree(target.parent, ignore_errors=True)
    if not path.exists():
        path.unlink()


def _taken(name: str, place: str, address: str, error: OSError) -> InputError:
    if error.errno in (errno.EADDRINUSE, errno.EEXIST):
        what = f"{name}: {place} is in use ({address})."
        return InputError(what, remedy="End the program that uses it, or write another address in the rack file.")
    what = f"{name}: {place} cannot be used: {error.strerror or error} ({address})."
    return InputError(what, remedy="Write another address in the rack file.")
