# SPDX-License-Identifier: Apache-2.0
"""SCPI errors and the queue they wait in.

Source: SCPI-1999 volume 2, 21.8 (error queue, codes and texts).
"""

from __future__ import annotations

from collections import deque

TEXTS = {
    0: "No error",
    -100: "Command error",
    -102: "Syntax error",
    -104: "Data type error",
    -108: "Parameter not allowed",
    -109: "Missing parameter",
    -113: "Undefined header",
    -114: "Header suffix out of range",
    -131: "Invalid suffix",
    -151: "Invalid string data",
    -161: "Invalid block data",
    -200: "Execution error",
    -211: "Trigger ignored",
    -221: "Settings conflict",
    -222: "Data out of range",
    -223: "Too much data",
    -224: "Illegal parameter value",
    -225: "Out of memory",
    -230: "Data corrupt or stale",
    -310: "System error",
    -350: "Queue overflow",
    -410: "Query INTERRUPTED",
    -420: "Query UNTERMINATED",
}


class ScpiError(Exception):
    """What an instrument answers to a command it cannot follow; goes to its error queue, never to the caller.

    Args:
        code: SCPI's (negative) or the instrument's own (positive).
        text: What the queue says; SCPI's text for the code if empty.
    """

    def __init__(self, code: int, text: str = "") -> None:
        self.code = code
        self.text = text or TEXTS.get(code, "Device-specific error")
        super().__init__(f'{code},"{self.text}"')

    @property
    def event_bit(self) -> int:
        """Its bit in the standard event status register: command 32, execution 16, device 8, query 4."""
        return {1: 32, 2: 16, 4: 4}.get(-self.code // 100 if self.code < 0 else 0, 8)


class ErrorQueue:
    """First in, first out; when full, the last entry becomes -350 and newer errors are lost.

    Args:
        capacity: How many entries fit.
    """

    def __init__(self, capacity: int = 20) -> None:
        self.capacity = capacity
        self._entries: deque[ScpiError] = deque()

    def __len__(self) -> int:
        return len(self._entries)

    def push(self, error: ScpiError) -> None:
        """Add an error."""
        if len(self._entries) < self.capacity:
            self._entries.append(error)
        else:
            self._entries[-1] = ScpiError(-350)

    def pop(self) -> ScpiError:
        """Take the oldest; code 0 if there is none."""
        return self._entries.popleft() if self._entries else ScpiError(0)

    def clear(self) -> None:
        """Forget all."""
        self._entries.clear()
