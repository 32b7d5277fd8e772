# SPDX-License-Identifier: Apache-2.0
"""The stage ``program``: port programs at some points become tables of unique waveforms and steps, per sequencer."""

from __future__ import annotations

import functools
import hashlib
import math
from collections.abc import Iterable, Mapping

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline_hal.instrument.sequence import SequenceProgram
from feedline_hal.lowering.bind import Tables, bind
from feedline_hal.lowering.port_program import PortProgram
from feedline_hal.lowering.render import POINTS_AT_ONCE, Renderer

from .wiring import SequencerWiring, Wiring, channel_samples

_KEPT = 256
"""Programs whose sampled waveforms are kept for the next parameter values; the one unused for longest goes first."""
_KEPT_HELD = 64
"""Programs of which that is kept which is the same for all parameter values."""
_MOST_HELD_SAMPLES = 1 << 18
"""Samples of one that are kept, of all channels of a sequencer."""


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Points:
    """Some points of one port program.

    Attributes:
        program: Without control flow.
        values: Parameter vectors, shape ``(points, n)``.
    """

    program: PortProgram
    values: NDArray[np.float64]

    def __len__(self) -> int:
        """Number of points."""
        return len(self.values)

    @property
    def duration_s(self) -> float:
        """How long a shot plays."""
        return self.program.block.duration_ticks * self.program.dt_s

    @property
    def ports(self) -> frozenset[str]:
        """Names of the ports that play."""
        return _ports(self.program)

    def shots_samples(self, wiring: SequencerWiring) -> int:
        """Length of each point's waveforms on a sequencer, with a last sample of 0 where that one is held."""
        silence = 1 if wiring.capabilities.holds_last else 0
        return wiring.length(math.ceil(self.duration_s * wiring.rate_hz - 1e-6) + wiring.late_samples + silence)


@attrs.frozen(slots=True, eq=False)
class _Column:
    """What a channel plays whatever the parameters are.

    Attributes:
        samples: Read-only.
        key: Hash of the samples.
    """

    samples: NDArray[np.float32]
    key: bytes


@attrs.define(slots=True, eq=False)
class _Held:
    """What a program leaves the same on a sequencer for all parameter values.

    Attributes:
        free: Ports that are rendered for every point.
        columns: Of channels whose port is not among them; empty until the first point was rendered.
        program: All of it, if nothing depends on parameters; for as many points as there were last.
    """

    free: frozenset[str]
    columns: tuple[_Column | None, ...] = ()
    program: SequenceProgram | None = None

    @classmethod
    def of(cls, program: PortProgram, wiring: SequencerWiring, length: int) -> _Held:
        """Nothing is held if it were much."""
        own = _ports(program) & wiring.ports
        if length * len(wiring.feeds) > _MOST_HELD_SAMPLES:
            return cls(own, (None,) * len(wiring.feeds))
        return cls(own & program.free_ports())


