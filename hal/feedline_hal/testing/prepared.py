# SPDX-License-Identifier: Apache-2.0
"""A port program made ready for the reference device, and what its shots leave behind."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline_hal.grid import Grid
from feedline_hal.lowering.port_program import PortProgram

from .model import Matrix, Model
from .stretch import Event, events_of


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Record:
    """What was measured, a row per shot, a column per classical bit.

    Attributes:
        bits: Classified.
        points: Integrated, or ``None`` if nobody asked for them.
    """

    bits: NDArray[np.bool_]
    points: Matrix | None = None


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Prepared:
    """A program ready for its walk.

    Attributes:
        program: The program.
        events: What happens in each block, by the block's identity.
        samples: Of each waveform, one per tick; empty for one that comes with the parameters.
        feedback_ticks: How long a decision takes.
        longest_ticks: Longest that a shot may last.
    """

    program: PortProgram
    events: dict[int, tuple[Event, ...]]
    samples: tuple[Matrix, ...]
    feedback_ticks: int
    longest_ticks: int

    @property
    def has_free_waveforms(self) -> bool:
        """Whether shapes, not only amplitudes, depend on the parameters."""
        return any(waveform.free for waveform in self.program.waveforms)

    def samples_at(self, values: NDArray[np.float64]) -> tuple[Matrix, ...]:
        """Samples of every waveform for one parameter vector."""
        given = dict(zip(self.program.vector.parameters, values.tolist(), strict=True))
        return tuple(
            waveform.bind(given).sample(1 / self.program.dt_s) if waveform.free else known
            for waveform, known in zip(self.program.waveforms, self.samples, strict=True)
        )


def prepare(program: PortProgram, model: Model, grid: Grid) -> Prepared:
    """Sample waveforms, and sort what happens by time.

    Raises:
        CapabilityError: If a capture asks for what the device does not record.
    """
    longest_s = grid.max_duration_s or float(np.iinfo(np.int64).max) * grid.dt_s
    return Prepared(
        program=program,
        events={id(block): events_of(program, block, model) for block in program.blocks()},
        samples=tuple(
            np.zeros(0, dtype=np.complex128) if waveform.free else waveform.sample(1 / grid.dt_s)
            for waveform in program.waveforms
        ),
        feedback_ticks=grid.ticks(grid.feedback_s, "feedback_s"),
        longest_ticks=int(longest_s / grid.dt_s),
    )
