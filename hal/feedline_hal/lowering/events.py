# SPDX-License-Identifier: Apache-2.0
"""Events: what the templates of a program hold, as one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray
from qiskit.circuit import Parameter, ParameterExpression

from feedline_hal.pulse.frame import Frame
from feedline_hal.pulse.instruction import Capture, Play
from feedline_hal.pulse.port import Port
from feedline_hal.pulse.value import Value
from feedline_hal.pulse.waveform import Waveform

from .affine import slopes_of
from .template import CHANGE_KINDS, Template

Column = NDArray[np.int64]

PLAY, CAPTURE, CHANGE = 0, 1, 2
"""Kinds of an event; a change's kind is `CHANGE` plus its number in `CHANGE_KINDS`."""


@attrs.frozen(kw_only=True, slots=True, eq=False)
class EventTable:
    """Events of all templates, one template after the other, a row each.

    A row's value (amplitude, radians or hertz) is ``constant + slopes . arguments`` of its operation.

    Attributes:
        first, count: Where each template's events are.
        kind: `PLAY`, `CAPTURE`, or `CHANGE` plus 0 shift phase, 1 set phase, 2 shift frequency, 3 set frequency.
        frame, port: Indices into the program's tables; port -1 for changes.
        offset_ticks, duration_ticks: From the start of the operation.
        waveform: Index of the waveform or kernel; -1 for none.
        capture_kind, slot: Of captures: the number of ``capture_vN``, the operation's classical bit or -1.
        constant, slopes: Shapes ``(rows,)`` and ``(rows, most arguments)``, complex.
        curved: Values that are not affine in the arguments, by row.
        shaped: Waveforms whose shape depends on the arguments, by row.
    """

    first: Column
    count: Column
    kind: Column
    frame: Column
    port: Column
    offset_ticks: Column
    duration_ticks: Column
    waveform: Column
    capture_kind: Column
    slot: Column
    constant: NDArray[np.complex128]
    slopes: NDArray[np.complex128]
    curved: Mapping[int, ParameterExpression]
    shaped: Mapping[int, Waveform]


@attrs.define(slots=True, eq=False)
class Waveforms:
    """Unique waveforms of amplitude 1, numbered as they come."""

    known: dict[Waveform, int] = attrs.field(factory=dict)

    def index(self, waveform: Waveform) -> int:
        """The number of a waveform; equal ones have the same."""
        return self.known.setdefault(waveform, len(self.known))


def make_events(
    templates: Sequence[Template], *, frames: Mapping[str, int], ports: Mapping[str, int], waveforms: Waveforms
) -> EventTable:
    """Tabulate templates; `frames` and `ports` number them."""
    maker = _Maker(frames, ports, waveforms, max((len(template.formals) for template in templates), default=0))
    first, count = [], []
    for template in templates:
        first.append(len(maker.rows))
        for placed in template.events:
            maker.add(template, placed.start_ticks, placed.duration_ticks, placed.instruction)
        count.append(len(maker.rows) - first[-1])
    columns = np.array(maker.rows, dtype=np.int64).reshape(-1, 8).T
    return EventTable(
        first=np.array(first, dtype=np.int64),
        count=np.array(count, dtype=np.int64),
        kind=columns[0],
        frame=columns[1],
        port=columns[2],
        offset_ticks=columns[3],
        duration_ticks=columns[4],
        waveform=columns[5],
        capture_kind=columns[6],
        slot=columns[7],
        constant=np.array(maker.constants, dtype=np.complex128),
        slopes=np.array(maker.slopes, dtype=np.complex128).reshape(len(maker.rows), maker.width),
        curved=maker.curved,
        shaped=maker.shaped,
    )


@attrs.define(slots=True, eq=False)
class _Maker:
    frames: Mapping[str, int]
    ports: Mapping[str, int]
    waveforms: Waveforms
    width: int
    rows: list[tuple[int, ...]] = attrs.field(factory=list)
    constants: list[complex] = attrs.field(factory=list)
    slopes: list[list[complex]] = attrs.field(factory=list)
    curved: dict[int, ParameterExpression] = attrs.field(factory=dict)
    shaped: dict[int, Waveform] = attrs.field(factory=dict)

    def add(self, template: Template, start: int, duration: int, instruction: Any) -> None:
        """Append one event."""
        frame: Frame = instruction.frame
        port: Port = frame.port
        place = self.frames[frame.name]
        if isinstance(instruction, Play):
            number = self._waveform(instruction.waveform)
            row = (PLAY, place, self.ports[port.name], start, duration, number, -1, -1)
            value: Value = instruction.waveform.amplitude
        elif isinstance(instruction, Capture):
            kernel = -1 if instruction.kernel is None else self._kernel(instruction.kernel)
            slot = -1 if instruction.slot is None else instruction.slot
            kind = int(instruction.kind[1:])
            row = (CAPTURE, place, self.ports[port.name], start, duration, kernel, kind, slot)
            value = 0.0
        else:
            row = (CHANGE + CHANGE_KINDS[type(instruction)], place, -1, start, 0, -1, -1, -1)
            value = getattr(instruction, "phase_rad", None)
            if value is None:
                value = instruction.frequency_hz
        self._value(value, template.formals)
        self.rows.append(row)

    def _waveform(self, waveform: Waveform) -> int:
        unit = waveform.unit()
        if unit.free:
            self.shaped[len(self.rows)] = unit
            return -1
        return self.waveforms.index(unit)

    def _kernel(self, kernel: Waveform) -> int:
        if kernel.free:
            self.shaped[len(self.rows)] = kernel
            return -1
        return self.waveforms.index(kernel)

    def _value(self, value: Value, formals: tuple[Parameter | None, ...]) -> None:
        """The value as constant and slopes in the formal arguments, or as an expression of its own."""
        slopes: list[complex] = [0.0] * self.width
        constant: complex = 0.0
        if not isinstance(value, ParameterExpression):
            constant = value
        else:
            place_of = {formal: place for place, formal in enumerate(formals)}
            affine = slopes_of(value)
            if affine is not None and affine[1].keys() <= place_of.keys():
                constant = affine[0]
                for formal, slope in affine[1].items():
                    slopes[place_of[formal]] = slope
            else:  # a pulse box's own parameters are the circuit's, and are dealt with in the same way
                self.curved[len(self.rows)] = value
        self.constants.append(constant)
        self.slopes.append(slopes)
