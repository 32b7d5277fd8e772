# SPDX-License-Identifier: Apache-2.0
"""Messages through VISA: HiSLIP, VXI-11, USB, GPIB, and a vendor's SOCKET."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Sequence
from typing import Any

from pyvisa import constants, errors

from .lane import Lane, LaneFault, LaneTimeout

_CHUNK = 2**20
_MOST = 2**30
_PIECE = 2**19
"""Bytes that are received at once into memory that is there."""
_STATUS_TIMEOUT_S = 2.0
_MESSAGE_AVAILABLE = 16
_HARMLESS = (constants.StatusCode.success_device_not_present, constants.StatusCode.success_max_count_read)


class MessageLane(Lane):
    """The messages of one VISA session.

    Args:
        resource: pyvisa's resource; closed with the lane.
        is_stream: Whether messages have no end of their own (SOCKET).
        asks_status: Whether to ask, before each exchange, if a reply waits that nobody read. VXI-11 needs it: its
            replies do not say what they answer.
        hides_end: Whether VISA calls every piece of a message its end; only one that is short of what was asked for
            is it then. pyvisa-py does so over USB.
    """

    def __init__(
        self, resource: Any, *, is_stream: bool = False, asks_status: bool = False, hides_end: bool = False
    ) -> None:
        super().__init__()
        self._resource = resource
        self._is_stream = is_stream
        self._asks_status = asks_status
        self._hides_end = hides_end
        self._timeout_ms = -1
        if is_stream:
            resource.read_termination = None
            resource.set_visa_attribute(constants.ResourceAttribute.suppress_end_enabled, constants.VI_FALSE)

    def begin(self) -> bytes:
        """Also looks for a reply that waits in the instrument, where the protocol lets it answer another question."""
        unasked = super().begin()
        if self._asks_status and self._has_reply_waiting():
            unasked += self.receive(_CHUNK, time.monotonic() + _STATUS_TIMEOUT_S)
            self._has_ended = False
        return unasked

    def send(self, parts: Sequence[bytes | memoryview], timeout_s: float) -> None:
        """One message; a stream in chunks."""
        message = b"".join(parts)
        self._set_timeout(timeout_s)
        step = _CHUNK if self._is_stream else max(len(message), 1)
        try:
            for start in range(0, len(message), step):
                self._resource.visalib.write(self._resource.session, message[start : start + step])
        except Exception as error:  # VISA libraries raise what they like
            raise _fault(error, "took no more bytes") from error

    def receive(self, limit: int, deadline_s: float) -> bytes:
        """What VISA hands out at once; notes the end of the message."""
        self._set_timeout(deadline_s - time.monotonic())
        try:
            with self._resource.ignore_warning(*_HARMLESS):
                limit = min(limit, _MOST)
                chunk, status = self._resource.visalib.read(self._resource.session, limit)
        except Exception as error:  # VISA libraries raise what they like
            raise _fault(error, "nothing came") from error
        self._has_ended = not self._is_stream and status != constants.StatusCode.success_max_count_read
        if self._hides_end and len(chunk) >= limit:
            self._has_ended = False
        received: bytes = chunk
        return received

    def receive_into(self, view: memoryview, deadline_s: float) -> int:
        """A piece at a time: pyvisa-py makes room for all that is asked for, and fresh memory is slow."""
        chunk = self.receive(min(len(view), _PIECE), deadline_s)
        count = min(len(chunk), len(view))
        view[:count] = chunk[:count]
        self._pending += chunk[count:]  # over USB more may come than was asked for
        return count

    def close(self) -> None:
        """Close the session; one that is broken already counts as closed."""
        try:
            self._resource.close()
        except Exception:  # noqa: BLE001 - VISA libraries raise what they like, and there is nothing left to do
            return

    def abandon(self) -> None:
        """Cut the connection first: pyvisa-py would say goodbye over VXI-11, and wait 5 s for the answer."""
        sessions = getattr(self._resource.visalib, "sessions", {})
        interface = getattr(sessions.get(self._resource.session), "interface", None)
        connection = getattr(interface, "sock", None)
        if isinstance(connection, socket.socket):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.close()

    def _has_reply_waiting(self) -> bool:
        self._set_timeout(_STATUS_TIMEOUT_S)
        try:
            status, _ = self._resource.visalib.read_stb(self._resource.session)
        except Exception as error:  # VISA libraries raise what they like
            raise _fault(error, "its status did not come") from error
        return bool(status & _MESSAGE_AVAILABLE)

    def _set_timeout(self, timeout_s: float) -> None:
        timeout_ms = max(round(timeout_s * 1000), 1)
        if timeout_ms != self._timeout_ms:
            self._resource.timeout = timeout_ms
            self._timeout_ms = timeout_ms


def _fault(error: Exception, late: str) -> LaneFault:
    is_late = isinstance(error, TimeoutError)
    if isinstance(error, errors.VisaIOError):
        is_late = error.error_code == constants.StatusCode.error_timeout
        return LaneTimeout(late) if is_late else LaneFault(f"broke the connection ({error.description})")
    return LaneTimeout(late) if is_late else LaneFault(f"broke the connection ({error})")
