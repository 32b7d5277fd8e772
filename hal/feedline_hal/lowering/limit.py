# SPDX-License-Identifier: Apache-2.0
"""Limits of ports: checked before anything is connected; refused, never clipped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feedline_hal.errors import LimitError, PulseError
from feedline_hal.pulse.overlap import first_overlap
from feedline_hal.pulse.waveform import Waveform

from .port_program import Block, PortProgram

_ROUNDING = 1e-9
"""What floating point may add to full scale; far below any converter's resolution."""


def check_overlaps(program: PortProgram) -> None:
    """Refuse plays (or captures) at the same time on a port that takes one at a time.

    Raises:
        PulseError: Names the port, both gates and both times.
    """
    multiplexed = np.array([port.is_multiplexed for port in program.ports], dtype=bool)
    for block in program.blocks():
        plays, captures = block.plays, block.captures
        alone = np.flatnonzero(~multiplexed[plays.port])
        everything = np.arange(len(captures))
        for events, lane, rows, what in (
            (plays, plays.port, alone, "play"),
            (captures, captures.frame, everything, "capture"),  # a port may be heard on several frames at once
        ):
            found = first_overlap(lane[rows], events.start_ticks[rows], events.duration_ticks[rows])
            if found is not None:
                raise _overlap(program, block, events, what, int(rows[found[0]]), int(rows[found[1]]))


def _overlap(program: PortProgram, block: Block, events: Any, what: str, one: int, other: int) -> PulseError:
    def told(row: int) -> str:
        source = block.sources[events.source[row]]
        start = events.start_ticks[row] * program.dt_s * 1e9
        end = start + events.duration_ticks[row] * program.dt_s * 1e9
        qubits = " ".join(f"q{qubit}" for qubit in source.qubits)
        frame = program.frames[events.frame[row]].name
        return f"'{source.name} {qubits}' on {frame} from {start:.10g} to {end:.10g} ns"

    port = program.ports[events.port[one]].name
    return PulseError(
        f"Port '{port}' is to {what} twice at once: {told(one)}, and {told(other)}.",
        remedy="Put a barrier between them, or declare the port multiplexed if it adds signals up.",
    )


def check_constants(program: PortProgram) -> None:
    """Refuse amplitudes and frequencies beyond the ports' range, where they do not depend on parameters."""
    values = np.zeros((1, len(program.parameters)))
    for block in program.blocks():
        plays = block.plays
        fixed = np.ones(len(plays), dtype=bool)
        fixed[plays.amplitude.row] = False
        check_amplitudes(program, block, plays.amplitude.constant[np.newaxis], fixed)
        for events in (plays, block.captures):
            if events.frequency_hz.is_constant:
                check_frequencies(program, block, events, events.frequency_hz.at(values))


def check_amplitudes(
    program: PortProgram,
    block: Block,
    amplitude: NDArray[Any],
    rows: NDArray[np.bool_] | None,
    *,
    peaks: NDArray[np.float64] | None = None,
) -> None:
    """Refuse amplitudes ``(points, plays)`` whose waveform's peak is beyond its port's full scale.

    Raises:
        LimitError: Names gate, port, the amplitude and the limit.
    """
    plays = block.plays
    limits = np.array([port.max_amplitude for port in program.ports])[plays.port]
    if peaks is None:
        peaks = peaks_of(program.waveforms, program.dt_s) if program.peaks is None else program.peaks
    reach = np.abs(amplitude) * peaks[..., plays.waveform]
    beyond = ~(reach <= limits * (1 + _ROUNDING))  # nan is beyond
    if rows is not None:
        beyond &= rows
    if beyond.any():
        point, row = map(int, np.argwhere(beyond)[0])
        source = block.sources[plays.source[row]]
        qubits = " ".join(f"q{qubit}" for qubit in source.qubits)
        raise LimitError(
            f"'{source.name} {qubits}' at {plays.start_ticks[row] * program.dt_s * 1e9:.10g} ns plays an amplitude of "
            f"{reach[point, row]:.6g} on port '{program.ports[plays.port[row]].name}'.",
            remedy=f"The port takes up to {limits[row]:.6g} of full scale; use a smaller amplitude or a longer pulse.",
        )


def check_frequencies(program: PortProgram, block: Block, events: Any, frequency_hz: NDArray[np.float64]) -> None:
    """Refuse carriers ``(points, rows)`` beyond their port's range.

    Raises:
        LimitError: Names gate, port, the frequency and the range.
    """
    ranges = np.array([port.frequency_range_hz or (-np.inf, np.inf) for port in program.ports])[events.port]
    if not len(ranges):
        return
    beyond = ~((frequency_hz >= ranges[:, 0]) & (frequency_hz <= ranges[:, 1]))
    if beyond.any():
        point, row = map(int, np.argwhere(beyond)[0])
        source = block.sources[events.source[row]]
        qubits = " ".join(f"q{qubit}" for qubit in source.qubits)
        low, high = ranges[row]
        raise LimitError(
            f"'{source.name} {qubits}' uses {frequency_hz[point, row]:.12g} Hz on port "
            f"'{program.ports[events.port[row]].name}'.",
            remedy=f"The port goes from {low:.12g} to {high:.12g} Hz.",
        )


def peaks_of(waveforms: Sequence[Waveform], dt_s: float) -> NDArray[np.float64]:
    """Largest magnitude of each waveform; 0 for those whose shape comes with the parameters, see `peaks_at`."""
    return np.array([0.0 if waveform.free else _peak(waveform, 1 / dt_s) for waveform in waveforms] or [0.0])


def peaks_at(program: PortProgram, values: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """The same for parameter vectors ``(points, n)``: ``(points, waveforms)``; ``None`` if no shape depends on them."""
    if not program.shaped:
        return None
    peaks = np.tile(peaks_of(program.waveforms, program.dt_s), (len(values), 1))
    for point, row in enumerate(values.tolist()):
        bound = dict(zip(program.vector.parameters, row, strict=True))
        for index in program.shaped:
            peaks[point, index] = _peak(program.waveforms[index].bind(bound), 1 / program.dt_s)
    return peaks


_PEAKS: dict[tuple[Waveform, float], float] = {}


def _peak(waveform: Waveform, rate_hz: float) -> float:
    """Largest magnitude, remembered: calibration sets have few waveforms, circuits use them often."""
    key = (waveform, rate_hz)
    if key not in _PEAKS:
        if len(_PEAKS) > 4096:
            _PEAKS.clear()
        _PEAKS[key] = float(np.abs(waveform.sample(rate_hz)).max(initial=0.0))
    return _PEAKS[key]
