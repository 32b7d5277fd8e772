# SPDX-License-Identifier: Apache-2.0
"""The wire: lines of text over a socket. The only file that knows how the controller is spoken to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from contextlib import suppress

from feedline.errors import FeedlineError, ProviderError, WaitTimeoutError

LONGEST_LINE = 1 << 22


class Connection:
    """A connection that owns the controller until it is closed.

    Every command is one line and is answered with one line: ``OK ...`` or ``ERR number "text"``. The
    owner's connection belongs to one thread; `interrupt` goes over a second one and may be called from
    any thread.

    Args:
        host, port: Where the controller listens.
        timeout_s: How long an answer may take.
    """

    def __init__(self, host: str, port: int, *, timeout_s: float) -> None:
        self.name = f"{host}:{port}"
        self._where = (host, port)
        self._token = ""
        self._talking = threading.Lock()
        self._timeout_s = timeout_s
        self._socket: socket.socket | None = self._connected()
        self._reader = self._socket.makefile("rb")
        try:
            self._token = self.ask("TAKE")
        except BaseException:
            self.close()
            raise

    def ask(self, *lines: str, timeout_s: float | None = None) -> str:
        """Send a command, with its further lines if it has any, and return what follows ``OK``.

        Raises:
            ProviderError: If the controller answers with an error, or the connection is lost.
            WaitTimeoutError: If no answer comes in time.
        """
        with self._talking:
            answer = self._exchange(lines, self._timeout_s if timeout_s is None else timeout_s)
        word, _, rest = answer.partition(" ")
        if word == "OK":
            return rest
        if word == "ERR":
            raise ProviderError(
                f"Acme {self.name} answered '{_short(lines[0])}' with error {rest}.",
                remedy="Acme Q3 manual, appendix B, lists the errors. The next job starts afresh.",
            )
        self._hang_up()
        raise ProviderError(
            f"Acme {self.name} answered '{_short(lines[0])}' with '{_short(answer)}', which is no answer.",
            remedy="Is it an Acme Q3 that listens there? Check address and firmware.",
        )

    def interrupt(self) -> None:
        """Tell the controller to stop what it runs, over a second connection; harmless when idle."""
        if self._socket is None:
            return
        with suppress(OSError), self._connected() as second, second.makefile("rb") as reader:
            second.settimeout(self._timeout_s)
            second.sendall(f"ABORT {self._token}\n".encode("ascii"))
            reader.readline(LONGEST_LINE)

    def close(self) -> None:
        """Give the controller back; it stops and turns its outputs off. May be called twice."""
        if self._token and not self._talking.locked():
            with suppress(FeedlineError):
                self.ask("GIVE", timeout_s=1.0)  # when it is answered, the next owner can take it
        self._hang_up()

    def _exchange(self, lines: Sequence[str], patience_s: float) -> str:
        """Send lines, wait for the one that answers them."""
        if self._socket is None:
            raise ProviderError(f"The connection to Acme {self.name} is closed.", remedy="Open the backend again.")
        try:
            self._socket.settimeout(patience_s)
            self._socket.sendall("".join(f"{line}\n" for line in lines).encode("ascii"))
            answer = self._reader.readline(LONGEST_LINE)
        except TimeoutError:
            self._hang_up()  # a late answer would be taken for the next one
            raise WaitTimeoutError(
                f"Acme {self.name} did not answer '{_short(lines[0])}' within {patience_s:g} s.",
                remedy="Check the controller's front panel and network; open the backend again.",
            ) from None
        except (OSError, ValueError) as error:  # a reader that was closed meanwhile raises the latter
            self._hang_up()
            raise self._lost(lines[0], str(error)) from error
        if not answer.endswith(b"\n"):
            self._hang_up()
            raise self._lost(lines[0], "it hung up")
        return answer.decode("ascii", "replace").strip()

    def _hang_up(self) -> None:
        found, self._socket = self._socket, None
        if found is not None:
            with suppress(OSError):
                found.shutdown(socket.SHUT_RDWR)  # wakes a thread that waits for an answer
            self._reader.close()
            found.close()

    def _connected(self) -> socket.socket:
        try:
            return socket.create_connection(self._where, timeout=self._timeout_s)
        except OSError as error:
            raise ProviderError(
                f"Acme {self.name} cannot be reached: {error}.",
                remedy="Check address, power and network. For a try-out: python -m feedline_acme.server",
            ) from error

    def _lost(self, command: str, why: str) -> ProviderError:
        return ProviderError(
            f"The connection to Acme {self.name} was lost at '{_short(command)}': {why}.",
            remedy="Check that the controller is on; the next job connects again.",
        )


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."
