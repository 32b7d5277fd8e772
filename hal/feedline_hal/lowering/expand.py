# SPDX-License-Identifier: Apache-2.0
"""From stage ``scheduled`` to stage ``pulse``: every operation's events, every value over the parameter vector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray
from qiskit.circuit import ParameterExpression

from feedline_hal.calibration.calibration import Calibration
from feedline_hal.errors import CalibrationError, PulseError
from feedline_hal.pulse.frame import Frame
from feedline_hal.pulse.port import Port
from feedline_hal.pulse.value import bound

from .events import CAPTURE, EventTable, Waveforms, make_events
from .flow import mapped
from .pulse_program import Guards, PulseBlock, PulseProgram
from .scheduled import ScheduledBlock, ScheduledProgram
from .value_map import AffineMap
from .vector import Vector, VectorBuilder

_Entries = tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.complex128]]


def expand(scheduled: ScheduledProgram, *, ports: Mapping[str, Port], frames: Mapping[str, Frame]) -> PulseProgram:
    """Resolve every operation to its pulses.

    Args:
        scheduled: The circuit in time.
        ports: The device's ports, by name.
        frames: The calibration set's frames, by name; those that only pulse boxes know come after them.

    Raises:
        PulseError: If a value cannot be computed, or depends on what the circuit does not know.
    """
    known = _frames(scheduled, frames)
    waveforms = Waveforms()
    table = make_events(
        scheduled.templates,
        frames={name: index for index, name in enumerate(known)},
        ports={name: index for index, name in enumerate(ports)},
        waveforms=waveforms,
    )
    builder = VectorBuilder(scheduled.isa.parameters)
    expander = _Expander(scheduled, table, builder, waveforms)
    flow = mapped(scheduled.flow, expander.block)
    vector = builder.vector()
    flow = mapped(flow, lambda block: _over(block, vector))
    return PulseProgram(
        scheduled=scheduled,
        ports=tuple(ports.values()),
        frames=tuple(attrs.evolve(frame, port=ports.get(frame.port.name, frame.port)) for frame in known.values()),
        waveforms=tuple(waveforms.known),
        vector=vector,
        flow=flow,
    )


def _over(block: PulseBlock, vector: Vector) -> PulseBlock:
    """The block with the whole vector, now that all columns are known."""
    guards = block.guards
    if guards is not None:
        guards = attrs.evolve(guards, value=attrs.evolve(guards.value, vector=vector))
    return attrs.evolve(block, value=attrs.evolve(block.value, vector=vector), guards=guards)


def _frames(scheduled: ScheduledProgram, frames: Mapping[str, Frame]) -> dict[str, Frame]:
    """All frames; one that a pulse box brings must not disagree with the set's."""
    known = dict(frames)
    for template in scheduled.templates:
        for placed in template.events:
            frame: Frame = placed.instruction.frame  # type: ignore[union-attr]  # events have one frame
            found = known.setdefault(frame.name, frame)
            if found is frame:
                continue
            mine = (frame.port.name, frame.frequency_hz, frame.phase_rad)
            theirs = (found.port.name, found.frequency_hz, found.phase_rad)
            if mine != theirs and template.use.kind == "pulse":
                raise CalibrationError(
                    f"A pulse box has frame '{frame.name}' on port '{mine[0]}' at {mine[1]} Hz; the calibration set "
                    f"has it on port '{theirs[0]}' at {theirs[1]} Hz.",
                    remedy="Give the frame a name of its own, or take the set's: cals.frames[name].",
                )
    return known


