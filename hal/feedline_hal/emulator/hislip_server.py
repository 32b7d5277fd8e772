# SPDX-License-Identifier: Apache-2.0
"""HiSLIP 1.0 in synchronous mode: two connections a client, one for data and one for control.

No locks, no service requests, no overlapped mode: such messages are answered with the error that says so.

Source: IVI-6.1 (HiSLIP) revision 1.0, 3 (transactions of the synchronous mode).
"""

from __future__ import annotations

import contextlib
import itertools
import socket
import struct
from collections.abc import Callable
from functools import partial

import attrs

from feedline_hal.emulator.exchange import Emulated, Exchange
from feedline_hal.emulator.fault import FaultScript
from feedline_hal.emulator.hislip_frame import (
    ANNOUNCED_PAYLOAD,
    LARGEST_PAYLOAD,
    Frame,
    Kind,
    receive,
    refuse,
    send,
)
from feedline_hal.emulator.message import MessageReader
from feedline_hal.emulator.tcp_server import HOST, TcpServer

_VERSION = 0x0100
_UNRECOGNIZED_TYPE = 1
_HEADER_BYTES = 16
_LONG = 1 << 20
"""Bytes of a reply that is sent as it lies, its line feed in a message of its own."""


@attrs.define(eq=False)
class _Session:
    """One client: its two connections and what they share."""

    number: int
    synchronous: socket.socket
    asynchronous: socket.socket | None = None
    largest_reply: int = LARGEST_PAYLOAD
    message_id: int = 0
    has_reply: bool = False
    is_clearing: bool = False

    def send(self, reply: bytes) -> None:
        self._answer(reply, self.message_id)

    def send_part(self, part: bytes) -> None:
        send(self.synchronous, Frame(Kind.DATA_END, 0, self.message_id, part), announced=2 * len(part))

    def late(self, reply: bytes) -> Callable[[], None]:
        return partial(self._answer, reply, self.message_id)

    def _answer(self, reply: bytes, message_id: int) -> None:
        if self.is_clearing:
            return
        view, end = (memoryview(reply), b"\n") if len(reply) > _LONG else (memoryview(reply + b"\n"), b"")
        self.has_reply = True
        while len(view) > (0 if end else self.largest_reply):
            send(self.synchronous, Frame(Kind.DATA, 0, message_id, view[: self.largest_reply]))
            view = view[self.largest_reply :]
        send(self.synchronous, Frame(Kind.DATA_END, 0, message_id, end or view))


class HislipServer(TcpServer):
    """Serves an instrument by HiSLIP."""

    def __init__(
        self, instrument: Emulated, *, name: str = "emulator", port: int = 0, faults: FaultScript | None = None
    ) -> None:
        super().__init__(instrument, name=name, port=port, faults=faults)
        self._numbers = itertools.count(1)
        self._sessions: dict[int, _Session] = {}

    @property
    def address(self) -> str:
        """``TCPIP::127.0.0.1::hislip0,4880::INSTR``."""
        return f"TCPIP::{HOST}::hislip0,{self.port}::INSTR"

    def serve(self, connection: socket.socket) -> None:
        """Serve one of the two connections of a client."""
        first = receive(connection)
        if first.kind == Kind.INITIALIZE:
            self._serve_synchronous(connection)
        elif first.kind == Kind.ASYNC_INITIALIZE and (session := self._sessions.get(first.parameter)) is not None:
            self._serve_asynchronous(connection, session)
        else:
            refuse(connection, 3, "Invalid initialization sequence")

    def _serve_synchronous(self, connection: socket.socket) -> None:
        session = _Session(next(self._numbers) & 0xFFFF, connection)
        self._sessions[session.number] = session
        exchange = Exchange(self.instrument, session, self.faults)
        reader = MessageReader(ends_by_signal=True)
        try:
            send(connection, Frame(Kind.INITIALIZE_RESPONSE, 0, _VERSION << 16 | session.number))
            while True:
                frame = receive(connection)
                if session.asynchronous is None:
                    refuse(connection, 2, "Attempt to use connection without both established channels")
                self._take(frame, session, exchange, reader)
        finally:
            del self._sessions[session.number]
            if session.asynchronous is not None:
                with contextlib.suppress(OSError):
                    session.asynchronous.shutdown(socket.SHUT_RDWR)

    def _take(self, frame: Frame, session: _Session, exchange: Exchange, reader: MessageReader) -> None:
        if frame.kind == Kind.DEVICE_CLEAR_COMPLETE:
            reader.clear()
            exchange.clear()
            session.is_clearing = session.has_reply = False
            send(session.synchronous, Frame(Kind.DEVICE_CLEAR_ACKNOWLEDGE))
        elif session.is_clearing:
            return  # what was under way is abandoned
        elif frame.kind in (Kind.DATA, Kind.DATA_END, Kind.TRIGGER):
            session.message_id = frame.parameter
            if frame.control & 1:
                session.has_reply = False
            if frame.kind == Kind.TRIGGER:
                self.instrument.bus_trigger()
                return
            messages = reader.feed(frame.payload)
            for message in messages + (reader.finish() if frame.kind == Kind.DATA_END else []):
                exchange.run(message)
        else:
            send(session.synchronous, _unrecognized(frame))

    def _serve_asynchronous(self, connection: socket.socket, session: _Session) -> None:
        session.asynchronous = connection
        send(connection, Frame(Kind.ASYNC_INITIALIZE_RESPONSE, 0, int.from_bytes(b"FL", "big")))
        while True:
            send(connection, self._control(receive(connection), session))

    def _control(self, frame: Frame, session: _Session) -> Frame:
        """Answer a message of the control connection."""
        if frame.kind == Kind.ASYNC_MAXIMUM_MESSAGE_SIZE and len(frame.payload) == 8:
            (largest,) = struct.unpack("!Q", frame.payload)
            session.largest_reply = max(1, min(largest, LARGEST_PAYLOAD) - _HEADER_BYTES)
            return Frame(Kind.ASYNC_MAXIMUM_MESSAGE_SIZE_RESPONSE, 0, 0, struct.pack("!Q", ANNOUNCED_PAYLOAD))
        if frame.kind == Kind.ASYNC_DEVICE_CLEAR:
            session.is_clearing = True
            self.instrument.device_clear()
            return Frame(Kind.ASYNC_DEVICE_CLEAR_ACKNOWLEDGE)
        if frame.kind == Kind.ASYNC_STATUS_QUERY:
            if frame.control & 1:
                session.has_reply = False
            return Frame(Kind.ASYNC_STATUS_RESPONSE, self.instrument.status_byte(has_reply=session.has_reply))
        if frame.kind == Kind.ASYNC_REMOTE_LOCAL_CONTROL:
            return Frame(Kind.ASYNC_REMOTE_LOCAL_RESPONSE)
        return _unrecognized(frame)


def _unrecognized(frame: Frame) -> Frame:
    return Frame(Kind.ERROR, _UNRECOGNIZED_TYPE, 0, b"Unrecognized message type %d" % frame.kind)
