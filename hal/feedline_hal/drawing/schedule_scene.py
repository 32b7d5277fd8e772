# SPDX-License-Identifier: Apache-2.0
"""A schedule as a scene: what each port emits and records, without a circuit above."""

from __future__ import annotations

import cmath
from typing import TYPE_CHECKING, Any, cast

from feedline_hal.errors import PulseError
from feedline_hal.export.angle import angle_text
from feedline_hal.pulse.instruction import Capture, Play, SetFrequency, SetPhase, ShiftFrequency, ShiftPhase
from feedline_hal.pulse.value import complex_number, number

from .envelope import Outline, natural_rate, outline
from .program_scene import change_item, frequency_note, span_text
from .scene import CAPTURE, PLAY, Item, Scene

if TYPE_CHECKING:
    from feedline_hal.grid import Grid
    from feedline_hal.pulse.schedule import Placed, Schedule, Ticks
    from feedline_hal.pulse.waveform import Waveform


def schedule_scene(schedule: Schedule, grid: Grid | None) -> Scene:
    """What a picture of a schedule shows.

    Args:
        schedule: Without free parameters.
        grid: The grid that everything must lie on; ``None`` to take durations as they are.

    Raises:
        PulseError: If parameters are unbound.
        GridError: If something is off the grid.
    """
    free = sorted(parameter.name for parameter in schedule.free)
    if free:
        name = f"Schedule '{schedule.name}'" if schedule.name else "The schedule"
        raise PulseError(
            f"{name} still depends on {', '.join(free)}.",
            remedy="Draw schedule.bind({parameter: value, ...}) with a value for each.",
        )
    placed, end = schedule.place(cast("Ticks", number) if grid is None else grid.ticks)
    unit_ns = 1e9 if grid is None else grid.dt_s * 1e9
    frames = schedule.frames()
    lane_of = {name: lane for lane, name in enumerate(dict.fromkeys(frame.port.name for frame in frames))}
    shapes: dict[Waveform, int] = {}
    items = _items(placed, unit_ns, lane_of, shapes)
    rate_hz = None if grid is None else 1 / grid.dt_s
    return Scene(
        title=schedule.name or "schedule",
        ports=tuple(lane_of),
        notes=tuple(frequency_note(frame for frame in frames if frame.port.name == name) for name in lane_of),
        qubits=(),
        items=tuple(items),
        envelopes=tuple(_outline(waveform, rate_hz) for waveform in shapes),
        duration_ns=round(end * unit_ns, 6),
    )


def _outline(waveform: Waveform, rate_hz: float | None) -> Outline:
    return outline(waveform, natural_rate(waveform) if rate_hz is None else rate_hz)


def _items(
    placed: tuple[Placed, ...], unit_ns: float, lane_of: dict[str, int], shapes: dict[Waveform, int]
) -> list[Item]:
    """Everything in the order of the text, phases followed along the way; new waveforms are numbered."""
    phases: dict[str, float] = {}
    items: list[Item] = []
    for entry in placed:
        instruction: Any = entry.instruction
        begin, length = round(entry.start_ticks * unit_ns, 6), round(entry.duration_ticks * unit_ns, 6)
        frame = getattr(instruction, "frame", None)
        if frame is None:
            continue  # delays and barriers show as room
        lane, phase = lane_of[frame.port.name], phases.get(frame.name, 0.0)
        if isinstance(instruction, Play):
            items.append(_play(instruction, begin, length, lane=lane, phase=phase, shapes=shapes))
        elif isinstance(instruction, Capture):
            items.append(_capture(instruction, begin, length, lane))
        else:
            is_phase = isinstance(instruction, ShiftPhase | SetPhase)
            is_set = isinstance(instruction, SetPhase | SetFrequency)
            value = _amount(instruction)
            if is_phase:
                phases[frame.name] = value if is_set else phase + value
            items.append(change_item(lane, begin, value, is_phase=is_phase, is_set=is_set, frame=frame.name))
    return items


def _amount(instruction: ShiftPhase | SetPhase | ShiftFrequency | SetFrequency) -> float:
    if isinstance(instruction, ShiftPhase | SetPhase):
        return number(instruction.phase_rad, "phase_rad")
    return number(instruction.frequency_hz, "frequency_hz")


def _play(play: Play, begin: float, length: float, *, lane: int, phase: float, shapes: dict[Waveform, int]) -> Item:
    amplitude = complex_number(play.waveform.amplitude, "amplitude")
    shown = f"{amplitude:.5g}" if amplitude.imag else f"{amplitude.real:.5g}"
    return Item(
        kind=PLAY,
        lanes=(lane,),
        start_ns=begin,
        duration_ns=length,
        hover=(
            f"{play.waveform.shape} on {play.frame.name}",
            span_text(begin, length),
            f"amplitude {shown}",
            f"phase {angle_text(phase, pi='π')}",
        ),
        envelope=shapes.setdefault(play.waveform.unit(), len(shapes)),
        factor=amplitude * cmath.exp(1j * phase),
    )


def _capture(capture: Capture, begin: float, length: float, lane: int) -> Item:
    label = f"capture_{capture.kind}"
    return Item(
        kind=CAPTURE,
        lanes=(lane,),
        start_ns=begin,
        duration_ns=length,
        label=label if capture.slot is None else f"bit {capture.slot}",
        hover=(f"{label} on {capture.frame.name}", span_text(begin, length)),
    )
