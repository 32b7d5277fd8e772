# SPDX-License-Identifier: Apache-2.0
"""Instructions of a schedule: what happens on frames."""

from __future__ import annotations

import math
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import attrs

from feedline_hal.errors import PulseError

from .frame import Frame
from .value import Value, check_duration, check_value, settle
from .waveform import Waveform


def _frames(value: Frame | Iterable[Frame]) -> tuple[Frame, ...]:
    return tuple(value) if isinstance(value, Iterable) else (value,)  # what is no frame is refused later, by name


def _check_frames(what: str, frames: Iterable[Any]) -> None:
    for frame in frames:
        if not isinstance(frame, Frame):
            raise PulseError(f"{what}: {frame!r} is no Frame.", remedy="Give the Frame itself, not its name or port.")


@attrs.frozen(slots=True, cache_hash=True)
class Play:
    """Emit one waveform on one frame; the frame's clock goes on by its duration."""

    frame: Frame
    waveform: Waveform

    def __attrs_post_init__(self) -> None:
        _check_frames("Play", (self.frame,))
        if not isinstance(self.waveform, Waveform):
            raise PulseError(
                f"Play on '{self.frame.name}': {self.waveform!r} is no Waveform.",
                remedy="Make one: Waveform.constant(duration_s, amplitude), or Waveform.sampled(samples, rate_hz=...).",
            )


class CaptureKind(StrEnum):
    """What a capture gives; the numbers of OpenPulse's ``capture_v0`` to ``capture_v4``."""

    NOTHING = "v0"
    IQ = "v1"
    BIT = "v2"
    RAW = "v3"
    COUNT = "v4"

    @classmethod
    def _missing_(cls, value: object) -> CaptureKind:
        known = ", ".join(f"'{kind}' ({kind.name})" for kind in cls)
        raise PulseError(f"Capture: kind is {value!r}.", remedy=f"Give one of {known}.")


@attrs.frozen(slots=True, cache_hash=True)
class Capture:
    """Record from one frame's port; the frame's clock goes on by the duration.

    Attributes:
        frame: Whose port, and the phase that the record is demodulated with.
        duration_s: How long.
        kernel: What the record is multiplied with and summed over; its duration is the capture's.
            ``None`` where the kind needs none: IQ and BIT need one, the others take none.
        kind: What it gives.
        slot: Which bit of the gate's result it gives, from 0; ``None`` if it gives none.

    Raises:
        PulseError: If the kernel is missing, not asked for, or of another duration.
    """

    frame: Frame
    duration_s: Value
    kernel: Waveform | None = attrs.field(default=None, kw_only=True)
    kind: CaptureKind = attrs.field(default=CaptureKind.BIT, kw_only=True, converter=CaptureKind)
    slot: int | None = attrs.field(default=0, kw_only=True)

    def __attrs_post_init__(self) -> None:
        _check_frames("Capture", (self.frame,))
        what = f"Capture on '{self.frame.name}'"
        settle(self, duration_s=check_duration(f"{what}: duration_s", self.duration_s))
        if self.slot is not None and (type(self.slot) is not int or self.slot < 0):
            raise PulseError(f"{what}: slot is {self.slot!r}.", remedy="Give the number of a bit, from 0, or None.")
        if self.kind in (CaptureKind.IQ, CaptureKind.BIT):
            self._check_kernel(what)
        elif self.kernel is not None:
            raise PulseError(
                f"{what}: a capture of kind '{self.kind}' ({self.kind.name}) takes no kernel, but has one.",
                remedy="Leave the kernel out, or capture 'v1' (IQ) or 'v2' (BIT).",
            )

    def _check_kernel(self, what: str) -> None:
        if not isinstance(self.kernel, Waveform):
            given = "no kernel" if self.kernel is None else f"{self.kernel!r} for a kernel"
            raise PulseError(
                f"{what}: a capture of kind '{self.kind}' ({self.kind.name}) has {given}.",
                remedy="Give kernel=Waveform.constant(duration_s), or capture 'v3' (RAW).",
            )
        asked, has = self.duration_s, self.kernel.duration_s
        if isinstance(asked, float) and isinstance(has, float) and not math.isclose(asked, has, rel_tol=1e-9):
            raise PulseError(
                f"{what} lasts {asked * 1e9:.10g} ns, its kernel {has * 1e9:.10g} ns.",
                remedy="Give both the same duration.",
            )


@attrs.frozen(slots=True, cache_hash=True)
class Delay:
    """Let time pass on frames; several are first brought to the latest of their clocks, as by a barrier."""

    duration_s: Value
    frames: tuple[Frame, ...] = attrs.field(converter=_frames)

    def __attrs_post_init__(self) -> None:
        _check_frames("Delay", self.frames)
        _check_some("Delay", self.frames)
        names = ", ".join(frame.name for frame in self.frames)
        settle(self, duration_s=check_duration(f"Delay on '{names}': duration_s", self.duration_s))


@attrs.frozen(slots=True, cache_hash=True)
class _PhaseChange:
    frame: Frame
    phase_rad: Value

    def __attrs_post_init__(self) -> None:
        what = type(self).__name__
        _check_frames(what, (self.frame,))
        settle(self, phase_rad=check_value(f"{what} on '{self.frame.name}': phase_rad", self.phase_rad, unit="radians"))


@attrs.frozen(slots=True, cache_hash=True)
class _FrequencyChange:
    frame: Frame
    frequency_hz: Value

    def __attrs_post_init__(self) -> None:
        what = type(self).__name__
        _check_frames(what, (self.frame,))
        name = f"{what} on '{self.frame.name}': frequency_hz"
        settle(self, frequency_hz=check_value(name, self.frequency_hz, unit="Hz"))


@attrs.frozen(slots=True, cache_hash=True)
class ShiftPhase(_PhaseChange):
    """Add to a frame's phase; takes no time."""


@attrs.frozen(slots=True, cache_hash=True)
class SetPhase(_PhaseChange):
    """Set a frame's phase; takes no time."""


@attrs.frozen(slots=True, cache_hash=True)
class ShiftFrequency(_FrequencyChange):
    """Add to a frame's frequency, the phase being continuous; takes no time."""


@attrs.frozen(slots=True, cache_hash=True)
class SetFrequency(_FrequencyChange):
    """Set a frame's frequency, the phase being continuous; takes no time."""


@attrs.frozen(slots=True, cache_hash=True)
class Barrier:
    """Bring the clocks of frames to the latest of them."""

    frames: tuple[Frame, ...] = attrs.field(converter=_frames)

    def __attrs_post_init__(self) -> None:
        _check_frames("Barrier", self.frames)
        _check_some("Barrier", self.frames)


def _check_some(what: str, frames: tuple[Frame, ...]) -> None:
    if not frames:
        raise PulseError(f"{what} names no frame.", remedy="Give the frames that it is for.")


Instruction = Play | Capture | Delay | ShiftPhase | SetPhase | ShiftFrequency | SetFrequency | Barrier


def frames_of(instruction: Instruction) -> tuple[Frame, ...]:
    """The frames that an instruction is about."""
    if isinstance(instruction, Delay | Barrier):
        return instruction.frames
    return (instruction.frame,)


def duration_of(instruction: Instruction) -> Value:
    """How long an instruction lasts, in seconds; changes and barriers take no time."""
    if isinstance(instruction, Play):
        return instruction.waveform.duration_s
    if isinstance(instruction, Capture | Delay):
        return instruction.duration_s
    return 0.0
