# SPDX-License-Identifier: Apache-2.0
"""Errors of the pulse layer."""

from __future__ import annotations

from typing import ClassVar

from feedline.errors import FeedlineError, InputError


class PulseError(InputError):
    """A pulse, waveform, frame or schedule that cannot be used as it is."""


class GridError(PulseError):
    """A duration or start that does not lie on the grid; nothing is rounded in silence."""


class LimitError(PulseError):
    """A value beyond what the port or device allows; nothing is clipped."""


class NoRoomError(LimitError):
    """A program does not fit beside what plays."""


class CalibrationError(FeedlineError, LookupError):
    """A calibration is missing or ambiguous, or a calibration set does not fit the device."""


class OpenPulseError(InputError):
    """OpenPulse text that cannot be used; names line and column, both from 1.

    Args:
        what: What is wrong.
        remedy: What to do about it.
        line, column: Where, from 1.
    """

    def __init__(self, what: str, *, remedy: str, line: int = 0, column: int = 0) -> None:
        super().__init__(what, remedy=remedy)
        self.line = line
        self.column = column

    def __reduce__(self) -> tuple[object, ...]:
        """Rebuild with the place."""
        return _rebuild, (self.what, self.remedy, self.line, self.column)


class HardwareFault(FeedlineError, RuntimeError):
    """An instrument did not do what it was told; names it, the command and what came back.

    Args:
        what: What happened; a sentence.
        remedy: What to do about it.
        instrument: What it is called.
        command: What it was told; empty if nothing in particular.
        reply: What came back; empty for nothing.
    """

    is_fault: ClassVar[bool] = True

    def __init__(self, what: str, *, remedy: str, instrument: str = "", command: str = "", reply: str = "") -> None:
        super().__init__(what, remedy=remedy)
        self.instrument = instrument
        self.command = command
        self.reply = reply

    def __reduce__(self) -> tuple[object, ...]:
        """Rebuild with its parts."""
        return _rebuild_fault, (self.what, self.remedy, self.instrument, self.command, self.reply)


def _rebuild_fault(what: str, remedy: str, instrument: str, command: str, reply: str) -> HardwareFault:
    return HardwareFault(what, remedy=remedy, instrument=instrument, command=command, reply=reply)


def _rebuild(what: str, remedy: str, line: int, column: int) -> OpenPulseError:
    return OpenPulseError(what, remedy=remedy, line=line, column=column)
