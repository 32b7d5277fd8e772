# SPDX-License-Identifier: Apache-2.0
"""When the instructions of a schedule happen: the clocks of frames."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

import attrs

from feedline_hal.errors import PulseError

from .frame import Frame
from .instruction import Barrier, Instruction, duration_of, frames_of
from .value import Value

if TYPE_CHECKING:
    from .schedule import Schedule

Ticks = Callable[[Value, str], int]
"""Turns a duration in seconds into ticks of the grid; the text names it in errors."""


@attrs.frozen(slots=True)
class Placed:
    """An instruction and when it begins, in ticks from the start of the schedule."""

    start_ticks: int
    duration_ticks: int
    instruction: Instruction


@attrs.define(slots=True)
class _Laid:
    """An item once its duration is known; ``start`` counts from the start of the schedule that it is in."""

    item: Instruction | None
    frames: tuple[Frame, ...]
    duration: int
    inner: list[_Laid]
    start: int = 0


def place(schedule: Schedule, ticks: Ticks) -> tuple[tuple[Placed, ...], int]:
    """When everything happens, in order of the text, and how many ticks the whole lasts."""
    laid = _lay(schedule, ticks)
    return tuple(_flat(laid.inner, 0)), laid.duration


def unique(frames: Iterable[Frame]) -> tuple[Frame, ...]:
    """Each frame once, in order.

    Raises:
        PulseError: If two different frames have one name.
    """
    found: dict[str, Frame] = {}
    for frame in frames:
        first = found.setdefault(frame.name, frame)
        if first is not frame and first != frame:
            raise PulseError(
                f"Two different frames are called '{frame.name}'.",
                remedy="Use one Frame object, or give them names of their own.",
            )
    return tuple(found.values())


def _lay(schedule: Schedule, ticks: Ticks) -> _Laid:
    inner = [_lay_item(item, ticks) for item in schedule.items]
    frames = unique(frame for laid in inner for frame in laid.frames)
    return _Laid(None, frames, _ALIGN[schedule.alignment](inner), inner)


def _lay_item(item: Instruction | Schedule, ticks: Ticks) -> _Laid:
    from .schedule import Schedule

    if isinstance(item, Schedule):
        return _lay(item, ticks)
    frames = frames_of(item)
    names = ", ".join(frame.name for frame in frames)
    return _Laid(item, frames, ticks(duration_of(item), f"{type(item).__name__} on '{names}'"), [])


def _flat(laid: list[_Laid], offset: int) -> Iterator[Placed]:
    for entry in laid:
        if entry.item is None:
            yield from _flat(entry.inner, offset + entry.start)
        else:
            yield Placed(offset + entry.start, entry.duration, entry.item)


def _left(items: Iterable[_Laid]) -> int:
    clocks: dict[str, int] = {}
    for laid in items:
        laid.start = max((clocks.get(frame.name, 0) for frame in laid.frames), default=0)
        clocks.update((frame.name, laid.start + laid.duration) for frame in laid.frames)
    return max(clocks.values(), default=0)


def _right(items: list[_Laid]) -> int:
    # Backwards in time and order, every frame goes on as soon as it can.
    total = _left(reversed(items))
    for laid in items:
        laid.start = total - laid.start - laid.duration
    return total


def _sequential(items: list[_Laid]) -> int:
    now = 0
    for laid in items:
        laid.start = now
        now += laid.duration
    return now


def _parallel(items: list[_Laid]) -> int:
    busy: set[str] = set()
    for laid in items:
        names = {frame.name for frame in laid.frames}
        if not isinstance(laid.item, Barrier) and names & busy:
            raise PulseError(
                f"Frame '{min(names & busy)}' is in two items of a parallel schedule, which begin together.",
                remedy="Put what follows each other on one frame into a schedule of its own: Schedule.left(...).",
            )
        busy |= names if laid.duration else set()
    return max((laid.duration for laid in items), default=0)


_ALIGN = {"left": _left, "right": _right, "sequential": _sequential, "parallel": _parallel}
