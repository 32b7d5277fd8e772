# SPDX-License-Identifier: Apache-2.0
"""From stage ``pulse`` to stage ``port``: frames become phases and frequencies of each play, limits are checked."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline_hal.pulse.value import number

from .carrier import Carrier
from .events import CAPTURE, CHANGE, PLAY
from .flow import mapped
from .limit import check_constants, check_overlaps, peaks_of
from .port_program import Block, Captures, PhaseChanges, Plays, PortProgram, Source
from .pulse_program import PulseBlock, PulseProgram
from .value_map import AffineMap


def to_port(program: PulseProgram) -> PortProgram:
    """Fold frames away.

    Raises:
        PulseError: If plays overlap on one port.
        LimitError: If an amplitude or frequency that is a number is beyond the port's range.
    """
    isa = program.scheduled.isa
    maker = _PortMaker(program)
    made = PortProgram(
        name=isa.name,
        dt_s=program.scheduled.grid.dt_s,
        num_qubits=isa.num_qubits,
        num_clbits=isa.num_clbits,
        ports=program.ports,
        frames=program.frames,
        waveforms=program.waveforms,
        parameters=tuple(parameter.name for parameter in isa.parameters),
        flow=mapped(program.flow, maker.block),
        calibration_id=isa.calibration_id,
        vector=program.vector,
        peaks=peaks_of(program.waveforms, program.scheduled.grid.dt_s),
    )
    check_overlaps(made)
    check_constants(made)
    return made


@attrs.define(slots=True, eq=False)
class _PortMaker:
    program: PulseProgram
    _carrier_hz: NDArray[np.float64] = attrs.field(init=False)
    _phase_rad: NDArray[np.float64] = attrs.field(init=False)
    _lo_hz: NDArray[np.float64] = attrs.field(init=False)
    _is_first: bool = True

    def __attrs_post_init__(self) -> None:
        """Read the frames' numbers."""
        frames = self.program.frames
        self._carrier_hz = np.array([number(frame.frequency_hz, f"frame '{frame.name}'") for frame in frames])
        self._phase_rad = np.array([number(frame.phase_rad, f"frame '{frame.name}'") for frame in frames])
        self._lo_hz = np.array([self._lo(index) for index in range(len(frames))])

    def _lo(self, index: int) -> float:
        port = self.program.frames[index].port
        if port.lo_frequency_hz is not None:
            return port.lo_frequency_hz
        first = next(place for place, frame in enumerate(self.program.frames) if frame.port.name == port.name)
        return float(self._carrier_hz[first])

    def block(self, pulses: PulseBlock) -> Block:
        """One block; the first of the program starts from the frames' own phases."""
        is_first, self._is_first = self._is_first, False
        carrier = Carrier(
            pulses=pulses,
            frequency_hz=self._carrier_hz,
            phase_rad=self._phase_rad if is_first else np.zeros_like(self._phase_rad),
            lo_hz=self._lo_hz,
            dt_s=self.program.scheduled.grid.dt_s,
        )
        plays = self._sorted(pulses, PLAY)
        captures = self._sorted(pulses, CAPTURE)
        changes = np.flatnonzero(pulses.kind >= CHANGE)
        changes = changes[np.argsort(pulses.start_ticks[changes], kind="stable")]
        phase, frequency = carrier.at_rows(np.concatenate([plays, captures]))
        first, last = np.arange(len(plays)), np.arange(len(plays), len(plays) + len(captures))
        return Block(
            duration_ticks=pulses.scheduled.duration_ticks,
            plays=Plays(
                **_columns(pulses, plays),
                amplitude=pulses.value.taken(plays).real_if_it_is(),
                phase_rad=phase.taken(first),
                frequency_hz=frequency.taken(first),
            ),
            captures=Captures(
                **{
                    ("kernel" if name == "waveform" else name): column
                    for name, column in _columns(pulses, captures).items()
                },
                kind=pulses.capture_kind[captures],
                clbit=pulses.clbit[captures],
                phase_rad=phase.taken(last),
                frequency_hz=frequency.taken(last),
            ),
            changes=PhaseChanges(
                frame=pulses.frame[changes],
                start_ticks=pulses.start_ticks[changes],
                kind=pulses.kind[changes] - CHANGE,
                source=pulses.operation[changes],
                value=_real(pulses.value.taken(changes)),
            ),
            sources=self._sources(pulses),
            guards=pulses.guards,
            exit=carrier.at_end(len(self.program.frames)),
        )

    @staticmethod
    def _sorted(pulses: PulseBlock, kind: int) -> NDArray[np.intp]:
        rows = np.flatnonzero(pulses.kind == kind)
        return rows[np.lexsort((pulses.port[rows], pulses.start_ticks[rows]))]

    def _sources(self, pulses: PulseBlock) -> tuple[Source, ...]:
        templates = self.program.scheduled.templates
        block = pulses.scheduled
        named = [(template.use.name, template.use.qubits, template.duration_ticks) for template in templates]
        made = []
        for index, start in zip(block.template.tolist(), block.start_ticks.tolist(), strict=True):
            name, qubits, duration = named[index]
            made.append(Source(name, qubits, start, duration))
        return tuple(made)


def _columns(pulses: PulseBlock, rows: NDArray[np.intp]) -> dict[str, Any]:
    return {
        "frame": pulses.frame[rows],
        "port": pulses.port[rows],
        "waveform": pulses.waveform[rows],
        "start_ticks": pulses.start_ticks[rows],
        "duration_ticks": pulses.duration_ticks[rows],
        "source": pulses.operation[rows],
    }


def _real(values: AffineMap) -> AffineMap:
    return attrs.evolve(values, constant=values.constant.real, coefficient=values.coefficient.real)
