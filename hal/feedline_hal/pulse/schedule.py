# SPDX-License-Identifier: Apache-2.0
"""Schedules: instructions and how they are aligned in time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import attrs

from .instruction import Instruction
from .value import Value

if TYPE_CHECKING:
    from qiskit.circuit import Parameter

Ticks = Callable[[Value, str], int]
"""Turns a duration in seconds into ticks of the grid; the text names it in errors."""


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


@attrs.frozen(slots=True)
class Placed:
    """An instruction and when it begins, in ticks from the start of the schedule."""

    start_ticks: int
    duration_ticks: int
    instruction: Instruction


@attrs.frozen(slots=True)
class Schedule:
    """Instructions and schedules in it, aligned; a value like any other.

    Attributes:
        items: In order; a schedule among them is placed as a whole.
        alignment: See `Alignment`.
        name: For pictures and errors.
    """

    items: tuple[Instruction | Schedule, ...] = attrs.field(default=(), converter=tuple)
    alignment: Alignment = attrs.field(default=Alignment.LEFT, kw_only=True, converter=Alignment)
    name: str = attrs.field(default="", kw_only=True, eq=False)

    @classmethod
    def left(cls, *items: Instruction | Schedule, name: str = "") -> Schedule:
        """Items as early as their frames allow, as in OpenPulse text."""
        return cls(items, name=name)

    @property
    def free(self) -> frozenset[Parameter]:
        """Parameters that it still depends on."""
        raise NotImplementedError

    def bind(self, values: Mapping[Parameter, Any]) -> Schedule:
        """The schedule with parameters replaced by numbers or expressions."""
        raise NotImplementedError

    def instructions(self) -> Iterable[Instruction]:
        """All instructions, those of inner schedules included, in order."""
        raise NotImplementedError

    def place(self, ticks: Ticks) -> tuple[tuple[Placed, ...], int]:
        """When everything happens, in order of the text, and how many ticks the whole lasts.

        Args:
            ticks: Turns seconds into ticks, or refuses (see `feedline_hal.grid.Grid.ticks`).
        """
        raise NotImplementedError
