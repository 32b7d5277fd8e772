# SPDX-License-Identifier: Apache-2.0
"""Schedules as OpenPulse has them: one list of instructions, each frame going on as soon as it can.

Inner schedules and alignments become barriers, which hold for durations that depend on parameters too; only
alignment to the right needs numbers, for it counts from the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, cast

from feedline_hal.errors import OpenPulseError, PulseError
from feedline_hal.pulse.frame import Frame
from feedline_hal.pulse.instruction import Barrier, Delay, Instruction, frames_of
from feedline_hal.pulse.placement import Ticks
from feedline_hal.pulse.schedule import Alignment, Schedule
from feedline_hal.pulse.value import Value, number


def flat(schedule: Schedule, label: str) -> list[Instruction]:
    """The instructions of a schedule so that, aligned to the left, all begin when they did.

    Args:
        schedule: The schedule.
        label: Names it in errors.

    Raises:
        OpenPulseError: If something is aligned to the right whose duration depends on parameters.
    """
    return list(_inside(schedule, label))


def _inside(schedule: Schedule, label: str) -> Iterator[Instruction]:
    """What is in a schedule whose frames all begin at once."""
    if schedule.alignment is Alignment.RIGHT and len(schedule.frames()) > 1:
        yield from _from_the_end(schedule, label)
        return
    frames = schedule.frames()
    is_sequential = schedule.alignment is Alignment.SEQUENTIAL
    is_parallel = schedule.alignment is Alignment.PARALLEL
    for index, item in enumerate(schedule.items):
        if is_sequential and index:
            yield from _together(frames)
        if is_parallel and isinstance(item, Barrier):
            continue  # all begin together anyway
        if isinstance(item, Schedule) and not (is_sequential or is_parallel):
            yield from _together(item.frames())
            yield from _inside(item, label)
            yield from _together(item.frames())
        elif isinstance(item, Schedule):
            yield from _inside(item, label)
        else:
            yield item


def _from_the_end(schedule: Schedule, label: str) -> Iterator[Instruction]:
    """Delays before each instruction, so that it begins when it must."""
    try:
        placed, _total = schedule.place(cast("Ticks", _exact))
    except PulseError as error:
        raise OpenPulseError(
            f"{label}: a schedule that is aligned to the right cannot be written: {error.what}",
            remedy="Align it to the left, or bind the parameters that durations depend on.",
        ) from None
    clocks: dict[str, Any] = {}
    for entry in placed:
        if isinstance(entry.instruction, Barrier):
            continue  # the delays say it all
        frames = frames_of(entry.instruction)
        for frame in frames:
            wait = entry.start_ticks - clocks.get(frame.name, 0)
            if wait:
                yield Delay(float(wait), (frame,))
            clocks[frame.name] = entry.start_ticks + entry.duration_ticks
        yield entry.instruction


def _exact(duration_s: Value, what: str) -> Fraction:
    """Seconds as the decimal fraction that is written, so that sums of nanoseconds stay nanoseconds."""
    return Fraction(repr(number(duration_s, what)))


def _together(frames: tuple[Frame, ...]) -> Iterator[Instruction]:
    if len(frames) > 1:
        yield Barrier(frames)
