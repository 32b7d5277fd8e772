# SPDX-License-Identifier: Apache-2.0
"""From stage ``isa`` to stage ``scheduled``: as late as possible, on the grid, readout together."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np

from feedline.errors import CapabilityError
from feedline_hal.errors import GridError, PulseError
from feedline_hal.grid import Grid
from feedline_hal.pulse.frame import Frame
from feedline_hal.pulse.instruction import frames_of
from feedline_hal.pulse.value import Value, parameters_of

from .flow import mapped
from .isa import BARRIER, BOX, DELAY, IsaProgram, Operations, Use
from .length import least_ticks
from .scheduled import ScheduledBlock, ScheduledProgram
from .stretch import has_stretch, resolved
from .template import Template, make_delay, timing_parameters
from .template_cache import TemplateCache

METHODS = ("alap", "asap")
_Clock = tuple[str, str]


def schedule_circuit(isa: IsaProgram, cache: TemplateCache, *, method: str = "alap") -> ScheduledProgram:
    """Give every operation its time.

    Args:
        isa: The circuit.
        cache: Templates of the device's gates.
        method: ``alap`` (as late as possible) or ``asap``.

    Raises:
        GridError: If a duration is off the grid.
        PulseError: If a duration depends on a parameter.
        LimitError: If the program is longer than the device allows.
    """
    scheduler = _Scheduler(isa, cache, method == "asap")
    flow = mapped(isa.flow, scheduler.block)
    cache.grid.check_total(least_ticks(flow), f"Circuit '{isa.name}'")
    return ScheduledProgram(isa=isa, grid=cache.grid, templates=tuple(scheduler.templates), flow=flow)


@attrs.define(slots=True, eq=False)
class _Row:
    """An operation that waits for its time; a box has rows of its own in it."""

    template: int
    duration: int
    arguments: tuple[Any, ...]
    clbits: tuple[int, ...]
    use: int
    inner: tuple[list[_Row], list[int]] | None = None


@attrs.define(slots=True, eq=False)
class _Scheduler:
    """Makes templates as operations need them, and keeps the clocks."""

    isa: IsaProgram
    cache: TemplateCache
    is_asap: bool
    templates: list[Template] = attrs.field(factory=list)
    _made: dict[tuple[Any, ...], int] = attrs.field(factory=dict)
    _timing: dict[int, tuple[int, ...]] = attrs.field(factory=dict)
    _busy: dict[int, tuple[int, ...]] = attrs.field(factory=dict)
    _shared: dict[_Clock, int] | None = None

    @property
    def grid(self) -> Grid:
        """The device's clock."""
        return self.cache.grid

    def block(self, operations: Operations) -> ScheduledBlock:
        """Schedule one block."""
        uses = self.isa.uses
        if has_stretch(operations, uses):
            operations = resolved(operations, uses, self)
        rows = [self._row(*item) for item in zip(operations.use, operations.arguments, operations.clbits, strict=True)]
        starts, total = self._times(rows)
        self.grid.check_total(total, f"Circuit '{self.isa.name}'")
        flat: list[_Row] = []
        times: list[int] = []
        for row, start in zip(rows, starts, strict=True):
            _flatten(row, start, flat, times)
        return ScheduledBlock(
            template=np.array([row.template for row in flat], dtype=np.int64),
            start_ticks=np.array(times, dtype=np.int64),
            arguments=[row.arguments for row in flat],
            clbits=[row.clbits for row in flat],
            duration_ticks=total,
        )

    def _row(self, use_index: int, arguments: tuple[Any, ...], clbits: tuple[int, ...]) -> _Row:
        known = self._made.get((use_index,))
        if known is not None:
            return _Row(known, self.templates[known].duration_ticks, arguments, clbits, use_index)
        use = self.isa.uses[use_index]
        if use.kind == BARRIER:
            return _Row(-1, 0, (), (), use_index)
        if use.kind == BOX:
            return self._box(use, use_index, arguments)
        if use.kind == DELAY:
            ticks = self.delay_ticks(arguments[0], use)
            index = self._add((DELAY, use.qubits, ticks), lambda: make_delay(use, ticks))
            return _Row(index, ticks, (), (), use_index)
        index = self._gate(use, use_index, arguments)
        return _Row(index, self.templates[index].duration_ticks, arguments, clbits, use_index)

    def _gate(self, use: Use, use_index: int, arguments: Sequence[Any]) -> int:
        """A gate's template; one for all arguments, unless its timing depends on them."""
        timing = self._timing.get(use_index)
        if timing is None:
            free = timing_parameters(use)
            formals = use.calibration.arguments if use.calibration else ()
            timing = tuple(place for place, formal in enumerate(formals) if formal in free)
            self._timing[use_index] = timing
        if not timing:
            return self._add((use_index,), lambda: self.cache.of(use))
        values = [arguments[place] for place in timing]
        for value in values:
            if parameters_of(value):
                raise PulseError(
                    f"'{use.label}' lasts as long as '{value}' says, which is not bound.",
                    remedy="Durations decide when everything else happens: bind the parameter before lowering.",
                )
        assert use.calibration is not None, "only calibrations have arguments"
        bound: dict[Any, float] = {
            use.calibration.arguments[place]: float(value) for place, value in zip(timing, values, strict=True)
        }
        key = (use_index, *bound.values())
        return self._add(key, lambda: self.cache.of(use, bound=bound))

    def _add(self, key: tuple[Any, ...], make: Any) -> int:
        index = self._made.get(key)
        if index is None:
            index = self._made[key] = len(self.templates)
            self.templates.append(make())
        return index

    def duration_ticks(self, use_index: int, arguments: tuple[Any, ...]) -> int:
        """How long an operation lasts."""
        return self._row(use_index, arguments, ()).duration

    def delay_ticks(self, duration_s: Value, use: Use) -> int:
        """A delay on the grid of gates: what follows it may begin when it ends."""
        what = f"A delay on {', '.join(f'q{qubit}' for qubit in use.qubits)}"
        if parameters_of(duration_s):
            raise PulseError(
                f"{what} lasts '{duration_s}', which is not bound.",
                remedy="Durations decide when everything else happens: bind the parameter before lowering.",
            )
        if isinstance(duration_s, float | int) and duration_s < 0:
            raise GridError(f"{what} lasts {duration_s} s.", remedy="Give a duration of at least 0.")
        return self.grid.gate_ticks(duration_s, what)

    def _box(self, use: Use, use_index: int, arguments: tuple[Any, ...]) -> _Row:
        """A box: its body scheduled on its own, then as long as the box says."""
        body = use.body
        assert body is not None, "a box has a body"
        if has_stretch(body, self.isa.uses):
            length = None if arguments[0] is None else self.delay_ticks(arguments[0], use)
            body = resolved(body, self.isa.uses, self, length_ticks=length)
        rows = [self._row(*item) for item in zip(body.use, body.arguments, body.clbits, strict=True)]
        starts, total = self._times(rows)
        asked = total
        if arguments[0] is not None:
            asked = self.delay_ticks(arguments[0], use)
            if asked < total:
                raise GridError(
                    f"A box on {use.label.removeprefix('box ')} is to last {asked} ticks, its body takes {total}.",
                    remedy="Give the box more time, or none to let the body decide.",
                )
        late = 0 if self.is_asap else (asked - total) // self._common_step(rows) * self._common_step(rows)
        return _Row(-1, asked, (), (), use_index, (rows, [start + late for start in starts]))

    def _times(self, rows: list[_Row]) -> tuple[list[int], int]:
        """Starts of rows, and when the last of them ends."""
        again = _written_again(rows)
        first = self.isa.num_qubits + len(self._shared_clocks())
        resources = [self._resources(row) for row in rows]
        if again:  # who writes a bit last decides what it says, so its writers take turns
            place = {clbit: first + at for at, clbit in enumerate(again)}
            extra = [tuple(place[clbit] for clbit in _clbits(row) if clbit in place) for row in rows]
            resources = [busy + more for busy, more in zip(resources, extra, strict=True)]
        steps = [self._step(row) for row in rows]
        step = math.lcm(self.grid.pulse_alignment_ticks, *set(steps))
        clock = [0] * (first + len(again))
        starts = [0] * len(rows)
        order = range(len(rows)) if self.is_asap else range(len(rows) - 1, -1, -1)
        for index in order:
            busy, length = resources[index], rows[index].duration
            begin = clock[busy[0]] if len(busy) == 1 else max([clock[one] for one in busy], default=0)
            if steps[index] > 1:  # counted from the end when late: the end is a multiple of every step
                begin += -(begin if self.is_asap else begin + length) % steps[index]
            end = begin + length
            for one in busy:
                clock[one] = end
            starts[index] = begin if self.is_asap else end
        total = max(clock, default=0)
        total += -total % step
        return (starts if self.is_asap else [total - start for start in starts]), total

    def _step(self, row: _Row) -> int:
        if row.inner is not None:  # what is in a box begins on the grid if the box does
            return self._common_step(row.inner[0])
        return self.templates[row.template].step_ticks if row.template >= 0 else 1

    def _common_step(self, rows: list[_Row]) -> int:
        return math.lcm(*set(map(self._step, rows)))

    def _resources(self, row: _Row) -> tuple[int, ...]:
        """The clocks of an operation: its qubits', and those of ports and frames that gates elsewhere use too."""
        busy = self._busy.get(row.use)
        if busy is None:
            shared = self._shared_clocks()
            clocks = self._clocks_in(row) if shared else ()
            used = tuple(self.isa.num_qubits + shared[clock] for clock in clocks if clock in shared)
            busy = self._busy[row.use] = self.isa.uses[row.use].qubits + used
        return busy

    def _clocks_in(self, row: _Row) -> set[_Clock]:
        if row.inner is not None:
            return set().union(*(self._clocks_in(inner) for inner in row.inner[0]))
        events = self.templates[row.template].events if row.template >= 0 else ()
        return {self._clock(frame) for event in events for frame in frames_of(event.instruction)}

    def _clock(self, frame: Frame) -> _Clock:
        """A port does one thing after another; one that adds signals up does so frame by frame."""
        port = self.cache.ports.get(frame.port.name, frame.port)
        return ("frame", frame.name) if port.is_multiplexed else ("port", port.name)

    def _shared_clocks(self) -> dict[_Clock, int]:
        """Clocks that gates without a common qubit use, so that qubits alone do not keep them in order."""
        if self._shared is None:
            common: dict[_Clock, set[int]] = {}
            for use in self.isa.uses:
                for frame in use.schedule.frames() if use.schedule else ():
                    clock = self._clock(frame)
                    common[clock] = common[clock] & set(use.qubits) if clock in common else set(use.qubits)
            self._shared = {clock: at for at, clock in enumerate(c for c, left in common.items() if not left)}
        return self._shared


def _clbits(row: _Row) -> set[int]:
    """Classical bits that a row writes, what is in it included."""
    if row.inner is not None:
        return set().union(*(_clbits(inner) for inner in row.inner[0]))
    return set(row.clbits)


def _written_again(rows: list[_Row]) -> list[int]:
    """Classical bits that several rows write."""
    counts = Counter(clbit for row in rows if row.clbits or row.inner for clbit in _clbits(row))
    return [clbit for clbit, count in counts.items() if count > 1]


def _flatten(row: _Row, start: int, flat: list[_Row], times: list[int]) -> None:
    """Append a row, or what is in it, with its time; barriers end here."""
    if row.inner is not None:
        for inner, at in zip(*row.inner, strict=True):
            _flatten(inner, start + at, flat, times)
    elif row.template >= 0:
        flat.append(row)
        times.append(start)


def check_method(method: str) -> None:
    """Refuse a scheduling method that does not exist."""
    if method not in METHODS:
        from feedline.errors import nearest

        raise CapabilityError(f"There is no scheduling method '{method}'.", remedy=nearest(method, METHODS))
