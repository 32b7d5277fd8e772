# SPDX-License-Identifier: Apache-2.0
"""Instructions of a schedule: what happens on frames."""

from __future__ import annotations

from enum import StrEnum

import attrs

from .frame import Frame
from .value import Value
from .waveform import Waveform


@attrs.frozen(slots=True)
class Play:
    """Emit one waveform on one frame; the frame's clock goes on by its duration."""

    frame: Frame
    waveform: Waveform


class CaptureKind(StrEnum):
    """What a capture gives; the numbers of OpenPulse's ``capture_v0`` to ``capture_v4``."""

    NOTHING = "v0"
    IQ = "v1"
    BIT = "v2"
    RAW = "v3"
    COUNT = "v4"


@attrs.frozen(slots=True)
class Capture:
    """Record from one frame's port; the frame's clock goes on by the duration.

    Attributes:
        frame: Whose port, and the phase that the record is demodulated with.
        duration_s: How long.
        kernel: What the record is multiplied with and summed over; its duration is the capture's.
            ``None`` where the kind needs none.
        kind: What it gives.
        slot: Which bit of the gate's result it gives, from 0; ``None`` if it gives none.
    """

    frame: Frame
    duration_s: Value
    kernel: Waveform | None = attrs.field(default=None, kw_only=True)
    kind: CaptureKind = attrs.field(default=CaptureKind.BIT, kw_only=True, converter=CaptureKind)
    slot: int | None = attrs.field(default=0, kw_only=True)


@attrs.frozen(slots=True)
class Delay:
    """Let time pass on frames."""

    duration_s: Value
    frames: tuple[Frame, ...] = attrs.field(converter=tuple)


@attrs.frozen(slots=True)
class ShiftPhase:
    """Add to a frame's phase; takes no time."""

    frame: Frame
    phase_rad: Value


@attrs.frozen(slots=True)
class SetPhase:
    """Set a frame's phase; takes no time."""

    frame: Frame
    phase_rad: Value


@attrs.frozen(slots=True)
class ShiftFrequency:
    """Add to a frame's frequency, the phase being continuous; takes no time."""

    frame: Frame
    frequency_hz: Value


@attrs.frozen(slots=True)
class SetFrequency:
    """Set a frame's frequency, the phase being continuous; takes no time."""

    frame: Frame
    frequency_hz: Value


@attrs.frozen(slots=True)
class Barrier:
    """Bring the clocks of frames to the latest of them."""

    frames: tuple[Frame, ...] = attrs.field(converter=tuple)


Instruction = Play | Capture | Delay | ShiftPhase | SetPhase | ShiftFrequency | SetFrequency | Barrier


def frames_of(instruction: Instruction) -> tuple[Frame, ...]:
    """The frames that an instruction is about."""
    if isinstance(instruction, Delay | Barrier):
        return instruction.frames
    return (instruction.frame,)
