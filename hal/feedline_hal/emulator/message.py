# SPDX-License-Identifier: Apache-2.0
"""Where program messages, their units and their parameters end, binary blocks included.

Source: IEEE 488.2-1992, 7.3 (terminators, separators) and 7.7.6 (arbitrary block program data).
"""

from __future__ import annotations

import re

NO_BLOCK = -1
"""The ``#`` begins no block: ``#H1F``, ``#B101``, or a plain character."""
UNKNOWN = -2
"""The header of the block is not complete yet."""
INDEFINITE = -3
"""A block ``#0`` without a length: it lasts until the message ends."""

_LF, _CR, _HASH = 0x0A, 0x0D, 0x23
_BEFORE_BLOCK = b" \t,:=\n"
_WHITESPACE = b" \t\r\n"
_STOPS = {separator: re.compile(b"[%c\"'#]" % separator) for separator in b"\n;,"}


def block_end(text: bytes | bytearray, at: int) -> int:
    """Tell where the block whose ``#`` is at ``at`` ends; may lie beyond the text.

    Returns:
        The index after its last byte, or `NO_BLOCK`, `UNKNOWN`, `INDEFINITE`.
    """
    if at and text[at - 1] not in _BEFORE_BLOCK:
        return NO_BLOCK
    if at + 1 >= len(text):
        return UNKNOWN
    count = text[at + 1] - 0x30
    if count == 0:
        return INDEFINITE
    digits = bytes(text[at + 2 : at + 2 + count]) if 1 <= count <= 9 else b"?"
    if not digits:
        return UNKNOWN
    if not digits.isdigit():
        return NO_BLOCK
    return UNKNOWN if len(digits) < count else at + 2 + count + int(digits)


class MessageReader:
    """Cuts a stream of bytes into program messages without their terminators.

    A line feed outside blocks ends a message, a carriage return before it goes too; the bytes of a block are
    never touched. Quotes hide ``#``, never a line feed: a forgotten quote must not swallow the next message.

    Args:
        ends_by_signal: Whether the transport says where a message ends (HiSLIP, VXI-11): call `finish` there.
            Otherwise a block of indefinite length ends at its first line feed.
    """

    def __init__(self, *, ends_by_signal: bool = False) -> None:
        self._ends_by_signal = ends_by_signal
        self._buffer = bytearray()
        self._restart()

    def _restart(self) -> None:
        self._at = 0  # scanned up to here; beyond the buffer inside a block
        self._block_stop = 0  # bytes before this belong to a block
        self._quote = 0
        self._is_indefinite = False

    def feed(self, data: bytes | bytearray | memoryview) -> list[bytes]:
        """Take bytes; return the messages they complete."""
        self._buffer += data
        messages = []
        while (end := self._next_line_feed()) >= 0:
            messages.append(self._take(end))
        return [message for message in messages if message]

    def finish(self) -> list[bytes]:
        """Take the transport's end of message; return what it completes."""
        end = len(self._buffer)
        if self._is_indefinite:
            end -= self._buffer.endswith(b"\n")
            self._block_stop = end
        message = self._take(end)
        self._buffer.clear()
        return [message] if message else []

    def clear(self) -> None:
        """Forget what was received of a message; a device clear."""
        self._buffer.clear()
        self._restart()

    def _take(self, end: int) -> bytes:
        stop = end
        if stop > self._block_stop and self._buffer[stop - 1] == _CR:
            stop -= 1
        message = bytes(memoryview(self._buffer)[:stop])
        del self._buffer[: end + 1]
        self._restart()
        return message

    def _next_line_feed(self) -> int:
        """Scan on; -1 if no message ends in what is there."""
        while not self._is_indefinite or not self._ends_by_signal:
            found = _STOPS[_LF].search(self._buffer, self._at) if self._at <= len(self._buffer) else None
            if found is None:
                self._at = max(self._at, len(self._buffer))
                return -1
            at = found.start()
            stop = self._buffer[at]
            if stop == _LF:
                if self._is_indefinite:
                    self._block_stop = at
                return at
            self._at = at + 1
            if stop != _HASH:
                self._quote = {0: stop, stop: 0}.get(self._quote, self._quote)
            elif not self._quote and not self._is_indefinite and not self._enter_block(at):
                return -1
        return -1

    def _enter_block(self, at: int) -> bool:
        end = block_end(self._buffer, at)
        if end == UNKNOWN:
            self._at = at  # look again when more has come
            return False
        if end == INDEFINITE:
            self._is_indefinite = True
        elif end != NO_BLOCK:
            self._at = self._block_stop = end
        return True


def split(text: bytes, separator: bytes, begin: int = 0) -> list[bytes]:
    """Cut at ``b";"`` or ``b","`` outside quotes and blocks; white space around parts goes, bytes of blocks stay.

    Args:
        text: What is cut.
        separator: Where.
        begin: Where the first part begins; what is before it is left out.
    """
    parts: list[bytes] = []
    block_stop = quote = 0
    at = begin
    stops = _STOPS[separator[0]]
    while (found := stops.search(text, at)) is not None:
        stop = text[found.start()]
        at = found.end()
        if stop in b"\"'":
            quote = {0: stop, stop: 0}.get(quote, quote)
        elif not quote and stop == _HASH:
            end = block_end(text, found.start())
            if end == INDEFINITE:
                block_stop = len(text)
                break
            if end >= 0:
                at = block_stop = min(end, len(text))
        elif not quote:
            parts.append(_strip(text, begin, found.start(), block_stop))
            begin = at
    parts.append(_strip(text, begin, len(text), block_stop))
    return parts


def _strip(text: bytes, begin: int, end: int, block_stop: int) -> bytes:
    while begin < end and text[begin] in _WHITESPACE:
        begin += 1
    while end > max(begin, block_stop) and text[end - 1] in _WHITESPACE:
        end -= 1
    return text[begin:end]
