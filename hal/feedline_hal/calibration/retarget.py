# SPDX-License-Identifier: Apache-2.0
"""Schedules with other frames and ports of the same names in them."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from feedline_hal.pulse.frame import Frame
from feedline_hal.pulse.instruction import Barrier, Delay, Instruction, frames_of
from feedline_hal.pulse.port import Port
from feedline_hal.pulse.schedule import Schedule

from .calibration import Calibration


def frames_on(frames: Mapping[str, Frame], ports: Mapping[str, Port]) -> dict[str, Frame]:
    """Frames, each on the port of its port's name if there is one."""
    return {name: _frame_on(frame, ports.get(frame.port.name, frame.port)) for name, frame in frames.items()}


def calibration_on(calibration: Calibration, frames: Mapping[str, Frame]) -> Calibration:
    """The calibration with frames replaced by those of the same name; itself if that changes nothing."""
    schedule = schedule_on(calibration.schedule, frames)
    return calibration if schedule is calibration.schedule else attrs.evolve(calibration, schedule=schedule)


def schedule_on(schedule: Schedule, frames: Mapping[str, Frame]) -> Schedule:
    """The schedule with frames replaced by those of the same name; itself if that changes nothing."""
    items = tuple(
        schedule_on(item, frames) if isinstance(item, Schedule) else _instruction_on(item, frames)
        for item in schedule.items
    )
    if all(new is old for new, old in zip(items, schedule.items, strict=True)):
        return schedule
    return attrs.evolve(schedule, items=items)


def _frame_on(frame: Frame, port: Port) -> Frame:
    return frame if frame.port == port else attrs.evolve(frame, port=port)


def _instruction_on(instruction: Instruction, frames: Mapping[str, Frame]) -> Instruction:
    old = frames_of(instruction)
    new = tuple(frames.get(frame.name, frame) for frame in old)
    if new == old:
        return instruction
    if isinstance(instruction, Delay | Barrier):
        return attrs.evolve(instruction, frames=new)
    return attrs.evolve(instruction, frame=new[0])
