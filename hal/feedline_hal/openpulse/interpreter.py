# SPDX-License-Identifier: Apache-2.0
"""The meaning of calibration text: what it declares, and what its statements play.

One interpreter reads one text, statement by statement, in order. `feedline_hal.openpulse.reader` feeds it
texts of calibrations, `feedline_hal.program` whole programs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import attrs

from feedline_hal.calibration.calibration import Calibration
from feedline_hal.calibration.calibration_set import CalibrationSet
from feedline_hal.pulse.frame import Frame
from feedline_hal.pulse.port import Port
from feedline_hal.pulse.schedule import Schedule

from .kind import Kind, Typed


@attrs.frozen(kw_only=True, slots=True)
class Block:
    """What the statements of a ``cal`` block do.

    Attributes:
        schedule: The instructions, aligned to the left; empty if the block only declares. Its captures that
            a variable holds have the slots 0, 1, ... in order of capture.
        bits: Bit variables that hold captured bits, by name: the slot of each bit, ``None`` for a bit that
            holds a constant.
    """

    schedule: Schedule
    bits: Mapping[str, tuple[int | None, ...]]


class Interpreter:
    """Symbols, ports, frames and calibrations of one text.

    Args:
        dt_s: What ``dt`` stands for, in seconds; without, the unit is refused.
        ports: The device's ports, which the text's ports must be; ``None`` if the text may declare any.

    Attributes:
        ports, frames: Declared so far, by name.
        calibrations: Defined so far.
    """

    ports: dict[str, Port]
    frames: dict[str, Frame]
    calibrations: list[Calibration]

    def __init__(self, *, dt_s: float | None = None, ports: Iterable[Port] | None = None) -> None:
        raise NotImplementedError

    def declare(self, statement: Any) -> None:
        """Take one statement of the top level that declares: ``cal``, ``defcal``, ``const``, ``extern``, ...

        Args:
            statement: A node of the tree from `feedline_hal.openpulse.syntax.parse`.

        Raises:
            OpenPulseError: If it is wrong, or is none of these, or if a ``cal`` block plays something.
        """
        raise NotImplementedError

    def run(self, statements: Sequence[Any]) -> Block:
        """Carry out the statements of a ``cal`` block of a whole program, or classical statements beside it.

        What they declare stays declared in the current scope.

        Raises:
            OpenPulseError: If one is wrong, or depends on what is only known when the program runs.
        """
        raise NotImplementedError

    def evaluate(self, expression: Any) -> Typed:
        """The value and kind of an expression in the current scope."""
        raise NotImplementedError

    def assign(self, name: str, kind: Kind, value: Any) -> None:
        """Declare a variable in the current scope, or overwrite it: what an unrolled loop of a program needs."""
        raise NotImplementedError

    @contextmanager
    def scope(self) -> Iterator[None]:
        """A scope inside the current one; what is declared in it is forgotten after."""
        raise NotImplementedError
        yield

    def calibration_set(self) -> CalibrationSet:
        """Ports, frames and calibrations so far."""
        raise NotImplementedError
