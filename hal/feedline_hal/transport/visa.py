# SPDX-License-Identifier: Apache-2.0
"""Instruments behind VISA addresses."""

from __future__ import annotations

import errno
import socket
import threading
import time
import warnings
from typing import Any

import pyvisa
from pyvisa import rname

from feedline.errors import InputError
from feedline_hal.errors import HardwareFault

from .address import check_port, malformed
from .backend import CHECK_CABLES, EMBEDDED, missing_library, missing_part
from .conversation import Conversation
from .lane import Lane, LaneFault, LaneTimeout
from .manner import Manner
from .message_lane import MessageLane
from .socket_lane import SocketLane

_PORTMAPPER_PORT = 111
_HISLIP_PORT = 4880
_OPENING = threading.Lock()


class VisaTransport(Conversation):
    """A connection through VISA: SOCKET, HiSLIP, VXI-11, USB, GPIB.

    Args:
        resource: VISA address: ``TCPIP::10.0.0.5::4000::SOCKET``.
        name: The instrument's name in the rack.
        timeout_s: How long to wait, in seconds; for connecting, too.
        manner: How it speaks.
        library: The VISA library: pyvisa-py, or a vendor's by path or name as pyvisa takes it (``@ivi``).

    Raises:
        InputError: If the address is malformed, or the library's name empty.
    """

    def __init__(
        self,
        resource: str,
        *,
        name: str,
        timeout_s: float = 5.0,
        manner: Manner | None = None,
        library: str = EMBEDDED,
    ) -> None:
        super().__init__(f"{name} ({resource})", timeout_s=timeout_s, manner=manner or Manner())
        try:
            self._parsed = rname.parse_resource_name(resource)
        except rname.InvalidResourceName as error:
            raise malformed(resource, name) from error
        if isinstance(self._parsed, rname.TCPIPSocket):
            check_port(self._parsed.port, resource, name)
        if not library:
            raise InputError(f"{name}: library is empty.", remedy=missing_library(library))
        self._resource = resource
        self._library = library

    def _open_lane(self) -> Lane:
        start_s = time.monotonic()
        if self._library == EMBEDDED and isinstance(self._parsed, rname.TCPIPInstr):
            self._knock(self._parsed)
        manager = self._manager(start_s)
        try:
            resource: Any = manager.open_resource(self._resource, open_timeout=max(1, round(self._timeout_s * 1000)))
        except Exception as error:  # VISA libraries raise what they like
            _close_leftovers(error)
            why = " ".join(str(error).split())
            remedy = missing_part(self._parsed, why, self._library) or CHECK_CABLES
            raise self._unreachable(why, time.monotonic() - start_s, remedy) from error
        if not isinstance(self._parsed, rname.TCPIPSocket):
            hides_end = self._library == EMBEDDED and isinstance(self._parsed, rname.USBInstr)
            return MessageLane(resource, asks_status=_is_vxi11(self._parsed), hides_end=hides_end)
        if self._library == EMBEDDED:
            lane = self._socket_lane(resource, start_s)
        else:
            lane = MessageLane(resource, is_stream=True)
        self._hear_greeting(lane, start_s)
        return lane

    def _manager(self, start_s: float) -> Any:
        try:
            with _OPENING, warnings.catch_warnings():
                warnings.filterwarnings("ignore", "GPIB library not found")  # said again of GPIB addresses, in words
                return pyvisa.ResourceManager(self._library)
        except Exception as error:  # VISA libraries raise what they like
            why = " ".join(str(error).split()).rstrip(": ")
            raise self._unreachable(why, time.monotonic() - start_s, missing_library(self._library)) from error

    def _hear_greeting(self, lane: Lane, start_s: float) -> None:
        """Let an instrument say what it says to whoever connects; what ends it differs, so silence does."""
        if not self._manner.greeting_s:
            return
        try:
            lane.read_line(b"", self._manner.greeting_s)
        except LaneTimeout:
            return
        except LaneFault as fault:
            lane.close()
            raise self._unreachable(f"it {fault.what}", time.monotonic() - start_s) from fault

    def _socket_lane(self, resource: Any, start_s: float) -> Lane:
        connection: socket.socket = resource.visalib.sessions[resource.session].interface
        refusal = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        try:
            connection.getpeername()
            return SocketLane(resource, connection)
        except OSError as error:
            resource.close()
            why = errno.errorcode.get(refusal, "") if refusal else str(error)
            raise self._unreachable(_REASON.get(why, why), time.monotonic() - start_s) from error

    def _knock(self, parsed: rname.TCPIPInstr) -> None:
        """See whether anybody listens: pyvisa-py waits 5 s whatever it is told, and does not say why it failed."""
        host, _, vxi_port = parsed.host_address.partition(",")
        device, _, hislip_port = parsed.lan_device_name.partition(",")
        port = vxi_port or (hislip_port or _HISLIP_PORT if device.startswith("hislip") else _PORTMAPPER_PORT)
        start_s = time.monotonic()
        try:
            socket.create_connection((host, check_port(port, self._resource, self._name)), self._timeout_s).close()
        except OSError as error:
            spent_s = time.monotonic() - start_s
            raise self._unreachable(f"port {port}: {error.strerror or error}", spent_s) from error

    def _unreachable(self, why: str, spent_s: float, remedy: str = CHECK_CABLES) -> HardwareFault:
        library = "pyvisa-py" if self._library == EMBEDDED else self._library
        return HardwareFault(
            f"{self._name} cannot be reached: tried with {library} for {spent_s:.1f} of {self._timeout_s:g} s ({why}).",
            remedy=remedy,
            instrument=self._name,
        )


_REASON = {"ECONNREFUSED": "connection refused", "EHOSTUNREACH": "no route to host", "ENETUNREACH": "no such network"}


def _is_vxi11(parsed: rname.ResourceName) -> bool:
    return isinstance(parsed, rname.TCPIPInstr) and not parsed.lan_device_name.startswith("hislip")


def _close_leftovers(error: BaseException | None) -> None:
    """Close the sockets that a VISA library left open when opening failed in the middle."""
    while error is not None:
        trace = error.__traceback__
        while trace is not None:
            opener = trace.tb_frame.f_locals.get("self")
            for owner in (opener, getattr(opener, "interface", None)):
                _close_sockets_of(owner)
            trace = trace.tb_next
        error = error.__cause__ or error.__context__


def _close_sockets_of(owner: object) -> None:
    for value in list(getattr(owner, "__dict__", {}).values()):
        if isinstance(value, socket.socket):
            value.close()
