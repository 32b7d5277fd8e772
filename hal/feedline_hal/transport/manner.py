# SPDX-License-Identifier: Apache-2.0
"""How an instrument speaks: terminators, echo, answers."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True, slots=True)
class Manner:
    """How one instrument speaks; the defaults are SCPI's.

    Args:
        write_terminator: Ends what is sent; empty for nothing.
        read_terminator: Ends what comes back; empty if replies end in silence.
        has_echo: Whether every command comes back before its reply.
        acknowledgement: What answers a command that is no query; ``None`` if nothing does.
        greeting_s: How long it may take to say something of its own accord on a raw TCP connection that was opened,
            in seconds; it is not listened to. 0 if it does not.
        baud: Bits per second of a serial line.
    """

    write_terminator: str = "\n"
    read_terminator: str = "\n"
    has_echo: bool = False
    acknowledgement: str | None = None
    greeting_s: float = 0.0
    baud: int = 115200
