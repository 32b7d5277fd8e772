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
        ports, length = points.ports & self.wiring.ports, points.shots_samples(self.wiring)
        rendered: Iterable[Mapping[str, NDArray[np.complex64]]] = ({} for _ in values)
        if ports:
            rendered = _renderer(points.program, self.wiring.rate_hz, ports).each(tables, values)
        for samples in rendered:
            self.steps.append(
                [
                    self._index(column, channel_samples(feed, samples.get(feed.port), length))
                    for column, feed in enumerate(self.wiring.feeds)
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

    def _index(self, column: int, samples: NDArray[np.float32]) -> int:
        """Where a waveform is in the table; channels that do not change from point to point are not hashed again."""
        last = self.last.get(column)
        if last is not None and np.array_equal(self.waveforms[last], samples):
            return last
        key = hashlib.blake2b(samples.data, digest_size=16).digest()
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = len(self.waveforms)
            self.waveforms.append(samples)
        self.last[column] = found
        return found


def sequences(wiring: Wiring, groups: list[Points]) -> dict[str, SequenceProgram]:
    """What every sequencer that plays at all plays, by name: a step for each point, in order.

    Raises:
        LimitError: If signals add up to more than full scale, or a shot is too long.
    """
    played = frozenset[str]().union(*(points.ports for points in groups))
    tables = {name: _Table(one) for name, one in wiring.sequencers.items() if one.ports & played}
    for points in groups:
        for first in range(0, len(points), POINTS_AT_ONCE):
            values = points.values[first : first + POINTS_AT_ONCE]
            bound = bind(points.program, values)[0]
            for table in tables.values():
                table.add(points, bound, values)
    return {name: table.program() for name, table in tables.items()}


@functools.lru_cache(maxsize=_KEPT)
def _ports(program: PortProgram) -> frozenset[str]:
    return frozenset(program.ports[port].name for port in np.unique(program.block.plays.port).tolist())


@functools.lru_cache(maxsize=_KEPT)
def _renderer(program: PortProgram, rate_hz: float, ports: frozenset[str]) -> Renderer:
    return Renderer(program, rate_hz=rate_hz, ports=ports)
