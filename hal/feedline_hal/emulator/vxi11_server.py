# SPDX-License-Identifier: Apache-2.0
"""VXI-11's core channel, without port mapper: clients name the port.

No locks, no service requests, no abort channel: such calls are answered with "operation not supported".

Source: VXI-11 (TCP/IP instrument protocol) revision 1.0, B.6 (core channel).
"""

from __future__ import annotations

import itertools
import socket
from typing import ClassVar

from feedline_hal.emulator import rpc
from feedline_hal.emulator.tcp_server import HOST, TcpServer
from feedline_hal.emulator.vxi11_link import Link

_PROGRAM, _PROGRAM_VERSION = 0x0607AF, 1
_NO_ERROR, _INVALID_LINK, _NOT_SUPPORTED, _TIMEOUT = 0, 4, 8, 15
_END_FLAG, _CHARACTER_FLAG = 8, 0x80
_LARGEST_WRITE = 1 << 22
_LONGEST_WAIT_S = 600.0


class _Client:
    """The links of one connection, and the procedures of the core channel on them."""

    def __init__(self, server: Vxi11Server, connection: socket.socket) -> None:
        self._server = server
        self._connection = connection
        self.links: dict[int, Link] = {}
        self._numbers = itertools.count(1)

    def create_link(self, arguments: rpc.Arguments) -> bytes:
        number = next(self._numbers)
        link = self.links[number] = Link(self._server.instrument, self._connection, self._server.faults)
        self._server.spawn(link.work, f"link{number}")
        return rpc.integers(_NO_ERROR, number, 0, _LARGEST_WRITE)

    def write(self, link: Link, arguments: rpc.Arguments) -> bytes:
        _timeout_ms, _lock_timeout_ms, flags = (arguments.integer() for _ in range(3))
        data = arguments.opaque()
        link.write(data, is_end=bool(flags & _END_FLAG))
        return rpc.integers(_NO_ERROR, len(data))

    def read(self, link: Link, arguments: rpc.Arguments) -> bytes:
        count, timeout_ms, _lock_timeout_ms, flags, stop = (arguments.integer() for _ in range(5))
        timeout_s = min(timeout_ms * 1e-3, _LONGEST_WAIT_S)
        result = link.read(count, timeout_s, stop & 0xFF if flags & _CHARACTER_FLAG else None)
        if result is None:
            return rpc.integers(_TIMEOUT, 0, 0)
        reason, data = result
        return rpc.integers(_NO_ERROR, reason) + rpc.opaque(data)

    def read_status(self, link: Link, arguments: rpc.Arguments) -> bytes:
        return rpc.integers(_NO_ERROR, self._server.instrument.status_byte(has_reply=link.has_reply))

    def trigger(self, link: Link, arguments: rpc.Arguments) -> bytes:
        self._server.instrument.bus_trigger()
        return rpc.integers(_NO_ERROR)

    def clear(self, link: Link, arguments: rpc.Arguments) -> bytes:
        link.clear()
        return rpc.integers(_NO_ERROR)

    def agree(self, link: Link, arguments: rpc.Arguments) -> bytes:
        return rpc.integers(_NO_ERROR)  # remote and local: there is no front panel

    def destroy_link(self, link: Link, arguments: rpc.Arguments) -> bytes:
        link.close()
        self.links = {number: other for number, other in self.links.items() if other is not link}
        return rpc.integers(_NO_ERROR)

    _ON_LINK: ClassVar = {
        11: (write, 1), 12: (read, 2), 13: (read_status, 1), 14: (trigger, 0), 15: (clear, 0),
        16: (agree, 0), 17: (agree, 0), 23: (destroy_link, 0),
    }  # fmt: skip
    _UNSUPPORTED: ClassVar = {18: 0, 19: 0, 20: 0, 22: 1, 25: 0, 26: 0}
    """Locks, service requests, device commands: how many results follow the error."""

    def answer(self, call: rpc.RpcCall) -> tuple[int, bytes]:
        """The RPC status and the results of a call."""
        if call.program != _PROGRAM:
            return rpc.WRONG_PROGRAM, b""
        if call.version != _PROGRAM_VERSION:
            return rpc.WRONG_VERSION, rpc.integers(_PROGRAM_VERSION, _PROGRAM_VERSION)
        if call.procedure == 0:
            return rpc.SUCCESS, b""
        if call.procedure in self._UNSUPPORTED:
            return rpc.SUCCESS, rpc.integers(_NOT_SUPPORTED, *[0] * self._UNSUPPORTED[call.procedure])
        try:
            if call.procedure == 10:
                return rpc.SUCCESS, self.create_link(call.arguments)
            if call.procedure not in self._ON_LINK:
                return rpc.WRONG_PROCEDURE, b""
            procedure, results = self._ON_LINK[call.procedure]
            link = self.links.get(call.arguments.integer())
            if link is None:
                return rpc.SUCCESS, rpc.integers(_INVALID_LINK, *[0] * results)
            return rpc.SUCCESS, procedure(self, link, call.arguments)
        except rpc.GarbageArguments:
            return rpc.GARBAGE_ARGUMENTS, b""


class Vxi11Server(TcpServer):
    """Serves an instrument by VXI-11."""

    @property
    def address(self) -> str:
        """``TCPIP::127.0.0.1,1024::inst0::INSTR``; the port in it is pyvisa-py's notation."""
        return f"TCPIP::{HOST},{self.port}::inst0::INSTR"

    def serve(self, connection: socket.socket) -> None:
        """Answer calls until the client leaves."""
        client = _Client(self, connection)
        try:
            while True:
                call = rpc.receive_call(connection)
                status, results = client.answer(call)
                rpc.send_reply(connection, call, results, status)
        except ConnectionError:
            for link in client.links.values():
                if link.hang_up is not None:
                    raise link.hang_up from None
        finally:
            for link in client.links.values():
                link.close()
