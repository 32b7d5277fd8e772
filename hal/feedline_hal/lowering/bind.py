# SPDX-License-Identifier: Apache-2.0
"""Binding: tables of amplitudes, phases and frequencies for many parameter vectors at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline_hal.errors import LimitError, PulseError

from .limit import check_amplitudes, check_frequencies, peaks_at
from .port_program import Block, PortProgram
from .pulse_program import Guards
from .value_map import phases_of

_ROUNDING = 1e-9
"""Radians by which floating point may leave a bound."""


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Tables:
    """What one block's plays and captures are worth for each parameter vector.

    Attributes:
        amplitude: Of plays, shape ``(points, plays)``; complex if any of the program is.
        phase_rad, frequency_hz: Of plays, shape ``(points, plays)``.
        capture_phase_rad, capture_frequency_hz: Of captures, shape ``(points, captures)``.
        exit_phase_rad, exit_clock_rad, exit_frequency_hz: Of frames, shape ``(points, frames)``; see `Exit`.
    """

    amplitude: NDArray[Any]
    phase_rad: NDArray[np.float64]
    frequency_hz: NDArray[np.float64]
    capture_phase_rad: NDArray[np.float64]
    capture_frequency_hz: NDArray[np.float64]
    exit_phase_rad: NDArray[np.float64]
    exit_clock_rad: NDArray[np.float64]
    exit_frequency_hz: NDArray[np.float64]


def bind(program: PortProgram, values: NDArray[np.float64]) -> list[Tables]:
    """Tables of every block, in the order of `PortProgram.blocks`.

    Args:
        program: Compiled once.
        values: Parameter vectors, shape ``(points, n)``.

    Raises:
        LimitError: If a value takes an amplitude, a frequency or an angle beyond its bounds.
        PulseError: If values are not finite, or there are too many or too few.
    """
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 2:
        values = values.reshape(-1, values.shape[-1]) if values.size else np.zeros((1, len(program.parameters)))
    if not np.isfinite(values).all():
        raise PulseError(f"Program '{program.name}': parameter values hold nan or infinity.", remedy="Check the sweep.")
    extended = program.vector.extended(values)
    peaks = peaks_at(program, values)
    return [_tables(program, block, extended, peaks) for block in program.blocks()]


def bind_blocks(program: PortProgram, values: NDArray[np.float64]) -> Iterator[tuple[Block, Tables]]:
    """Every block with its tables."""
    yield from zip(program.blocks(), bind(program, values), strict=True)


def _tables(
    program: PortProgram, block: Block, extended: NDArray[np.float64], peaks: NDArray[np.float64] | None
) -> Tables:
    plays, captures = block.plays, block.captures
    leave = block.exit
    phases = phases_of([plays.phase_rad, captures.phase_rad, leave.phase_rad, leave.clock_rad], extended)
    made = Tables(
        amplitude=plays.amplitude.of(extended),
        phase_rad=phases[0],
        frequency_hz=plays.frequency_hz.of(extended),
        capture_phase_rad=phases[1],
        capture_frequency_hz=captures.frequency_hz.of(extended),
        exit_phase_rad=phases[2],
        exit_clock_rad=phases[3],
        exit_frequency_hz=leave.frequency_hz.of(extended),
    )
    if peaks is not None or not plays.amplitude.is_constant:
        check_amplitudes(program, block, made.amplitude, None, peaks=peaks)
    if not plays.frequency_hz.is_constant:
        check_frequencies(program, block, plays, made.frequency_hz)
    if not captures.frequency_hz.is_constant:
        check_frequencies(program, block, captures, made.capture_frequency_hz)
    if block.guards is not None:
        _check_guards(block.guards, extended)
    return made


def _check_guards(guards: Guards, extended: NDArray[np.float64]) -> None:
    """Refuse angles beyond the bounds of the calibration that was chosen for them."""
    angles = guards.value.of(extended)
    beyond = (angles < guards.low - _ROUNDING) | (angles > guards.high + _ROUNDING)
    if beyond.any():
        point, row = map(int, np.argwhere(beyond)[0])
        raise LimitError(
            f"'{guards.calibrations[row].label}' gets an angle of {angles[point, row]:.12g}.",
            remedy=f"It is calibrated from {guards.low[row]:.12g} to {guards.high[row]:.12g}; wrap the angle.",
        )
