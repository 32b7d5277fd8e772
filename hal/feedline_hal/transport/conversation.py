# SPDX-License-Identifier: Apache-2.0
"""What every transport does alike: one owner, one exchange at a time, no session used again after a fault."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from feedline.errors import InputError
from feedline_hal.errors import HardwareFault

from .block import BlockError, as_samples, block_size, digit_count
from .block_row import BlockRow
from .exchange import Exchange
from .lane import Lane, LaneFault, LaneTimeout
from .manner import Manner
from .message import Message, message, pieces
from .transport import Line


class Conversation(ABC):
    """Commands and replies over a lane; a `Transport`. Opens on first use or with `open`.

    The thread that first uses it owns it until that thread ends; calls from others are refused. `close` may
    come from any thread and waits for the call that is under way.

    Args:
        name: What errors call the instrument.
        timeout_s: How long to wait, in seconds, when a call says nothing else.
        manner: How it speaks.
    """

    def __init__(self, name: str, *, timeout_s: float, manner: Manner) -> None:
        if not timeout_s > 0:
            raise InputError(f"{name}: timeout_s is {timeout_s:g}.", remedy="Give a time above 0 s.")
        self._name = name
        self._timeout_s = timeout_s
        self._manner = manner
        self._lane: Lane | None = None
        self._late: Lane | None = None
        self._is_closed = False
        self._owner: threading.Thread | None = None
        self._busy = threading.Lock()

    @abstractmethod
    def _open_lane(self) -> Lane:
        """Connect, or raise a `HardwareFault` that says what was tried and for how long."""

    @property
    def name(self) -> str:
        """What errors call the instrument."""
        return self._name

    def open(self) -> Self:
        """Connect now, if not connected.

        Returns:
            Itself.
        """
        with self._busy:
            if self._lane is None:
                self._lane = self._open_lane()
                self._is_closed = False
        return self

    def write(self, command: str) -> None:
        """Send a command, and read the answer if this instrument answers every command."""
        message = self._encoded(command)
        with self._exchange(command, None) as exchange:
            self._say(exchange, message)
            self._hear_acknowledgement(exchange, command)

    def query(self, command: str, *, timeout_s: float | None = None) -> str:
        """Send a command and read one reply; ``None`` for the connection's own timeout."""
        message = self._encoded(command)
        with self._exchange(command, timeout_s) as exchange:
            self._say(exchange, message)
            exchange.awaited = "a reply"
            return self._hear(exchange)

    def write_block(self, command: str, samples: NDArray[np.generic]) -> None:
        """Send a command that ends in a definite-length block of the samples' bytes, as they lie in memory."""
        laid_out = self._laid_out(command, samples)
        with self._exchange(command, None, f" and a block of {samples.nbytes} bytes") as exchange:
            exchange.lane.send(laid_out, exchange.timeout_s)
            self._hear_acknowledgement(exchange, command)

    def write_all(self, lines: Sequence[Line]) -> None:
        """Send several commands, in one piece where the connection is a stream; each with its samples, if any."""
        if self._manner.has_echo or self._manner.acknowledgement is not None:
            for command, samples in lines:
                if samples is None:
                    self.write(command)
                else:
                    self.write_block(command, samples)
            return
        messages = [self._laid_out(command, samples) for command, samples in lines]
        for some in pieces(messages):
            besides = f" and {len(some) - 1} more" if len(some) > 1 else ""
            with self._exchange(lines[some.start][0], None, besides) as exchange:
                own = messages[some.start : some.stop]
                if exchange.lane.joins:
                    own = [tuple(part for one in own for part in one)]
                for one in own:
                    exchange.lane.send(one, exchange.timeout_s)

    def query_block(self, command: str, dtype: str, *, timeout_s: float | None = None) -> NDArray[np.generic]:
        """Send a command and read a definite-length block; ``dtype`` says how: ``<f4``, ``>i2``."""
        message, kind = self._encoded(command), np.dtype(dtype)
        with self._exchange(command, timeout_s) as exchange:
            self._say(exchange, message)
            exchange.awaited = "a block"
            lane, wait_s = exchange.lane, exchange.timeout_s
            start = lane.read_exact(2, wait_s).tobytes()
            try:
                size = block_size(lane.read_exact(digit_count(start), wait_s).tobytes())
                samples = as_samples(lane.read_exact(size, wait_s), kind)
            except BlockError as error:
                raise LaneFault(f"sent something else: {error.what}", start + self._rest(exchange)) from error
            self._hear_end_of_block(exchange)
            return samples

    def query_blocks(
        self, command: str, dtype: str, shape: tuple[int, int], *, timeout_s: float | None = None
    ) -> NDArray[np.generic]:
        """Send a command and read ``shape[0]`` blocks of ``shape[1]`` samples, with ``;`` between; a view of them."""
        message = self._encoded(command)
        layout = BlockRow(count=shape[0], samples=shape[1], kind=np.dtype(dtype))
        with self._exchange(command, timeout_s) as exchange:
            self._say(exchange, message)
            exchange.awaited = f"a row of {layout.count} blocks"
            header = exchange.lane.read_exact(len(layout.header), exchange.timeout_s).tobytes()
            if header != layout.header:
                raise LaneFault(f"started no block of {layout.size} bytes", header + self._rest(exchange))
            received = exchange.lane.read_exact(layout.rest, exchange.timeout_s)
            if not layout.fits(received):
                raise LaneFault(f"did not send {layout.count} blocks of {layout.size} bytes", received[:80].tobytes())
            self._hear_end_of_block(exchange)
            return layout.samples_of(received)

    def distrust(self) -> None:
        """Throw the connection away, and with it whatever came or is still to come; the next call opens it anew."""
        with self._busy:
            self._drop()

    def close(self) -> None:
        """Close; may be called twice."""
        with self._busy:
            self._let_finish(0.0)
            lane, self._lane = self._lane, None
            self._is_closed = True
            if lane is not None:
                lane.close()

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    @contextmanager
    def _exchange(self, command: str, timeout_s: float | None, besides: str = "") -> Iterator[Exchange]:
        self._check_owner(command)
        with self._busy:
            exchange = Exchange(
                name=self._name,
                command=command,
                besides=besides,
                lane=self._ready_lane(command),
                timeout_s=self._timeout_s if timeout_s is None else timeout_s,
            )
            try:
                unasked = exchange.lane.begin()
                if unasked:
                    raise LaneFault("had sent something that nobody asked for", unasked)
                yield exchange
            except LaneFault as fault:
                if isinstance(fault, LaneTimeout):
                    self._late, self._lane = self._lane, None
                self._drop()
                raise exchange.fault(fault) from fault
            except BaseException:  # an answer that is none, or interrupted: what comes next is no longer known
                self._drop()
                raise

    def _check_owner(self, command: str) -> None:
        caller = threading.current_thread()
        if self._owner is caller:
            return
        if self._owner is not None and self._owner.is_alive():
            raise HardwareFault(
                f"{self._name} belongs to thread '{self._owner.name}'; '{caller.name}' may not send {command!r}.",
                remedy="Use a connection in one thread, or open one for each.",
                instrument=self._name,
                command=command,
            )
        self._owner = caller

    def _ready_lane(self, command: str) -> Lane:
        if self._is_closed:
            raise HardwareFault(
                f"{self._name} is closed; {command!r} was not sent.",
                remedy="Open it again.",
                instrument=self._name,
                command=command,
            )
        if self._lane is None:
            self._let_finish(self._timeout_s)
            try:
                self._lane = self._open_lane()
            except HardwareFault as fault:
                raise HardwareFault(
                    f"{fault.what} {command!r} was not sent.",
                    remedy=fault.remedy,
                    instrument=self._name,
                    command=command,
                ) from fault
        return self._lane

    def _encoded(self, command: str) -> bytes:
        if not command.isascii() or "\n" in command or "\r" in command:
            raise InputError(
                f"{self._name}: {command!r} is not one line of ASCII.", remedy="Send one command at a time, in ASCII."
            )
        return command.encode("ascii")

    def _laid_out(self, command: str, samples: NDArray[np.generic] | None) -> Message:
        """What goes out for a command, terminator included."""
        return message(self._encoded(command), samples, self._manner.write_terminator.encode("ascii"))

    def _say(self, exchange: Exchange, message: bytes) -> None:
        exchange.lane.send([message, self._manner.write_terminator.encode("ascii")], exchange.timeout_s)
        if self._manner.has_echo:
            exchange.awaited = "the echo"
            echo = self._hear(exchange)
            if echo != message.decode("ascii"):
                raise LaneFault("echoed something else", echo.encode("ascii"))

    def _hear(self, exchange: Exchange) -> str:
        line = exchange.lane.read_line(self._manner.read_terminator.encode("ascii"), exchange.timeout_s)
        if not line.isascii():
            raise LaneFault("sent something that is no text", line)
        return line.decode("ascii").rstrip("\r\n")

    def _hear_acknowledgement(self, exchange: Exchange, command: str) -> None:
        if self._manner.acknowledgement is None:
            return
        exchange.awaited = f"the answer {self._manner.acknowledgement!r}"
        answer = self._hear(exchange)
        if answer != self._manner.acknowledgement:
            raise HardwareFault(
                f"{self._name} answered {answer!r} to {command!r}.",
                remedy=f"It answers {self._manner.acknowledgement!r} to what it accepts; its manual explains others.",
                instrument=self._name,
                command=command,
                reply=answer,
            )

    def _hear_end_of_block(self, exchange: Exchange) -> None:
        if self._manner.read_terminator:
            exchange.awaited = "the end of the block"
            after = exchange.lane.read_end(self._manner.read_terminator.encode("ascii"), exchange.timeout_s)
            if after.strip():
                raise LaneFault("sent more than the block it announced", after)

    def _rest(self, exchange: Exchange) -> bytes:
        try:
            return exchange.lane.read_line(self._manner.read_terminator.encode("ascii"), exchange.timeout_s)
        except LaneFault as fault:
            return fault.received

    def _drop(self) -> None:
        lane, self._lane = self._lane, None
        if lane is not None:
            lane.abandon()

    def _let_finish(self, timeout_s: float) -> None:
        """Wait for a late reply, then let go of the connection that it would come by.

        When it comes, everything that was sent before has been carried out; else a late command might undo what is
        told over the new connection, a safe state for one.
        """
        lane, self._late = self._late, None
        if lane is not None:
            with suppress(LaneFault):
                lane.read_line(self._manner.read_terminator.encode("ascii"), timeout_s)
            lane.abandon()
