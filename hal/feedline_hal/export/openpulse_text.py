# SPDX-License-Identifier: Apache-2.0
"""The port level as OpenPulse text: the whole program as one calibration, which reads as a pulse gate."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import numpy as np

from feedline_hal.calibration.calibration import Calibration
from feedline_hal.calibration.calibration_set import CalibrationSet
from feedline_hal.lowering.port_program import Block, PortProgram
from feedline_hal.pulse.frame import Frame
from feedline_hal.pulse.instruction import (
    Capture,
    CaptureKind,
    Delay,
    Instruction,
    Play,
    SetFrequency,
    SetPhase,
    ShiftFrequency,
    ShiftPhase,
)
from feedline_hal.pulse.schedule import Schedule
from feedline_hal.pulse.waveform import Waveform

from .only_block import only_block
from .point import Values, point_of
from .table import Row, rows

_CHANGES: Mapping[str, Any] = {
    "shift_phase": ShiftPhase,
    "set_phase": SetPhase,
    "shift_frequency": ShiftFrequency,
    "set_frequency": SetFrequency,
}


def to_openpulse(program: PortProgram, values: Values | None = None) -> str:
    """Write a program as OpenQASM 3 text with one ``cal`` block and one ``defcal`` named ``program_NAME``.

    Ports, frames and waveforms stand in the ``cal`` block; the body has every play, capture and phase or
    frequency change, with delays that put each at its time. The text reads again with
    `CalibrationSet.from_openpulse`: attached to a backend, it is a pulse gate on the program's qubits that
    returns the program's classical bits.

    Args:
        program: Without control flow.
        values: Its parameters by name or in order.

    Raises:
        PulseError: If a parameter has no value, or the program has control flow.
        OpenPulseError: If a name is none of the language.
    """
    return calibrations_of(program, values).to_openpulse()


def calibrations_of(program: PortProgram, values: Values | None = None) -> CalibrationSet:
    """The program as a calibration set with one calibration; see `to_openpulse`."""
    block = only_block(program, "OpenPulse text")
    table = rows(program, point_of(program, values))
    used = {row["frame"] for row in table}
    frames = {frame.name: frame for frame in program.frames if frame.name in used}
    bits = block.captures.clbit[block.captures.kind == _BIT]
    calibration = Calibration(
        gate="program_" + re.sub(r"\W", "_", program.name),
        qubits=tuple(sorted({qubit for source in block.sources for qubit in source.qubits})),
        schedule=Schedule.left(*_instructions(program, block, table, values, frames=frames)),
        num_bits=int(bits.max(initial=-1)) + 1,
    )
    ports = {frame.port.name: frame.port for frame in frames.values()}
    return CalibrationSet(ports=ports, frames=frames, calibrations=(calibration,))


_BIT = 2


def _instructions(
    program: PortProgram, block: Block, table: list[Row], values: Values | None, *, frames: Mapping[str, Frame]
) -> Iterator[Instruction]:
    """Everything in order of time, a delay before whatever does not follow at once."""
    point = dict(zip(program.vector.parameters, map(float, point_of(program, values)), strict=True))
    waveforms = [waveform.bind(point) for waveform in program.waveforms]
    clocks = dict.fromkeys(frames, 0)
    for row in table:
        frame, name = frames[row["frame"]], row["frame"]
        start, length = (int(np.round(row[key] / 1e9 / program.dt_s)) for key in ("start_ns", "duration_ns"))
        if start > clocks[name]:
            yield Delay(_seconds(program, start - clocks[name]), (frame,))
        clocks[name] = start + length
        yield _instruction(row, frame, waveforms)
    for name, clock in clocks.items():
        if clock < block.duration_ticks:  # all end together, so that the gate is as long as the program
            yield Delay(_seconds(program, block.duration_ticks - clock), (frames[name],))


def _seconds(program: PortProgram, ticks: int) -> float:
    """Ticks as seconds without the dust of floating point: 192 ns, not 192.00000000000003 ns."""
    return round(ticks * program.dt_s * 1e9, 6) / 1e9


def _instruction(row: Row, frame: Frame, waveforms: list[Waveform]) -> Instruction:
    if row["kind"] == "play":
        return Play(frame, attrs.evolve(waveforms[row["waveform_index"]], amplitude=row["amplitude"]))
    if row["kind"] == "capture":
        kind = CaptureKind(row["mode"].removeprefix("capture_"))
        kernel = waveforms[row["waveform_index"]] if row["waveform_index"] >= 0 else None
        slot = row["bit_index"] if kind is CaptureKind.BIT and row["bit_index"] >= 0 else None
        return Capture(frame, row["duration_ns"] / 1e9, kernel=kernel, kind=kind, slot=slot)
    change: Instruction = _CHANGES[row["kind"]](frame, row["value"])
    return change
