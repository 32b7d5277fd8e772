# SPDX-License-Identifier: Apache-2.0
"""Schedules: instructions and how they are aligned in time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, cast

import attrs

from feedline_hal.errors import PulseError

from .binding import parameters_in, with_values
from .frame import Frame
from .instruction import Instruction, frames_of
from .nesting import check_nesting
from .placement import Placed, Ticks, place, unique
from .value import number

if TYPE_CHECKING:
    from qiskit.circuit import Parameter

__all__ = ["Alignment", "Placed", "Schedule", "Ticks"]


class Alignment(StrEnum):
    """How the items of a schedule lie in time.

    LEFT: each frame goes on as soon as it can (OpenPulse's own rule). RIGHT: as late as possible, all
    ending together. SEQUENTIAL: an item begins when all earlier ones have ended, whatever their frames.
    PARALLEL: all items begin together.
    """

    LEFT = "left"
    RIGHT = "right"
    SEQUENTIAL = "sequential"
    PARALLEL = "parallel"

    @classmethod
    def _missing_(cls, value: object) -> Alignment:
        raise PulseError(f"Schedule: alignment is {value!r}.", remedy=f"Give one of {', '.join(cls)}.")


def _items(value: Iterable[Instruction | Schedule]) -> tuple[Instruction | Schedule, ...]:
    items = tuple(value) if isinstance(value, Iterable) else (value,)
    for item in items:
        if not isinstance(item, Instruction | Schedule):
            raise PulseError(
                f"Schedule: {item!r} is neither an instruction nor a schedule.",
                remedy="Give Play, Capture, Delay, Barrier, phase and frequency changes, or a Schedule.",
            )
    return items


@attrs.frozen(slots=True, cache_hash=True, repr=False)
class Schedule:
    """Instructions and schedules in it, aligned; a value like any other.

    ``schedule + item`` is the schedule with one more item at its end; a schedule is added as a whole.

    Attributes:
        items: In order; a schedule among them is placed as a whole: it begins at the latest clock of all its
            frames, and all of them go on from its end.
        alignment: See `Alignment`.
        name: For pictures and errors.
    """

    items: tuple[Instruction | Schedule, ...] = attrs.field(default=(), converter=_items)
    alignment: Alignment = attrs.field(default=Alignment.LEFT, kw_only=True, converter=Alignment)
    name: str = attrs.field(default="", kw_only=True, eq=False)

    def __attrs_post_init__(self) -> None:
        check_nesting(
            "Schedule", self, lambda schedule: [item for item in schedule.items if isinstance(item, Schedule)]
        )

    @classmethod
    def left(cls, *items: Instruction | Schedule, name: str = "") -> Schedule:
        """Items as early as their frames allow, as in OpenPulse text."""
        return cls(items, name=name)

    @classmethod
    def right(cls, *items: Instruction | Schedule, name: str = "") -> Schedule:
        """Items as late as their frames allow, all ending together."""
        return cls(items, alignment=Alignment.RIGHT, name=name)

    @classmethod
    def sequential(cls, *items: Instruction | Schedule, name: str = "") -> Schedule:
        """One item after another, whatever their frames."""
        return cls(items, alignment=Alignment.SEQUENTIAL, name=name)

    @classmethod
    def parallel(cls, *items: Instruction | Schedule, name: str = "") -> Schedule:
        """All items beginning together; no two of them on one frame."""
        return cls(items, alignment=Alignment.PARALLEL, name=name)

    def __add__(self, item: Instruction | Schedule) -> Schedule:
        if not isinstance(item, Instruction | Schedule):
            return NotImplemented
        return attrs.evolve(self, items=(*self.items, item))

    def __repr__(self) -> str:
        frames = ", ".join(dict.fromkeys(frame.name for item in self.instructions() for frame in frames_of(item)))
        name = f"'{self.name}' " if self.name else ""
        items = "1 item" if len(self.items) == 1 else f"{len(self.items)} items"
        return f"<Schedule {name}{self.alignment}: {items} on {frames or 'no frame'}>"

    @property
    def free(self) -> frozenset[Parameter]:
        """Parameters that it still depends on."""
        return frozenset[Any]().union(*(parameters_in(item) for item in self.instructions()))

    def bind(self, values: Mapping[Parameter, Any]) -> Schedule:
        """The schedule with parameters replaced by numbers or expressions."""
        items = tuple(
            item.bind(values) if isinstance(item, Schedule) else with_values(item, values) for item in self.items
        )
        is_same = all(new is old for new, old in zip(items, self.items, strict=True))
        return self if is_same else attrs.evolve(self, items=items)

    def instructions(self) -> Iterator[Instruction]:
        """All instructions, those of inner schedules included, in order."""
        for item in self.items:
            if isinstance(item, Schedule):
                yield from item.instructions()
            else:
                yield item

    def frames(self) -> tuple[Frame, ...]:
        """The frames that it is about, each once, in order."""
        return unique(frame for item in self.instructions() for frame in frames_of(item))

    @property
    def duration_s(self) -> float:
        """How long it lasts in seconds, before any rounding to a grid.

        Raises:
            PulseError: If a duration depends on parameters.
        """
        return float(place(self, cast("Ticks", number))[1])

    def duration(self, ticks: Ticks) -> int:
        """How long it lasts in ticks of a grid; see `place`."""
        return place(self, ticks)[1]

    def place(self, ticks: Ticks) -> tuple[tuple[Placed, ...], int]:
        """When everything happens, in order of the text, and how many ticks the whole lasts.

        Args:
            ticks: Turns seconds into ticks, or refuses (see `feedline_hal.grid.Grid.ticks`).

        Raises:
            GridError: If a duration is off the grid.
            PulseError: If a duration depends on parameters, two frames share a name, or two items of a
                parallel schedule a frame.
        """
        return place(self, ticks)

    def draw(self, *arguments: Any, **options: Any) -> Any:
        """Draw it; see `feedline_hal.drawing.schedule_picture.draw`."""
        from importlib import import_module

        return import_module("feedline_hal.drawing.schedule_picture").draw(self, *arguments, **options)
