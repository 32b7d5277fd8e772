# SPDX-License-Identifier: Apache-2.0
"""HiSLIP messages on the wire.

Source: IVI-6.1 (HiSLIP) revision 1.0, 2.5 (header), table 4 (types), tables 7 and 9 (errors).
"""

from __future__ import annotations

import enum
import socket
import struct

import attrs

from feedline_hal.emulator.exchange import HangUp
from feedline_hal.emulator.tcp_server import receive_exactly

_HEADER = struct.Struct("!2sBBIQ")
LARGEST_PAYLOAD = 1 << 28
ANNOUNCED_PAYLOAD = 1 << 20
"""Bytes of a message that the server asks for, so that it takes one while the next is made; it takes longer ones."""
_LONG = 1 << 16
"""Bytes of a payload that is sent as it lies, behind its header."""


class Kind(enum.IntEnum):
    """Message types."""

    INITIALIZE = 0
    INITIALIZE_RESPONSE = 1
    FATAL_ERROR = 2
    ERROR = 3
    DATA = 6
    DATA_END = 7
    DEVICE_CLEAR_COMPLETE = 8
    DEVICE_CLEAR_ACKNOWLEDGE = 9
    ASYNC_REMOTE_LOCAL_CONTROL = 10
    ASYNC_REMOTE_LOCAL_RESPONSE = 11
    TRIGGER = 12
    ASYNC_MAXIMUM_MESSAGE_SIZE = 15
    ASYNC_MAXIMUM_MESSAGE_SIZE_RESPONSE = 16
    ASYNC_INITIALIZE = 17
    ASYNC_INITIALIZE_RESPONSE = 18
    ASYNC_DEVICE_CLEAR = 19
    ASYNC_STATUS_QUERY = 21
    ASYNC_STATUS_RESPONSE = 22
    ASYNC_DEVICE_CLEAR_ACKNOWLEDGE = 23


@attrs.frozen
class Frame:
    """One message: its type as a number, control code, parameter, payload."""

    kind: int
    control: int = 0
    parameter: int = 0
    payload: bytes | bytearray | memoryview = b""


def receive(connection: socket.socket) -> Frame:
    """Receive one message.

    Raises:
        HangUp: After a fatal error was sent: not a HiSLIP header, or more than the server takes.
        ConnectionError: If the client left.
    """
    prologue, kind, control, parameter, size = _HEADER.unpack(receive_exactly(connection, _HEADER.size))
    if prologue != b"HS":
        refuse(connection, 1, "Poorly formed message header")
    if size > LARGEST_PAYLOAD:
        refuse(connection, 0, "Message too large")
    return Frame(kind, control, parameter, receive_exactly(connection, size))


def send(connection: socket.socket, frame: Frame, *, announced: int | None = None) -> None:
    """Send one message; ``announced`` bytes of payload in its header if not those that come."""
    size = len(frame.payload) if announced is None else announced
    header = _HEADER.pack(b"HS", frame.kind, frame.control, frame.parameter, size)
    if len(frame.payload) < _LONG:
        connection.sendall(b"".join((header, frame.payload)))
    else:
        connection.sendall(header)
        connection.sendall(frame.payload)


def refuse(connection: socket.socket, code: int, text: str) -> None:
    """Send a fatal error and end the connection."""
    send(connection, Frame(Kind.FATAL_ERROR, code, 0, text.encode()))
    raise HangUp(is_reset=False)
