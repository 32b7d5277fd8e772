# SPDX-License-Identifier: Apache-2.0
"""The port level: what each port emits and records and when, as tables over one parameter vector."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline_hal.pulse.frame import Frame
from feedline_hal.pulse.port import Port
from feedline_hal.pulse.value import number
from feedline_hal.pulse.waveform import Waveform

from .flow import Flow, blocks_of
from .pulse_program import Guards
from .value_map import AffineMap, PhaseMap
from .vector import Vector

Column = NDArray[np.int64]


@attrs.frozen(kw_only=True, slots=True, eq=False, repr=False)
class Plays:
    """Plays of one block, a row each, by start and then by port.

    The port emits the real part of ``x(t) exp(2 pi i lo t)``, where a play adds ``amplitude * w(t - start) *
    exp(i (phase + 2 pi (frequency - lo) (t - start)))`` to ``x``; ``w`` is the waveform of amplitude 1, ``t``
    counts from the start of the block.

    Attributes:
        frame, port, waveform: Indices into the program's tables.
        start_ticks, duration_ticks: When.
        source: Index of the operation it comes from in `Block.sources`.
        amplitude: Factor of the waveform, of full scale; complex if any is.
        phase_rad: Phase of the carrier, relative to the local oscillator, at the start of the play; in
            a block that is not the first, the phase gathered before it comes on top (`Block.exit`).
        frequency_hz: Of the carrier.
    """

    frame: Column
    port: Column
    waveform: Column
    start_ticks: Column
    duration_ticks: Column
    source: Column
    amplitude: AffineMap
    phase_rad: PhaseMap
    frequency_hz: AffineMap

    def __repr__(self) -> str:
        return f"<Plays, {len(self)}>"

    def __len__(self) -> int:
        """Number of plays."""
        return len(self.start_ticks)


@attrs.frozen(kw_only=True, slots=True, eq=False, repr=False)
class Captures:
    """Captures of one block, a row each, by start and then by port.

    Attributes:
        frame, port: Indices into the program's tables.
        kernel: Index into the program's waveforms; -1 for none.
        kind: Number of OpenPulse's ``capture_vN``: 1 IQ, 2 bit, 3 raw, 4 count, 0 nothing.
        clbit: Classical bit of the circuit that the result goes to; -1 for none.
        start_ticks, duration_ticks: When.
        source: Index into `Block.sources`.
        phase_rad, frequency_hz: Of the frame at the start, as in `Plays`.
    """

    frame: Column
    port: Column
    kernel: Column
    kind: Column
    clbit: Column
    start_ticks: Column
    duration_ticks: Column
    source: Column
    phase_rad: PhaseMap
    frequency_hz: AffineMap

    def __repr__(self) -> str:
        return f"<Captures, {len(self)}>"

    def __len__(self) -> int:
        """Number of captures."""
        return len(self.start_ticks)


@attrs.frozen(kw_only=True, slots=True, eq=False, repr=False)
class PhaseChanges:
    """Phase and frequency changes of one block, in order; for pictures and for devices that track frames.

    Attributes:
        frame: Index into the program's frames.
        start_ticks: When.
        kind: 0 shift phase, 1 set phase, 2 shift frequency, 3 set frequency.
        source: Index into `Block.sources`.
        value: Radians or hertz.
    """

    frame: Column
    start_ticks: Column
    kind: Column
    source: Column
    value: AffineMap

    def __repr__(self) -> str:
        return f"<PhaseChanges, {len(self)}>"

    def __len__(self) -> int:
        """Number of changes."""
        return len(self.start_ticks)


class Source(NamedTuple):
    """An operation of the circuit and when it happens.

    Attributes:
        name: Gate name; ``pulse`` for a pulse box.
        qubits: Physical qubits.
        start_ticks, duration_ticks: When, from the start of its block.
    """

    name: str
    qubits: tuple[int, ...]
    start_ticks: int
    duration_ticks: int


@attrs.frozen(kw_only=True, slots=True, eq=False, repr=False)
class Exit:
    """What frames have gained at the end of a block, a row per frame of the program.

    Attributes:
        phase_rad: By shifts; for frames in `sets_phase` it is the phase itself.
        clock_rad: By frequency changes in the block, on top of the clock of the frame's own frequency.
        frequency_hz: By shifts; for frames in `sets_frequency` it is the frequency itself.
        sets_phase, sets_frequency: Indices of frames whose phase (frequency) the block sets.
    """

    phase_rad: PhaseMap
    clock_rad: PhaseMap
    frequency_hz: AffineMap
    sets_phase: frozenset[int] = frozenset()
    sets_frequency: frozenset[int] = frozenset()


@attrs.frozen(kw_only=True, slots=True, eq=False, repr=False)
class Block:
    """A stretch of time without decisions.

    Attributes:
        duration_ticks: How long it lasts.
        plays, captures, changes: What happens in it.
        sources: The operations of the circuit in it.
        guards: Angles that are to be checked when parameters are bound.
        exit: What frames have gained at its end; the next block starts from there.
    """

    duration_ticks: int
    plays: Plays
    captures: Captures
    changes: PhaseChanges
    sources: tuple[Source, ...]
    exit: Exit
    guards: Guards | None = None

    def __repr__(self) -> str:
        return f"<Block of {self.duration_ticks} ticks: {len(self.plays)} plays, {len(self.captures)} captures>"


@attrs.frozen(kw_only=True, slots=True, eq=False, repr=False)
class PortProgram:
    """What each port emits and records, for every value of the parameter vector.

    Attributes:
        name: The circuit's.
        dt_s: Length of a tick.
        num_qubits, num_clbits: Of the circuit.
        ports, frames: The device's, in the order of the indices.
        waveforms: Unique waveforms of amplitude 1, kernels among them.
        parameters: Names of the parameter vector, the circuit's own order.
        flow: Blocks and decisions in order; a program without control flow is one block.
        calibration_id: Id of the calibration set.
        vector: What the values depend on.
        peaks: Largest magnitude of each waveform, ``None`` if not computed yet.
        shaped: Indices of the waveforms whose shape depends on the parameters.
    """

    name: str
    dt_s: float
    num_qubits: int
    num_clbits: int
    ports: tuple[Port, ...]
    frames: tuple[Frame, ...]
    waveforms: tuple[Waveform, ...]
    parameters: tuple[str, ...]
    flow: Flow
    calibration_id: str = ""
    vector: Vector = attrs.field(factory=lambda: Vector(()))
    peaks: NDArray[np.float64] | None = None
    shaped: tuple[int, ...] = attrs.field(init=False)

    @shaped.default
    def _shaped(self) -> tuple[int, ...]:
        return tuple(index for index, waveform in enumerate(self.waveforms) if waveform.free)

    @property
    def block(self) -> Block:
        """The only block of a program without control flow."""
        if len(self.flow) == 1 and isinstance(self.flow[0], Block):
            return self.flow[0]
        from feedline_hal.errors import PulseError

        raise PulseError(
            f"Program '{self.name}' has control flow, so it is not one block.",
            remedy="Walk program.blocks(), or program.flow.",
        )

    def blocks(self) -> Iterator[Block]:
        """Every block, those in branches and loops included, in order of the text."""
        yield from blocks_of(self.flow)

    def free_ports(self) -> frozenset[str]:
        """Names of the ports whose samples depend on the parameters."""
        found: set[int] = set()
        for plays in (block.plays for block in self.blocks()):
            for column in (plays.amplitude, plays.phase_rad, plays.frequency_hz):
                found.update(plays.port[column.free_rows].tolist())
            found.update(plays.port[np.isin(plays.waveform, self.shaped)].tolist())
        return frozenset(self.ports[port].name for port in found)

    def lo_hz(self, port: int) -> float:
        """What samples of a port are relative to: its local oscillator, else its first frame's frequency."""
        own = self.ports[port].lo_frequency_hz
        if own is not None:
            return own
        name = self.ports[port].name
        return next((number(frame.frequency_hz, frame.name) for frame in self.frames if frame.port.name == name), 0.0)

    def __repr__(self) -> str:
        plays = sum(len(block.plays) for block in self.blocks())
        names = f", parameters {', '.join(self.parameters[:4])}" if self.parameters else ""
        return f"<PortProgram '{self.name}': {plays} plays{names}>"
