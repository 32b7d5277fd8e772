# SPDX-License-Identifier: Apache-2.0
"""Carriers: phase and frequency of every frame at every play, as maps of the parameter vector.

With ``f0`` a frame's frequency at the start of the block, ``lo`` its port's local oscillator, shifts ``s_i`` of
its phase and changes ``d_k`` of its frequency at times ``t_k``, the phase relative to the oscillator is ::

    phase(t) = sum s_i + 2 pi (f0 - lo) t + 2 pi sum d_k (t - t_k)

so virtual Z rotations cost no pulse, and nothing but a running sum. ``SetPhase`` sets the sum of the shifts
and leaves the clock as it is (as in Qiskit pulse: the carrier is ``exp(i (clock(t) + phase))``).

Source: OpenQASM 3 specification, "OpenPulse Grammar", section "Phase tracking"; McKay et al., PRA 96, 022330 (2017).
"""

from __future__ import annotations

import math

import attrs
import numpy as np
from numpy.typing import NDArray

from .events import CHANGE
from .port_program import Exit
from .pulse_program import PulseBlock
from .value_map import AffineMap, PhaseMap, Shifts

_Rows = NDArray[np.intp]
SHIFT_PHASE, SET_PHASE, SHIFT_FREQUENCY, SET_FREQUENCY = CHANGE, CHANGE + 1, CHANGE + 2, CHANGE + 3


@attrs.define(kw_only=True, slots=True, eq=False)
class Carrier:
    """What the frames of one block do.

    Attributes:
        pulses: The block's events.
        frequency_hz, phase_rad: Of each frame when the block starts.
        lo_hz: Of each frame's port.
        dt_s: Length of a tick.
    """

    pulses: PulseBlock
    frequency_hz: NDArray[np.float64]
    phase_rad: NDArray[np.float64]
    lo_hz: NDArray[np.float64]
    dt_s: float
    _order: _Rows = attrs.field(init=False)
    _rank: _Rows = attrs.field(init=False)
    _shift_ranks: _Rows = attrs.field(init=False)
    _shift_terms: Shifts = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Sort the events by frame, then by time, then by the order of the operations."""
        pulses = self.pulses
        self._order = np.lexsort((pulses.start_ticks, pulses.frame))
        self._rank = np.empty_like(self._order)
        self._rank[self._order] = np.arange(len(self._order))
        value = pulses.value
        keep = np.isin(pulses.kind[value.row], (SHIFT_PHASE, SET_PHASE))
        ranks = self._rank[value.row[keep]]
        sorting = np.argsort(ranks, kind="stable")
        self._shift_ranks = ranks[sorting]
        self._shift_terms = Shifts(value.column[keep][sorting], value.coefficient.real[keep][sorting])

    def at_rows(self, rows: _Rows) -> tuple[PhaseMap, AffineMap]:
        """Phase and frequency at the start of events."""
        return self._at(self.pulses.frame[rows], self._rank[rows], self.pulses.start_ticks[rows])

    def at_end(self, frames: int) -> Exit:
        """What each frame has gained when the block ends.

        The clock of the frame's own frequency, which goes on whatever happens, is left out.
        """
        every = np.arange(frames)
        after = np.searchsorted(self.pulses.frame[self._order], every, side="right")
        phase, frequency = self._at(every, after, np.full(frames, self.pulses.scheduled.duration_ticks))
        shifts = self._shifts(every, after)
        end_s = self.pulses.scheduled.duration_ticks * self.dt_s
        own_clock = 2 * math.pi * (self.frequency_hz - self.lo_hz) * end_s
        clock = attrs.evolve(phase, constant=phase.constant - own_clock - shifts.constant, first=phase.last)
        kinds = self.pulses.kind
        sets_frequency = frozenset(self.pulses.frame[kinds == SET_FREQUENCY].tolist())
        base = self.frequency_hz.copy()
        base[list(sets_frequency)] = 0.0
        return Exit(
            phase_rad=shifts,
            clock_rad=clock,
            frequency_hz=attrs.evolve(frequency, constant=frequency.constant - base),
            sets_phase=frozenset(self.pulses.frame[kinds == SET_PHASE].tolist()),
            sets_frequency=sets_frequency,
        )

    def _at(self, frame: _Rows, rank: _Rows, ticks: NDArray[np.int64]) -> tuple[PhaseMap, AffineMap]:
        """Phase and frequency of frames at places in the sorted events: after all events ranked before."""
        phase = self._shifts(frame, rank)
        time_s = np.asarray(ticks * self.dt_s, dtype=np.float64)
        clock = 2 * math.pi * (self.frequency_hz - self.lo_hz)[frame] * time_s
        frequency = AffineMap(vector=self.pulses.value.vector, constant=self.frequency_hz[frame])
        phase = attrs.evolve(phase, constant=phase.constant + clock)
        if not (self.pulses.kind >= SHIFT_FREQUENCY).any():
            return phase, frequency
        from .detour import with_frequency_changes

        return with_frequency_changes(self, phase, frequency, frame=frame, rank=rank, time_s=time_s)

    def _shifts(self, frame: _Rows, rank: _Rows) -> PhaseMap:
        """The sum of phase shifts, from the last phase that was set (itself included), else from the start."""
        pulses, order = self.pulses, self._order
        kind, value = pulses.kind[order], pulses.value
        is_phase = (kind == SHIFT_PHASE) | (kind == SET_PHASE)
        running = np.zeros(len(order) + 1)
        np.cumsum(np.where(is_phase, value.constant.real[order], 0.0), out=running[1:])
        latest = np.full(len(order) + 1, -1)
        np.maximum.accumulate(np.where(kind == SET_PHASE, np.arange(len(order)), -1), out=latest[1:])
        frame_first = np.searchsorted(pulses.frame[order], frame, side="left")
        begin = np.maximum(frame_first, latest[rank])
        base = np.where(latest[rank] >= frame_first, 0.0, self.phase_rad[frame])
        return PhaseMap(
            vector=pulses.value.vector,
            constant=running[rank] - running[begin] + base,
            shifts=self._shift_terms,
            first=np.searchsorted(self._shift_ranks, begin),
            last=np.searchsorted(self._shift_ranks, rank),
        )

    def frequency_events(self) -> list[tuple[int, int]]:
        """Events that change a frequency, as (rank, row), in the order of the ranks."""
        rows = np.flatnonzero(self.pulses.kind >= SHIFT_FREQUENCY)
        return sorted((int(self._rank[row]), int(row)) for row in rows)
