# SPDX-License-Identifier: Apache-2.0
"""The stage ``program``: port programs at some points become tables of unique waveforms and steps, per sequencer."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline_hal.instrument.sequence import SequenceProgram
from feedline_hal.lowering.port_program import PortProgram
from feedline_hal.lowering.render import render_each

from .wiring import SequencerWiring, Wiring, channel_samples

Samples = Mapping[str, NDArray[np.complex64]]


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
        return frozenset(self.program.ports[port].name for port in np.unique(self.program.block.plays.port).tolist())

    def shots_samples(self, wiring: SequencerWiring) -> int:
        """Length of each point's waveforms on a sequencer."""
        return wiring.length(math.ceil(self.duration_s * wiring.rate_hz - 1e-6) + wiring.late_samples)


@attrs.define(slots=True, eq=False)
class _Table:
    """Unique waveforms of one sequencer while they are found."""

    waveforms: list[NDArray[np.float32]] = attrs.field(factory=list)
    known: dict[bytes, int] = attrs.field(factory=dict)
    steps: list[list[int]] = attrs.field(factory=list)
    last: dict[int, int] = attrs.field(factory=dict)

    def index(self, column: int, samples: NDArray[np.float32]) -> int:
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


def sequence(wiring: SequencerWiring, groups: Iterable[Points]) -> SequenceProgram:
    """What one sequencer plays: a step for each point, in order.

    Raises:
        LimitError: If signals add up to more than full scale, or a shot is too long.
    """
    table = _Table()
    for points in groups:
        length = points.shots_samples(wiring)
        for samples in _rendered(points, wiring):
            table.steps.append(
                [
                    table.index(column, channel_samples(feed, samples.get(feed.port), length))
                    for column, feed in enumerate(wiring.feeds)
                ]
            )
    return SequenceProgram(
        rate_hz=wiring.rate_hz,
        channels=wiring.channels,
        waveforms=tuple(table.waveforms),
        steps=np.array(table.steps, dtype=np.int64).reshape(-1, len(wiring.channels)),
        amplitude_v=wiring.amplitude_v,
        offset_v=wiring.offset_v,
    )


def sequences(wiring: Wiring, groups: list[Points]) -> dict[str, SequenceProgram]:
    """What every sequencer that plays at all plays, by name."""
    played = frozenset[str]().union(*(points.ports for points in groups))
    return {name: sequence(one, groups) for name, one in wiring.sequencers.items() if one.ports & played}


def _rendered(points: Points, wiring: SequencerWiring) -> Iterator[Samples]:
    ports = points.ports & wiring.ports
    if not ports:
        yield from ({} for _ in range(len(points)))
        return
    yield from render_each(points.program, points.values, rate_hz=wiring.rate_hz, ports=ports)