@attrs.define(slots=True, eq=False)
class _Table:
    """Unique waveforms and steps of one sequencer while they are found."""

    wiring: SequencerWiring
    waveforms: list[NDArray[np.float32]] = attrs.field(factory=list)
    known: dict[bytes, int] = attrs.field(factory=dict)
    steps: list[list[int]] = attrs.field(factory=list)
    last: dict[int, int] = attrs.field(factory=dict)

    def add(self, points: Points, tables: Tables, values: NDArray[np.float64]) -> None:
        """A step for each of some of the points, which are bound to ``tables``."""
        length = points.shots_samples(self.wiring)
        held = _held(points.program, self.wiring, length)
        if not held.columns:
            held.columns = self._columns(points, held, (tables, values), length)
        rendered: Iterable[Mapping[str, NDArray[np.complex64]]] = ({} for _ in values)
        if held.free:
            rendered = _renderer(points.program, self.wiring.rate_hz, held.free).each(tables, values)
        for samples in rendered:
            self.steps.append(
                [
                    self._index(place, channel_samples(feed, samples.get(feed.port), length))
                    if column is None
                    else self._place(column.key, column.samples)
                    for place, (feed, column) in enumerate(zip(self.wiring.feeds, held.columns, strict=True))
                ]
            )

    def program(self) -> SequenceProgram:
        """What was found."""
        return SequenceProgram(
            rate_hz=self.wiring.rate_hz,
            channels=self.wiring.channels,
            waveforms=tuple(self.waveforms),
            steps=np.array(self.steps, dtype=np.int64).reshape(-1, len(self.wiring.channels)),
            amplitude_v=self.wiring.amplitude_v,
            offset_v=self.wiring.offset_v,
        )

    def _columns(
        self, points: Points, held: _Held, bound: tuple[Tables, NDArray[np.float64]], length: int
    ) -> tuple[_Column | None, ...]:
        """What stays the same, from the first of the points."""
        fixed = (points.ports & self.wiring.ports) - held.free
        samples: Mapping[str, NDArray[np.complex64]] = {}
        if fixed:
            samples = next(_renderer(points.program, self.wiring.rate_hz, fixed).each(*bound))
        made: list[_Column | None] = []
        for feed in self.wiring.feeds:
            if feed.port in held.free:
                made.append(None)
                continue
            own = channel_samples(feed, samples.get(feed.port), length)
            own.flags.writeable = False
            made.append(_Column(own, _key(own)))
        return tuple(made)

    def _index(self, column: int, samples: NDArray[np.float32]) -> int:
        """Where a waveform is in the table; channels that do not change from point to point are not hashed again."""
        last = self.last.get(column)
        if last is not None and np.array_equal(self.waveforms[last], samples):
            return last
        found = self.last[column] = self._place(_key(samples), samples)
        return found

    def _place(self, key: bytes, samples: NDArray[np.float32]) -> int:
        """Where a waveform with that hash is; it is added if it is new."""
        found = self.known.setdefault(key, len(self.waveforms))
        if found == len(self.waveforms):
            self.waveforms.append(samples)
        return found


def sequences(wiring: Wiring, groups: list[Points]) -> dict[str, SequenceProgram]:
    """What every sequencer that plays at all plays, by name: a step for each point, in order.

    A sequencer whose channels do not depend on parameters gets the very same program again.

    Raises:
        LimitError: If signals add up to more than full scale, or a shot is too long.
    """
    played = frozenset[str]().union(*(points.ports for points in groups))
    playing = {name: one for name, one in wiring.sequencers.items() if one.ports & played}
    same = {name: found for name, one in playing.items() if (found := _same(groups, one)) is not None}
    tables = {name: _Table(one) for name, one in playing.items() if name not in same}
    for points in groups:
        for first in range(0, len(points), POINTS_AT_ONCE):
            values = points.values[first : first + POINTS_AT_ONCE]
            bound = bind(points.program, values)[0]
            for table in tables.values():
                table.add(points, bound, values)
    made = {name: table.program() for name, table in tables.items()}
    for name, program in made.items():
        _keep(groups, playing[name], program)
    return {name: same.get(name) or made[name] for name in playing}


def _same(groups: list[Points], wiring: SequencerWiring) -> SequenceProgram | None:
    """The program of the last time, if it is the same for all parameter values and was for as many points."""
    points = groups[0]
    found = _held(points.program, wiring, points.shots_samples(wiring)).program
    return found if len(groups) == 1 and found is not None and len(found.steps) == len(points) else None


def _keep(groups: list[Points], wiring: SequencerWiring, program: SequenceProgram) -> None:
    held = _held(groups[0].program, wiring, groups[0].shots_samples(wiring))
    if len(groups) == 1 and held.columns and all(held.columns):
        held.program = program


def _key(samples: NDArray[np.float32]) -> bytes:
    return hashlib.blake2b(samples.data, digest_size=16).digest()


@functools.lru_cache(maxsize=_KEPT)
def _ports(program: PortProgram) -> frozenset[str]:
    return frozenset(program.ports[port].name for port in np.unique(program.block.plays.port).tolist())


@functools.lru_cache(maxsize=_KEPT)
def _renderer(program: PortProgram, rate_hz: float, ports: frozenset[str]) -> Renderer:
    return Renderer(program, rate_hz=rate_hz, ports=ports)


@functools.lru_cache(maxsize=_KEPT_HELD)
def _held(program: PortProgram, wiring: SequencerWiring, length: int) -> _Held:
    return _Held.of(program, wiring, length)
