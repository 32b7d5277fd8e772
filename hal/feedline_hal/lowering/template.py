# SPDX-License-Identifier: Apache-2.0
"""Templates: one gate's schedule on the device's grid, every value an affine function of its arguments."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import attrs
from qiskit.circuit import Parameter

from feedline_hal.errors import CalibrationError, GridError, LimitError, PulseError
from feedline_hal.grid import Grid
from feedline_hal.pulse.frame import Frame
from feedline_hal.pulse.instruction import (
    Capture,
    Delay,
    Play,
    SetFrequency,
    SetPhase,
    ShiftFrequency,
    ShiftPhase,
    frames_of,
)
from feedline_hal.pulse.port import Port
from feedline_hal.pulse.schedule import Placed, Schedule
from feedline_hal.pulse.value import Value, parameters_of

from .isa import DELAY, Use

_CHANGES = (ShiftPhase, SetPhase, ShiftFrequency, SetFrequency)
CHANGE_KINDS: Mapping[type, int] = {kind: number for number, kind in enumerate(_CHANGES)}


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Template:
    """A gate on the grid.

    Attributes:
        use: What it is of.
        formals: Names that its values depend on, in the order of the gate's arguments; ``None`` for literals.
        duration_ticks: How long it lasts.
        step_ticks: It begins at multiples of this.
        events: Plays, captures and changes, in the order of the text.
        ports: Names of the ports that it plays or captures on.
    """

    use: Use
    formals: tuple[Parameter | None, ...]
    duration_ticks: int
    step_ticks: int
    events: tuple[Placed, ...]
    ports: frozenset[str]


def timing_parameters(use: Use) -> frozenset[Parameter]:
    """Formal arguments that the timing of a use depends on; they must be numbers when it is placed."""
    if use.schedule is None:
        return frozenset()
    found: frozenset[Parameter] = frozenset()
    for instruction in use.schedule.instructions():
        if isinstance(instruction, Play):
            found |= parameters_of(instruction.waveform.duration_s)
        elif isinstance(instruction, Capture | Delay):
            found |= parameters_of(instruction.duration_s)
    return found


def make_template(
    use: Use, grid: Grid, ports: Mapping[str, Port], *, bound: Mapping[Parameter, float] | None = None
) -> Template:
    """Place a use's schedule on the grid.

    Args:
        use: A gate or pulse box.
        grid: The device's.
        ports: The device's, by name.
        bound: Values of the arguments that the timing depends on.

    Raises:
        GridError: If a duration or start is off the grid.
        LimitError: If a port cannot do what is asked of it.
        CalibrationError: If a port does not exist.
    """
    schedule = use.schedule
    if schedule is None:
        raise PulseError(f"'{use.label}' has no schedule.", remedy="Give it a calibration.")
    formals = use.calibration.arguments if use.calibration else ()
    if bound:
        schedule = schedule.bind(bound)
    placed, duration = _placed(schedule, use, grid)
    events = tuple(item for item in placed if isinstance(item.instruction, (Play, Capture, *_CHANGES)))
    for item in events:
        _check_ports(item, use, ports)
    busy = [item for item in events if isinstance(item.instruction, Play | Capture)]
    return Template(
        use=use,
        formals=tuple(item if isinstance(item, Parameter) else None for item in formals),
        duration_ticks=duration,
        step_ticks=_step(events, use, grid) if busy else 1,
        events=events,
        ports=frozenset(frame.port.name for item in busy for frame in frames_of(item.instruction)),
    )


def _placed(schedule: Schedule, use: Use, grid: Grid) -> tuple[tuple[Placed, ...], int]:
    def ticks(duration_s: Value, what: str) -> int:
        if parameters_of(duration_s):
            free = ", ".join(sorted(parameter.name for parameter in parameters_of(duration_s)))
            raise PulseError(
                f"'{use.label}': {what} depends on {free}.",
                remedy="Durations decide when everything else happens: bind the parameter before lowering.",
            )
        return grid.ticks(duration_s, f"'{use.label}': {what}")

    placed, duration = schedule.place(ticks)
    for item in placed:
        what = f"'{use.label}': {type(item.instruction).__name__.lower()}"
        if isinstance(item.instruction, Play):
            grid.play_ticks(item.duration_ticks * grid.dt_s, f"{what} on {item.instruction.frame.name}")
        elif isinstance(item.instruction, Capture):
            grid.capture_ticks(item.duration_ticks * grid.dt_s, f"{what} on {item.instruction.frame.name}")
    if duration % grid.granularity_ticks:
        raise GridError(
            f"'{use.label}' lasts {duration} ticks, which is no multiple of {grid.granularity_ticks}.",
            remedy="Pad it with a delay, or change its pulses.",
        )
    return placed, duration


def _step(events: tuple[Placed, ...], use: Use, grid: Grid) -> int:
    """Multiples of what the gate may begin at, so that its captures lie on their grid too."""
    captures = [item for item in events if isinstance(item.instruction, Capture)]
    for item in captures:
        if item.start_ticks % grid.capture_alignment_ticks:
            raise GridError(
                f"'{use.label}': a capture begins {item.start_ticks} ticks after the gate.",
                remedy=f"Captures begin at multiples of {grid.capture_alignment_ticks} ticks; delay it.",
            )
    return math.lcm(grid.pulse_alignment_ticks, grid.capture_alignment_ticks if captures else 1)


def _check_ports(item: Placed, use: Use, ports: Mapping[str, Port]) -> None:
    instruction: Any = item.instruction
    frame: Frame = instruction.frame
    port = ports.get(frame.port.name)
    if port is None:
        raise CalibrationError(
            f"'{use.label}' uses port '{frame.port.name}', which the device does not have.",
            remedy=f"Ports: {', '.join(sorted(ports))}.",
        )
    if isinstance(instruction, Capture) and not port.can_capture:
        raise LimitError(f"'{use.label}' captures on port '{port.name}', which only plays.", remedy="Use another port.")
    if isinstance(instruction, Play) and not port.can_play:
        raise LimitError(f"'{use.label}' plays on port '{port.name}', which only captures.", remedy="Use another port.")


def make_delay(use: Use, duration_ticks: int) -> Template:
    """A delay as a template: time and nothing else."""
    assert use.kind == DELAY
    return Template(use=use, formals=(), duration_ticks=duration_ticks, step_ticks=1, events=(), ports=frozenset())
