# SPDX-License-Identifier: Apache-2.0
"""SCPI's error queue, and waiting for operations to complete.

Source: SCPI 1999.0 vol. 2, 21.8 (SYSTem:ERRor); IEEE Std 488.2-1992, 10.18 (*OPC?).
"""

from __future__ import annotations

import re

from feedline_hal.errors import HardwareFault

from .transport import Transport

_ENTRY = re.compile(r'\s*(?P<code>[+-]?\d+)\s*,\s*"?(?P<text>.*?)"?\s*')


def drain_errors(transport: Transport, query: str = "SYSTem:ERRor?", *, limit: int = 64) -> list[tuple[int, str]]:
    """Read an instrument's error queue until it is empty.

    Args:
        transport: Where to ask.
        query: What to ask.
        limit: Entries after which the queue counts as one that never empties.

    Returns:
        Code and text of each entry, oldest first.

    Raises:
        HardwareFault: If a reply is no entry, or the queue does not empty.
    """
    entries: list[tuple[int, str]] = []
    for _ in range(limit):
        reply = transport.query(query)
        found = _ENTRY.fullmatch(reply)
        if found is None:
            transport.distrust()
            raise HardwareFault(
                f"{transport.name} answered {reply!r} to {query!r}, which is no entry of an error queue.",
                remedy='Entries are a code and a text: 0,"No error".',
                instrument=transport.name,
                command=query,
                reply=reply,
            )
        if int(found["code"]) == 0:
            return entries
        entries.append((int(found["code"]), found["text"]))
    code, text = entries[-1]
    raise HardwareFault(
        f'{transport.name} still has errors after {limit} were read, the last {code},"{text}".',
        remedy="Clear its queue with *CLS and find what fills it.",
        instrument=transport.name,
        command=query,
        reply=f'{code},"{text}"',
    )


def check_errors(transport: Transport, command: str, query: str = "SYSTem:ERRor?") -> None:
    """Make sure that an instrument accepted a command.

    Args:
        transport: Where to ask.
        command: What was sent; for the error.
        query: What to ask.

    Raises:
        HardwareFault: If its error queue is not empty; names the command and the instrument's own errors.
    """
    entries = drain_errors(transport, query)
    if entries:
        told = "; ".join(f'{code},"{text}"' for code, text in entries)
        raise HardwareFault(
            f"{transport.name} did not accept {command!r}: {told}.",
            remedy="The codes are explained in the instrument's programming manual.",
            instrument=transport.name,
            command=command,
            reply=told,
        )


def wait_until_done(transport: Transport, timeout_s: float | None = None) -> None:
    """Wait until an instrument has completed everything sent before.

    Args:
        transport: Where to ask.
        timeout_s: How long to wait, in seconds; ``None`` for the connection's own timeout.

    Raises:
        HardwareFault: If it takes longer, or does not answer 1.
    """
    reply = transport.query("*OPC?", timeout_s=timeout_s)
    if reply.strip() not in {"1", "+1"}:
        transport.distrust()
        raise HardwareFault(
            f"{transport.name} answered {reply!r} to '*OPC?' where 1 means done.",
            remedy="Check its error queue.",
            instrument=transport.name,
            command="*OPC?",
            reply=reply,
        )
