# SPDX-License-Identifier: Apache-2.0
"""Plays one block to an ensemble: pulses, captures, resets, in order of time."""

from __future__ import annotations

from math import comb

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline_hal.lowering.bind import Tables
from feedline_hal.lowering.port_program import Block

from .ensemble import Ensemble
from .frame_clock import Table, capture_table, leave, play_table
from .library import Library
from .model import Matrix, Model
from .prepared import Prepared, Record
from .propagator import Carrier, overlapping
from .stretch import Drain, Recording, Stretch, embedded

_MANY_ROWS = 256


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Player:
    """Plays blocks of one program.

    Attributes:
        prepared: The program.
        samples: Of each of its waveforms, one per tick.
        tables: What each block's values are at the sweep points, by the block's identity.
        model: The physics.
        library: Propagators known so far.
        rng: Randomness.
        record: Where results go.
    """

    prepared: Prepared
    samples: tuple[Matrix, ...]
    tables: dict[int, Tables]
    model: Model
    library: Library
    rng: np.random.Generator
    record: Record
    _carriers: dict[int, tuple[Table, Table]] = attrs.field(factory=dict)

    def play(self, block: Block, ensemble: Ensemble) -> None:
        """Take an ensemble through a block."""
        for event in self.prepared.events[id(block)]:
            if isinstance(event, Recording):
                self._record(event, block, ensemble)
            elif isinstance(event, Drain):
                self._drain(event, block, ensemble)
            elif len(event.rows) == 1:
                self._drive(event, block, ensemble)
            else:
                self._drive_together(event, block, ensemble)
        leave(self.prepared.program, block, ensemble, self.tables[id(block)])

    def _carriers_of(self, block: Block) -> tuple[Table, Table]:
        """Of plays and of captures."""
        found = self._carriers.get(id(block))
        if found is None:
            program, values = self.prepared.program, self.tables[id(block)]
            found = play_table(program, block, values), capture_table(program, block, values)
            self._carriers[id(block)] = found
        return found

    def _amplitude(self, block: Block, row: int, ensemble: Ensemble) -> NDArray[np.complex128]:
        """Complex amplitude of a play for each row of an ensemble."""
        return np.asarray(self.tables[id(block)].amplitude[ensemble.point, row], dtype=np.complex128)

    def _samples(self, block: Block, row: int) -> Matrix:
        return self.samples[int(block.plays.waveform[row])]

    def _drive(self, event: Stretch, block: Block, ensemble: Ensemble) -> None:
        """One play alone: its phase and its time are diagonal factors around a known propagator."""
        (row,), (channel,) = event.rows, event.channels
        amplitude, carriers = self._amplitude(block, row, ensemble), self._carriers_of(block)[0]
        phase, frequency_hz = carriers.carrier(row, ensemble)
        start_s = (ensemble.time_ticks + event.start_ticks) * self.library.dt_s
        phase = phase + np.angle(amplitude) + 2 * np.pi * (carriers.lo_hz[row] - channel.frequency_hz) * start_s
        angles = 2 * np.pi * np.outer(start_s, channel.anharmonic_hz) - np.outer(phase, channel.charge)
        matrices = self.library.propagators(
            channel,
            self._samples(block, row),
            amplitude=np.abs(amplitude),
            detuning_hz=frequency_hz - channel.frequency_hz,
        )
        ensemble.turn(event.qubits, -angles)
        ensemble.apply(event.qubits, matrices)
        ensemble.turn(event.qubits, angles)

    def _drive_together(self, event: Stretch, block: Block, ensemble: Ensemble) -> None:
        """Plays that overlap on a qubit: stepped for each distinct set of their values."""
        dt_s, carriers = self.library.dt_s, self._carriers_of(block)[0]
        columns = []
        for row, channel in zip(event.rows, event.channels, strict=True):
            phase, frequency_hz = carriers.carrier(row, ensemble)
            detuning_hz = frequency_hz - channel.frequency_hz
            start_s = (ensemble.time_ticks + block.plays.start_ticks[row]) * dt_s
            early_s = (block.plays.start_ticks[row] - event.start_ticks) * dt_s
            phase = phase + 2 * np.pi * (carriers.lo_hz[row] - channel.frequency_hz) * start_s
            phase = phase - 2 * np.pi * detuning_hz * early_s
            amplitude = self._amplitude(block, row, ensemble)
            columns += [amplitude.real, amplitude.imag, phase, detuning_hz]
        columns.append((ensemble.time_ticks + event.start_ticks) * dt_s)
        distinct, back = np.unique(np.column_stack(columns), axis=0, return_inverse=True)
        matrices = np.stack([self._stepped(event, block, values) for values in distinct])
        ensemble.apply(event.qubits, matrices if len(matrices) == 1 else matrices[back.reshape(-1)])

    def _stepped(self, event: Stretch, block: Block, values: NDArray[np.float64]) -> Matrix:
        carriers = []
        numbers = values[:-1].reshape(-1, 4)
        for row, channel, (real, imag, phase, detuning) in zip(event.rows, event.channels, numbers, strict=True):
            signal = np.zeros(event.stop_ticks - event.start_ticks, dtype=np.complex128)
            begin = int(block.plays.start_ticks[row]) - event.start_ticks
            signal[begin : begin + int(block.plays.duration_ticks[row])] = self._samples(block, row)
            carriers.append(
                Carrier(
                    rate_hz=channel.rate_hz,
                    jump=embedded(channel, event.qubits, self.model.levels),
                    signal=complex(real, imag) * signal,
                    phase_rad=phase,
                    detuning_hz=detuning,
                )
            )
        return overlapping(carriers, self.model.anharmonic_hz(event.qubits), float(values[-1]), self.library.dt_s)

    def _record(self, event: Recording, block: Block, ensemble: Ensemble) -> None:
        """Project a qubit; what the resonator answers, integrated and noisy, is the result."""
        levels = self.model.levels
        pointers, spread = self._heard(event, block, ensemble)
        projectors = np.zeros((1, levels, levels, levels), dtype=np.complex128)
        projectors[0, range(levels), range(levels), range(levels)] = 1
        owner = ensemble.owner
        level = ensemble.split(event.qubit, projectors, self.rng.random(len(owner)))
        clbit = int(block.captures.clbit[event.row])
        _settle(ensemble)
        if clbit < 0:
            return
        noise = self.rng.normal(scale=spread, size=(2, len(owner)))
        points = pointers[owner, level] + noise[0] + 1j * noise[1]
        self.record.bits[ensemble.shot, clbit] = points.imag > 0
        if self.record.points is not None:
            self.record.points[ensemble.shot, clbit] = points

    def _heard(self, event: Recording, block: Block, ensemble: Ensemble) -> tuple[Matrix, float]:
        """The mean point of each row and level, and the standard deviation of a quadrature."""
        captures, plays, dt_s = block.captures, block.plays, self.library.dt_s
        carriers, own = self._carriers_of(block)
        kernel = self.samples[int(captures.kernel[event.row])]
        own_rad, own_hz = own.carrier(event.row, ensemble)
        begin, ticks = int(captures.start_ticks[event.row]), len(kernel)
        pointers = np.zeros((len(ensemble.point), self.model.levels), dtype=np.complex128)
        for row in event.tones:
            first = max(begin, int(plays.start_ticks[row]))
            last = min(begin + ticks, int(plays.start_ticks[row] + plays.duration_ticks[row]))
            ahead = int(plays.start_ticks[row]) - begin
            signal = (
                kernel[first - begin : last - begin]
                * self._samples(block, row)[first - begin - ahead : last - begin - ahead]
            )
            phase, frequency_hz = carriers.carrier(row, ensemble)
            lo_hz = carriers.lo_hz[row]
            beat_hz = frequency_hz - own_hz
            offset = phase - own_rad + 2 * np.pi * (lo_hz - frequency_hz) * ahead * dt_s
            values, back = np.unique(beat_hz, return_inverse=True)
            middle_s = (np.arange(first, last) - begin + 0.5) * dt_s
            sums = np.exp(2j * np.pi * np.outer(values, middle_s)) @ signal / ticks
            factor = self._amplitude(block, row, ensemble) * np.exp(1j * offset) * sums[back]
            pointers += factor[:, None] * self.model.pointer(event.qubit, frequency_hz)
        transmon = self.model.transmons[event.qubit]
        return pointers, transmon.noise * float(np.linalg.norm(kernel)) / ticks

    def _drain(self, event: Drain, block: Block, ensemble: Ensemble) -> None:
        """Let energy leave: each quantum is kept with the same probability, whatever becomes of the others."""
        levels, row = self.model.levels, event.row
        strength = np.abs(self._amplitude(block, row, ensemble)) ** 2 * np.sum(np.abs(self._samples(block, row)) ** 2)
        kept = np.exp(-2 * np.pi * self.model.transmons[event.qubit].reset_hz * strength * self.library.dt_s)
        operators = np.zeros((len(kept), levels, levels, levels), dtype=np.complex128)
        for lost in range(levels):
            for level in range(lost, levels):
                share = comb(level, lost) * (1 - kept) ** lost * kept ** (level - lost)
                operators[:, lost, level - lost, level] = np.sqrt(share)
        ensemble.split(event.qubit, operators, self.rng.random(len(ensemble.owner)))
        _settle(ensemble)


def _settle(ensemble: Ensemble) -> None:
    """Merge rows where outcomes have made many."""
    if len(ensemble.point) > max(_MANY_ROWS, 9 * len(np.unique(ensemble.point))):
        ensemble.merge()
