# SPDX-License-Identifier: Apache-2.0
"""Instructions as statements."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import attrs

from feedline_hal.errors import OpenPulseError
from feedline_hal.pulse.instruction import (
    Barrier,
    Capture,
    CaptureKind,
    Delay,
    Instruction,
    Play,
    SetFrequency,
    SetPhase,
    ShiftPhase,
)

from .identifier import fresh_name
from .value_text import Formal
from .waveform_text import WaveformText


@attrs.frozen(slots=True)
class Bits:
    """The variable that holds what a calibration returns.

    Attributes:
        name: Its name.
        count: How many bits; 0 for no variable.
    """

    name: str
    count: int

    @classmethod
    def of(cls, items: Iterable[Instruction], count: int, label: str, taken: Collection[str]) -> Bits:
        """The variable for a calibration's captures.

        Raises:
            OpenPulseError: If a bit of the result is no discriminated bit.
        """
        for item in items:
            if isinstance(item, Capture) and item.slot is not None and item.kind is not CaptureKind.BIT:
                raise OpenPulseError(
                    f"{label}: bit {item.slot} comes from a capture of kind {item.kind.name}, which gives no bit.",
                    remedy="Capture kind BIT, or slot=None; kernelled data of any capture comes with meas_level 1.",
                )
        return cls(fresh_name("b", taken), count)

    def declaration(self) -> list[str]:
        """Its declaration, where it needs one."""
        return [f"bit[{self.count}] {self.name};"] if self.count > 1 else []

    def target(self, slot: int | None) -> str:
        """What stands before a capture."""
        if slot is None:
            return ""
        return f"bit {self.name} = " if self.count == 1 else f"{self.name}[{slot}] = "

    def result(self) -> list[str]:
        """The last statement."""
        return [f"return {self.name};"] if self.count else []


def instruction_text(item: Instruction, formal: Formal, waveforms: WaveformText, bits: Bits) -> str:
    """One statement.

    Args:
        item: The instruction.
        formal: How parameters are written.
        waveforms: Writes waveforms.
        bits: The variable for what is captured.
    """
    if isinstance(item, Play):
        return f"play({item.frame.name}, {waveforms.waveform(item.waveform, formal)});"
    if isinstance(item, Capture):
        return f"{bits.target(item.slot)}{_capture(item, formal, waveforms)};"
    if isinstance(item, Delay | Barrier):
        frames = ", ".join(frame.name for frame in item.frames)
        word = f"delay[{formal.duration(item.duration_s)}]" if isinstance(item, Delay) else "barrier"
        return f"{word} {frames};"
    if isinstance(item, SetPhase | ShiftPhase):
        word = "set_phase" if isinstance(item, SetPhase) else "shift_phase"
        return f"{word}({item.frame.name}, {formal.number(item.phase_rad)});"
    word = "set_frequency" if isinstance(item, SetFrequency) else "shift_frequency"
    return f"{word}({item.frame.name}, {formal.number(item.frequency_hz)});"


def _capture(item: Capture, formal: Formal, waveforms: WaveformText) -> str:
    name = waveforms.capture(f"capture_{item.kind}")
    if item.kernel is not None:
        return f"{name}({item.frame.name}, {waveforms.waveform(item.kernel, formal)})"
    if item.kind is CaptureKind.NOTHING and item.duration_s == 0.0:
        return f"{name}({item.frame.name})"
    return f"{name}({item.frame.name}, {formal.duration(item.duration_s)})"
