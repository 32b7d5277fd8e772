# SPDX-License-Identifier: Apache-2.0
"""Port programs written by hand: what the exports and pictures must say of them is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline_hal.lowering.flow import Branch, Condition, Jump, Loop
from feedline_hal.lowering.port_program import Block, Captures, PhaseChanges, Plays, PortProgram, Source
from feedline_hal.pulse.frame import Frame
from feedline_hal.pulse.port import Port
from feedline_hal.pulse.waveform import Waveform

DT = 1e-9
SIX_GHZ, SEVEN_GHZ = 6e9, 7e9


@attrs.frozen(slots=True, eq=False)
class Column:
    """Numbers, and functions of the parameter vector, as a column."""

    entries: tuple[Any, ...]

    def at(self, values: NDArray[np.float64]) -> NDArray[Any]:
        column = [entry(values) if callable(entry) else np.full(np.shape(values)[:-1], entry) for entry in self.entries]
        return np.stack(column, axis=-1) if column else np.zeros((*np.shape(values)[:-1], 0))


@attrs.define(eq=False)
class Writer:
    """Collects what happens in a block, row by row."""

    plays: list[tuple[Any, ...]] = attrs.field(factory=list)
    captures: list[tuple[Any, ...]] = attrs.field(factory=list)
    changes: list[tuple[Any, ...]] = attrs.field(factory=list)
    sources: list[Source] = attrs.field(factory=list)

    def source(self, name: str, qubits: Sequence[int], start: int, duration: int) -> int:
        self.sources.append(Source(name, tuple(qubits), start, duration))
        return len(self.sources) - 1

    def play(self, lane: int, waveform: int, start: int, duration: int, source: int, amplitude: Any, phase: Any = 0.0,
             frequency: float = SIX_GHZ) -> None:  # fmt: skip
        self.plays.append((lane, lane, waveform, start, duration, source, amplitude, phase, frequency))

    def capture(self, lane: int, kernel: int, start: int, duration: int, source: int, clbit: int) -> None:
        self.captures.append((lane, lane, kernel, 2, clbit, start, duration, source, 0.0, SEVEN_GHZ))

    def change(self, lane: int, start: int, kind: int, source: int, value: Any) -> None:
        self.changes.append((lane, start, kind, source, value))

    def block(self, duration: int) -> Block:
        names = [field.name for field in attrs.fields(Plays)]
        nothing = Column(())
        return Block(
            duration_ticks=duration,
            plays=_table(Plays, names, sorted(self.plays, key=lambda row: (row[3], row[1]))),
            captures=_table(Captures, [field.name for field in attrs.fields(Captures)], self.captures),
            changes=_table(PhaseChanges, [field.name for field in attrs.fields(PhaseChanges)], self.changes),
            sources=tuple(self.sources),
            exit_phase_rad=nothing,
            exit_frequency_hz=nothing,
        )


def _table(kind: Callable[..., Any], names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> Any:
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    values = {"amplitude", "phase_rad", "frequency_hz", "value"}
    return kind(**{
        name: Column(tuple(column)) if name in values else np.array(column, dtype=np.int64)
        for name, column in zip(names, columns, strict=True)
    })  # fmt: skip


def ports(qubits: int) -> tuple[tuple[Port, ...], tuple[Frame, ...]]:
    """A drive and a readout per qubit, then a coupler per pair of neighbours; a frame each."""
    made = [Port(f"q{qubit}_drive", qubits=(qubit,)) for qubit in range(qubits)]
    made += [Port(f"q{qubit}_readout", qubits=(qubit,), lo_frequency_hz=SEVEN_GHZ) for qubit in range(qubits)]
    made += [Port(f"q{qubit}_q{qubit + 1}_coupler", qubits=(qubit, qubit + 1)) for qubit in range(qubits - 1)]
    frequency = {"drive": SIX_GHZ, "readout": SEVEN_GHZ, "coupler": 0.0}
    frames = [Frame(f"{port.name}_frame", port, frequency_hz=frequency[port.name.rpartition("_")[2]]) for port in made]
    return tuple(made), tuple(frames)


def library() -> tuple[Waveform, ...]:
    return (
        Waveform.drag(40e-9, 1.0, sigma_s=8e-9, beta_s=3e-9),
        Waveform.gaussian_square(100e-9, 1.0, sigma_s=5e-9, width_s=80e-9),
        Waveform.constant(1e-6, 1.0),
    )


def program(flow: Sequence[Any], *, qubits: int, parameters: Sequence[str] = (), name: str = "made") -> PortProgram:
    made, frames = ports(qubits)
    return PortProgram(
        name=name,
        dt_s=DT,
        num_qubits=qubits,
        num_clbits=qubits,
        ports=made,
        frames=frames,
        waveforms=library(),
        parameters=tuple(parameters),
        flow=tuple(flow),
        calibration_id="cal-0123456789abcdef",
    )


def turns(theta: Any, *, name: str = "turns") -> PortProgram:
    """One qubit: sx, rz(theta), sx, measure; 40 + 40 + 1000 ns."""
    at = Writer()
    at.play(0, 0, 0, 40, at.source("sx", [0], 0, 40), 0.12)
    at.change(0, 40, 0, at.source("rz", [0], 40, 0), theta)
    at.play(0, 0, 40, 40, at.source("sx", [0], 40, 40), 0.12, phase=theta)
    measure(at, qubits=1, qubit=0, start=80)
    return program([at.block(1080)], qubits=1, parameters=["theta"] if callable(theta) else [], name=name)


def measure(at: Writer, *, qubits: int, qubit: int, start: int) -> None:
    source, lane = at.source("measure", [qubit], start, 1000), qubits + qubit
    at.play(lane, 2, start, 1000, source, 0.3, frequency=SEVEN_GHZ)
    at.capture(lane, 2, start, 1000, source, qubit)


def layers(qubits: int, depth: int, rng: np.random.Generator) -> PortProgram:
    """Layers of rz-sx-rz-sx-rz on each qubit, and of cz on neighbours; then all are measured."""
    at, now = Writer(), 0
    phases = np.zeros(qubits)
    for layer in range(depth):
        for qubit in range(qubits):
            for part in range(2):
                angle = rng.uniform(-3, 3)
                phases[qubit] += angle
                at.change(qubit, now + 40 * part, 0, at.source("rz", [qubit], now + 40 * part, 0), angle)
                source = at.source("sx", [qubit], now + 40 * part, 40)
                at.play(qubit, 0, now + 40 * part, 40, source, 0.12 + 0.001 * qubit, phase=phases[qubit])
        now += 80
        for qubit in range(layer % 2, qubits - 1, 2):
            source = at.source("cz", [qubit, qubit + 1], now, 100)
            at.play(2 * qubits + qubit, 1, now, 100, source, 0.25, frequency=0.0)
        now += 100
    for qubit in range(qubits):
        measure(at, qubits=qubits, qubit=qubit, start=now)
    return program([at.block(now + 1000)], qubits=qubits, name=f"{depth} layers")


def decisions() -> PortProgram:
    """Measure; if the bit is 1 turn back, else wait; twice a turn; stop while it is 1; end."""
    first, back, wait, again, last = (Writer() for _ in range(5))
    measure(first, qubits=1, qubit=0, start=0)
    back.play(0, 0, 0, 40, back.source("x", [0], 0, 40), 0.24)
    again.play(0, 0, 0, 40, again.source("sx", [0], 0, 40), 0.12)
    last.change(0, 0, 3, last.source("pulse", [0], 0, 0), 6.1e9)
    last.play(0, 0, 0, 40, last.source("sx", [0], 0, 40), 0.12 + 0.05j)
    condition = Condition((0,), value=1)
    branch = Branch(condition=condition, cases=(((1,), (back.block(40),)), (None, (wait.block(300),))))
    loop = Loop(body=(again.block(40),), count=2)
    stop = Loop(body=(Jump("break"),), condition=condition)
    return program([first.block(1000), branch, loop, stop, last.block(40)], qubits=1, name="decisions")