@attrs.define(slots=True, eq=False)
class _Expander:
    scheduled: ScheduledProgram
    table: EventTable
    builder: VectorBuilder
    waveforms: Waveforms

    def block(self, block: ScheduledBlock) -> PulseBlock:
        """Expand one block; all operations at once."""
        table = self.table
        counts = table.count[block.template]
        operation = np.repeat(np.arange(len(block)), counts)
        begins = np.cumsum(counts) - counts
        event = np.arange(len(operation)) - np.repeat(begins - table.first[block.template], counts)
        constants, entries = self._arguments(block)
        value, rows, columns, coefficients = self._values(event, operation, begins, counts, constants, entries)
        waveform = table.waveform[event]
        clbit = np.full(len(event), -1, dtype=np.int64)
        for row in np.flatnonzero((table.kind[event] == CAPTURE) & (table.slot[event] >= 0)).tolist():
            clbit[row] = self._clbit(block, int(operation[row]), int(table.slot[event[row]]))
        guards = self._guards(block, constants, entries)
        extra: list[tuple[int, int, complex]] = []
        self._curved(block, event, operation, value, extra)
        self._shaped(block, event, operation, waveform)
        if extra:
            added = np.array([(row, column) for row, column, _ in extra], dtype=np.intp)
            rows = np.concatenate([rows, added[:, 0]])
            columns = np.concatenate([columns, added[:, 1]])
            coefficients = np.concatenate([coefficients, np.array([slope for *_, slope in extra], dtype=complex)])
        order = np.argsort(rows, kind="stable")
        return PulseBlock(
            scheduled=block,
            operation=operation,
            kind=table.kind[event],
            frame=table.frame[event],
            port=table.port[event],
            waveform=waveform,
            capture_kind=table.capture_kind[event],
            start_ticks=block.start_ticks[operation] + table.offset_ticks[event],
            duration_ticks=table.duration_ticks[event],
            clbit=clbit,
            guards=guards,
            value=AffineMap(
                vector=Vector(self.builder.parameters),
                constant=value,
                row=rows[order],
                column=columns[order],
                coefficient=coefficients[order],
            ),
        )

    def _arguments(self, block: ScheduledBlock) -> tuple[NDArray[np.complex128], list[tuple[Any, ...]]]:
        """Arguments as constants ``(operations, most arguments)``, and an entry for each term of the vector."""
        width = self.table.slopes.shape[1]
        constants = np.zeros((len(block), width), dtype=np.complex128)
        entries: list[tuple[Any, ...]] = []
        at: list[int] = []
        numbers: list[Any] = []
        for operation, given in enumerate(block.arguments):
            for place, value in enumerate(given):
                if isinstance(value, ParameterExpression):
                    constant, terms = self.builder.terms(value)
                    entries.extend((operation, place, column, slope) for column, slope in terms)
                    value = constant
                if place < width:
                    at.append(operation * width + place)
                    numbers.append(value)
        constants.reshape(-1)[at] = numbers
        if not np.isfinite(constants).all():
            operation, place = map(int, np.argwhere(~np.isfinite(constants))[0])
            use = self.scheduled.templates[block.template[operation]].use
            raise PulseError(
                f"'{use.label}' gets {constants[operation, place].real} as argument {place + 1}.",
                remedy="Check the circuit's angles for nan and infinity.",
            )
        return constants, entries

    def _guards(
        self, block: ScheduledBlock, constants: NDArray[np.complex128], entries: list[tuple[Any, ...]]
    ) -> Guards | None:
        """Angles that depend on the vector and must stay within the bounds of their calibration."""
        rows: dict[tuple[int, int], int] = {}
        limits: list[tuple[float, float]] = []
        calibrations: list[Calibration] = []
        terms: list[tuple[int, int, float]] = []
        for operation, place, column, slope in entries:
            calibration = self.scheduled.templates[block.template[operation]].use.calibration
            limit = calibration.bounds[place] if calibration is not None and calibration.bounds else None
            if limit is None or calibration is None:
                continue
            row = rows.setdefault((operation, place), len(limits))
            if row == len(limits):
                limits.append(limit)
                calibrations.append(calibration)
            terms.append((row, column, complex(slope).real))
        if not limits:
            return None
        at, columns, slopes = (np.array(part) for part in zip(*terms, strict=True))
        return Guards(
            value=AffineMap(
                vector=Vector(self.builder.parameters),
                constant=np.array([constants[key].real for key in rows]),
                row=at,
                column=columns,
                coefficient=slopes,
            ),
            low=np.array([low for low, _ in limits]),
            high=np.array([high for _, high in limits]),
            calibrations=tuple(calibrations),
        )

    def _values(
        self,
        event: NDArray[np.intp],
        operation: NDArray[np.intp],
        begins: NDArray[np.int64],
        counts: NDArray[np.int64],
        constants: NDArray[np.complex128],
        entries: list[tuple[Any, ...]],
    ) -> tuple[NDArray[np.complex128], NDArray[np.intp], NDArray[np.intp], NDArray[np.complex128]]:
        """Values that are affine in the arguments."""
        slopes = self.table.slopes[event]
        value = self.table.constant[event] + np.einsum("ij,ij->i", slopes, constants[operation])
        nothing = np.zeros(0, dtype=np.intp)
        if not entries:
            return value, nothing, nothing, np.zeros(0, dtype=np.complex128)
        where, place, column, slope = (np.array(part) for part in zip(*entries, strict=True))
        of = counts[where]
        row = np.arange(of.sum()) - np.repeat(np.cumsum(of) - of - begins[where], of)
        factor = slopes[row, np.repeat(place, of)] * np.repeat(slope, of)
        kept = np.flatnonzero(factor)
        return value, row[kept], np.repeat(column, of)[kept].astype(np.intp), factor[kept]

    def _curved(
        self,
        block: ScheduledBlock,
        event: NDArray[np.intp],
        operation: NDArray[np.intp],
        value: NDArray[np.complex128],
        extra: list[tuple[int, int, complex]],
    ) -> None:
        """Values that are not affine in the arguments: computed, or given columns of the vector."""
        if not self.table.curved:
            return
        for row in np.flatnonzero(np.isin(event, list(self.table.curved))).tolist():
            expression = self.table.curved[int(event[row])]
            made = bound(expression, self._assigned(block, int(operation[row])))
            constant, terms = self.builder.terms(made)
            value[row] = constant
            extra.extend((row, column, slope) for column, slope in terms)

    def _shaped(
        self, block: ScheduledBlock, event: NDArray[np.intp], operation: NDArray[np.intp], waveform: NDArray[np.int64]
    ) -> None:
        """Waveforms whose shape depends on arguments."""
        if not self.table.shaped:
            return
        for row in np.flatnonzero(np.isin(event, list(self.table.shaped))).tolist():
            shape = self.table.shaped[int(event[row])]
            waveform[row] = self.waveforms.index(shape.bind(self._assigned(block, int(operation[row]))))

    def _assigned(self, block: ScheduledBlock, operation: int) -> dict[Any, Any]:
        formals = self.scheduled.templates[block.template[operation]].formals
        pairs = zip(formals, block.arguments[operation], strict=False)
        return {formal: value for formal, value in pairs if formal is not None}

    def _clbit(self, block: ScheduledBlock, operation: int, slot: int) -> int:
        clbits = block.clbits[operation]
        return clbits[slot] if slot < len(clbits) else -1
