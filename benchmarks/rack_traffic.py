# SPDX-License-Identifier: Apache-2.0
"""What goes over the wires: bytes, commands and round trips, by instrument; and when."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import attrs
import numpy as np

from feedline_hal.rack import instrument_lane


@attrs.frozen(slots=True)
class Call:
    """One command on its way.

    Attributes:
        instrument: To whom.
        command: Its text.
        start_s, stop_s: When, by `time.perf_counter`.
        out_bytes, in_bytes: Without terminators.
        has_reply: Whether it waited for one.
    """

    instrument: str
    command: str
    start_s: float
    stop_s: float
    out_bytes: int
    in_bytes: int
    has_reply: bool


class _Tapped:
    """A transport whose calls are written down."""

    def __init__(self, transport: Any, name: str, calls: list[Call]) -> None:
        self._transport = transport
        self._name = name
        self._calls = calls

    def __getattr__(self, verb: str) -> Any:
        return getattr(self._transport, verb)

    def write(self, command: str) -> None:
        self._noted("write", command)

    def write_block(self, command: str, samples: Any) -> None:
        self._noted("write_block", command, samples)

    def write_all(self, lines: Any) -> None:
        start_s = time.perf_counter()
        self._transport.write_all(lines)
        stop_s = time.perf_counter()
        for command, samples in lines:
            size = len(command) + (0 if samples is None else samples.nbytes)
            self._calls.append(Call(self._name, command, start_s, stop_s, size, 0, False))

    def query(self, command: str, **options: Any) -> str:
        return str(self._noted("query", command, **options))

    def query_block(self, command: str, *given: Any, **options: Any) -> Any:
        return self._noted("query_block", command, *given, **options)

    def query_blocks(self, command: str, *given: Any, **options: Any) -> Any:
        return self._noted("query_blocks", command, *given, **options)

    def _noted(self, verb: str, command: str, *given: Any, **options: Any) -> Any:
        start_s = time.perf_counter()
        reply = getattr(self._transport, verb)(command, *given, **options)
        block = given[0].nbytes if verb == "write_block" else 0
        came = reply.nbytes if isinstance(reply, np.ndarray) else len(reply or "")
        self._calls.append(
            Call(self._name, command, start_s, time.perf_counter(), len(command) + block, came, reply is not None)
        )
        return reply


@contextmanager
def tapped() -> Iterator[list[Call]]:
    """Write down what is sent to racks that are opened meanwhile."""
    calls: list[Call] = []
    opened = instrument_lane.open_transport

    def open_tapped(address: str, *, name: str, **options: Any) -> Any:
        return _Tapped(opened(address, name=name, **options), name, calls)

    with patch.object(instrument_lane, "open_transport", open_tapped):
        yield calls
