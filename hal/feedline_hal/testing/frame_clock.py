# SPDX-License-Identifier: Apache-2.0
"""Phase and frequency of plays and captures in a block that others came before."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline_hal.errors import LimitError
from feedline_hal.lowering.bind import Tables
from feedline_hal.lowering.port_program import Block, Captures, Plays, PortProgram
from feedline_hal.pulse.port import Port
from feedline_hal.pulse.value import number

from .ensemble import Ensemble

_SET_PHASE, _SET_FREQUENCY = 1, 3
_NEVER = np.iinfo(np.int64).max
Ticks = NDArray[np.int64]


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Table:
    """Phase and frequency of rows, for several sweep points; and what earlier blocks add to them.

    Attributes:
        frame, start_ticks: Of each row.
        phase_rad, frequency_hz: As the block's own table has them, shape ``(points, rows)``.
        lo_hz, base_hz: Of each row's port, and of its frame at the start of the program.
        keeps_phase: Whether earlier phase shifts still count: nothing has set the phase before.
        shift_ends_ticks: When the block sets the frequency, so that earlier shifts of it end.
        dt_s: Length of a tick.
        ports: Of each row, by whose range frequencies are checked that gather over blocks.
    """

    frame: Ticks
    start_ticks: Ticks
    phase_rad: NDArray[np.float64]
    frequency_hz: NDArray[np.float64]
    lo_hz: NDArray[np.float64]
    base_hz: NDArray[np.float64]
    keeps_phase: NDArray[np.bool_]
    shift_ends_ticks: Ticks
    dt_s: float
    ports: tuple[Port, ...]

    def carrier(self, row: int, ensemble: Ensemble) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Phase against the port's oscillator when a row starts, and frequency, for each row of an ensemble."""
        phase, frequency = self.phase_rad[ensemble.point, row], self.frequency_hz[ensemble.point, row]
        frame, start = int(self.frame[row]), int(self.start_ticks[row])
        offset_hz = self.base_hz[row] - self.lo_hz[row]
        gained = ensemble.clock_rad[:, frame] + 2 * np.pi * offset_hz * ensemble.time_ticks * self.dt_s
        if self.keeps_phase[row]:
            gained = gained + ensemble.phase_rad[:, frame]
        shift = ensemble.shift_hz[:, frame]
        if shift.any():
            ends = int(self.shift_ends_ticks[row])
            gained = gained + 2 * np.pi * shift * min(start, ends) * self.dt_s
            frequency = frequency + shift * (start < ends)
            self._check(self.ports[row], frequency)
        return phase + gained, frequency

    @staticmethod
    def _check(port: Port, frequency_hz: NDArray[np.float64]) -> None:
        """What a block alone does is checked when it is bound; loops and branches may add up to more."""
        low, high = port.frequency_range_hz or (-np.inf, np.inf)
        beyond = (frequency_hz < low) | (frequency_hz > high)
        if beyond.any():
            raise LimitError(
                f"Frequency shifts add up to {frequency_hz[beyond][0]:.12g} Hz on port '{port.name}'.",
                remedy=f"The port goes from {low:.12g} to {high:.12g} Hz; set the frequency where a loop begins.",
            )


def play_table(program: PortProgram, block: Block, values: Tables) -> Table:
    """Carriers of a block's plays."""
    return _table(program, block, block.plays, (values.phase_rad, values.frequency_hz))


def capture_table(program: PortProgram, block: Block, values: Tables) -> Table:
    """Carriers of a block's captures."""
    return _table(program, block, block.captures, (values.capture_phase_rad, values.capture_frequency_hz))


def _table(
    program: PortProgram, block: Block, rows: Plays | Captures, values: tuple[NDArray[np.float64], NDArray[np.float64]]
) -> Table:
    lo_hz = np.array([program.lo_hz(port) for port in range(len(program.ports))])
    base_hz = base_frequencies(program)
    return Table(
        frame=rows.frame,
        start_ticks=rows.start_ticks,
        phase_rad=values[0],
        frequency_hz=np.real(values[1]),
        lo_hz=lo_hz[rows.port],
        base_hz=base_hz[rows.frame],
        keeps_phase=_first(block, _SET_PHASE, len(base_hz))[rows.frame] > rows.start_ticks,
        shift_ends_ticks=_first(block, _SET_FREQUENCY, len(base_hz))[rows.frame],
        dt_s=program.dt_s,
        ports=tuple(program.ports[port] for port in rows.port.tolist()),
    )


def base_frequencies(program: PortProgram) -> NDArray[np.float64]:
    """Of each frame at the start of a program."""
    return np.array([number(frame.frequency_hz, f"frame '{frame.name}'") for frame in program.frames])


def leave(program: PortProgram, block: Block, ensemble: Ensemble, values: Tables) -> None:
    """Let time and phases go on to the end of a block."""
    phase = values.exit_phase_rad[ensemble.point]
    frequency = np.real(values.exit_frequency_hz[ensemble.point])
    frames = np.arange(len(program.frames))
    ends = np.minimum(_first(block, _SET_FREQUENCY, len(frames)), block.duration_ticks)
    keeps = ~np.isin(frames, list(block.exit.sets_phase))
    shifts = ~np.isin(frames, list(block.exit.sets_frequency))
    ensemble.phase_rad = ensemble.phase_rad * keeps + phase
    clock = values.exit_clock_rad[ensemble.point]
    ensemble.clock_rad = ensemble.clock_rad + clock + 2 * np.pi * program.dt_s * ensemble.shift_hz * ends
    ensemble.shift_hz = ensemble.shift_hz * shifts + frequency - base_frequencies(program) * ~shifts
    ensemble.time_ticks = ensemble.time_ticks + block.duration_ticks


def wait(ensemble: Ensemble, ticks: int, dt_s: float) -> None:
    """Let time pass without a block."""
    ensemble.clock_rad = ensemble.clock_rad + 2 * np.pi * dt_s * ensemble.shift_hz * ticks
    ensemble.time_ticks = ensemble.time_ticks + ticks


def _first(block: Block, kind: int, frames: int) -> Ticks:
    """When each frame is first set in a block; far in the future if never."""
    found = np.full(frames, _NEVER)
    chosen = block.changes.kind == kind
    np.minimum.at(found, block.changes.frame[chosen], block.changes.start_ticks[chosen])
    return found
