# SPDX-License-Identifier: Apache-2.0
"""ONC remote procedure calls over TCP, as much as VXI-11 needs.

Source: RFC 5531 (messages, record marking), RFC 4506 (XDR).
"""

from __future__ import annotations

import socket
import struct

import attrs

from feedline_hal.emulator.exchange import HangUp
from feedline_hal.emulator.tcp_server import receive_exactly

_LAST_FRAGMENT = 0x8000_0000
_LARGEST_RECORD = 1 << 26
_VERSION = 2
SUCCESS, WRONG_PROGRAM, WRONG_VERSION, WRONG_PROCEDURE, GARBAGE_ARGUMENTS = 0, 1, 2, 3, 4


class GarbageArguments(Exception):
    """The arguments of a call are shorter than they must be."""


class Arguments:
    """Reads the arguments of a call one after the other.

    Args:
        data: Their XDR form.
    """

    def __init__(self, data: memoryview) -> None:
        self._data = data

    def integer(self) -> int:
        """An unsigned integer."""
        return int(struct.unpack("!I", self._take(4))[0])

    def opaque(self) -> memoryview:
        """Bytes of variable length."""
        size = self.integer()
        data = self._take(size)
        self._take(-size % 4)
        return data

    def _take(self, count: int) -> memoryview:
        if count > len(self._data):
            raise GarbageArguments
        taken, self._data = self._data[:count], self._data[count:]
        return taken


@attrs.frozen
class RpcCall:
    """One call: its number, which program, version and procedure, its arguments."""

    number: int
    program: int
    version: int
    procedure: int
    arguments: Arguments


def receive_call(connection: socket.socket) -> RpcCall:
    """Receive one call.

    Raises:
        HangUp: If what comes is no call.
        ConnectionError: If the client left.
    """
    record = bytearray()
    is_last = False
    while not is_last:
        (mark,) = struct.unpack("!I", receive_exactly(connection, 4))
        is_last = bool(mark & _LAST_FRAGMENT)
        size = mark & ~_LAST_FRAGMENT
        if len(record) + size > _LARGEST_RECORD:
            raise HangUp(is_reset=False)
        fragment = receive_exactly(connection, size)
        record = record + fragment if record else fragment
    arguments = Arguments(memoryview(record))
    try:
        number, kind, rpc_version, program, version, procedure = (arguments.integer() for _ in range(6))
        for _ in ("credentials", "verifier"):
            arguments.integer()
            arguments.opaque()
    except GarbageArguments:
        raise HangUp(is_reset=False) from None
    if kind != 0 or rpc_version != _VERSION:
        raise HangUp(is_reset=False)
    return RpcCall(number, program, version, procedure, arguments)


def send_reply(connection: socket.socket, call: RpcCall, results: bytes, status: int = SUCCESS) -> None:
    """Send the reply to a call."""
    head = struct.pack("!IIIIII", call.number, 1, 0, 0, 0, status)
    mark = struct.pack("!I", _LAST_FRAGMENT | (len(head) + len(results)))
    connection.sendall(b"".join((mark, head, results)))


def integers(*values: int) -> bytes:
    """XDR of unsigned integers."""
    return struct.pack(f"!{len(values)}I", *values)


def opaque(data: bytes | memoryview) -> bytes:
    """XDR of bytes of variable length."""
    return b"".join((integers(len(data)), data, bytes(-len(data) % 4)))
