# SPDX-License-Identifier: Apache-2.0
"""A TCP stream that pyvisa-py opened: the one place that knows SOCKET's traps.

pyvisa-py looks for the terminator inside binary data and receives 4 KiB at a time (20 to 30 MiB/s); it waits for
ever on an instrument that takes no more bytes, spins on a connection that was closed, and takes a refused
connection for an open one. So its session's socket is used directly; the session still owns it.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence
from typing import Any

from .lane import Lane, LaneFault, LaneTimeout

_JOINED = 65536
_CHUNK = 2**20


class SocketLane(Lane):
    """The bytes of one TCP connection.

    Args:
        resource: pyvisa's resource, closed with the lane.
        connection: Its socket.
    """

    joins = True

    def __init__(self, resource: Any, connection: socket.socket) -> None:
        super().__init__()
        self._resource = resource
        self._socket = connection
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def begin(self) -> bytes:
        """Also looks at what waits in the socket, and whether it was closed."""
        unasked = super().begin()
        self._socket.settimeout(0)
        try:
            waiting = self._socket.recv(_JOINED)
        except (BlockingIOError, InterruptedError):
            return unasked
        except OSError as error:
            raise _closed(error) from error
        if not waiting:
            raise LaneFault("closed the connection")
        return unasked + waiting

    def send(self, parts: Sequence[bytes | memoryview], timeout_s: float) -> None:
        """Short parts in one piece, long ones in chunks."""
        self._socket.settimeout(timeout_s)
        if sum(map(len, parts)) <= _JOINED:
            parts = [b"".join(parts)]
        try:
            for part in parts:
                for start in range(0, len(part), _CHUNK):
                    self._socket.sendall(part[start : start + _CHUNK])
        except TimeoutError as error:
            raise LaneTimeout("took no more bytes") from error
        except OSError as error:
            raise _closed(error) from error

    def receive(self, limit: int, deadline_s: float) -> bytes:
        """What the socket holds."""
        self._await(deadline_s)
        try:
            chunk = self._socket.recv(limit)
        except TimeoutError as error:
            raise LaneTimeout("nothing came") from error
        except OSError as error:
            raise _closed(error) from error
        if not chunk:
            raise LaneFault("closed the connection")
        return chunk

    def receive_into(self, view: memoryview, deadline_s: float) -> int:
        """Without a copy."""
        self._await(deadline_s)
        try:
            count = self._socket.recv_into(view)
        except TimeoutError as error:
            raise LaneTimeout("nothing came") from error
        except OSError as error:
            raise _closed(error) from error
        if not count:
            raise LaneFault("closed the connection")
        return count

    def close(self) -> None:
        """Close pyvisa's session, and the socket with it."""
        self._resource.close()

    def _await(self, deadline_s: float) -> None:
        self._socket.settimeout(max(deadline_s - time.monotonic(), 1e-4))


def _closed(error: OSError) -> LaneFault:
    return LaneFault(f"broke the connection ({error.strerror or error})")
