# SPDX-License-Identifier: Apache-2.0
"""Binding: tables of amplitudes, phases and frequencies for many parameter vectors at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline_hal.errors import LimitError, PulseError

from .limit import check_amplitudes, check_frequencies, peaks_of
from .port_program import Block, PortProgram
from .vector import VectorBuilder


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Tables:
    """What one block's plays and captures are worth for each parameter vector.

    Attributes:
        amplitude: Of plays, shape ``(points, plays)``, complex.
        phase_rad, frequency_hz: Of plays, shape ``(points, plays)``.
        capture_phase_rad, capture_frequency_hz: Of captures, shape ``(points, captures)``.
        exit_phase_rad, exit_frequency_hz: Of frames, shape ``(points, frames)``; see `Block`.
    """

    amplitude: NDArray[Any]
    phase_rad: NDArray[np.float64]
    frequency_hz: NDArray[np.float64]
    capture_phase_rad: NDArray[np.float64]
    capture_frequency_hz: NDArray[np.float64]
    exit_phase_rad: NDArray[np.float64]
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
    return [_tables(program, block, values, extended) for block in program.blocks()]


def bind_blocks(program: PortProgram, values: NDArray[np.float64]) -> Iterator[tuple[Block, Tables]]:
    """Every block with its tables."""
    yield from zip(program.blocks(), bind(program, values), strict=True)


def _tables(program: PortProgram, block: Block, values: NDArray[np.float64], extended: NDArray[np.float64]) -> Tables:
    plays, captures = block.plays, block.captures
    made = Tables(
        amplitude=plays.amplitude.of(extended),
        phase_rad=plays.phase_rad.of(extended),
        frequency_hz=plays.frequency_hz.of(extended),
        capture_phase_rad=captures.phase_rad.of(extended),
        capture_frequency_hz=captures.frequency_hz.of(extended),
        exit_phase_rad=block.exit_phase_rad.of(extended),
        exit_frequency_hz=block.exit_frequency_hz.of(extended),
    )
    if not plays.amplitude.is_constant:
        check_amplitudes(program, block, peaks_of(program), made.amplitude, None)
    if not plays.frequency_hz.is_constant:
        check_frequencies(program, block, plays, made.frequency_hz)
    if not captures.frequency_hz.is_constant:
        check_frequencies(program, block, captures, made.capture_frequency_hz)
    if block.guards:
        _check_guards(program, block, values)
    return made


def _check_guards(program: PortProgram, block: Block, values: NDArray[np.float64]) -> None:
    """Refuse angles beyond the bounds of the calibration that was chosen for them."""
    builder = VectorBuilder(program.vector.parameters)
    for calibration, place, expression in block.guards:
        limits = calibration.bounds[place]
        if limits is None:
            continue
        constant, terms = builder.terms(expression)
        angles = np.full(len(values), complex(constant).real)
        extended = builder.vector().extended(values)
        for column, slope in terms:
            angles += extended[:, column] * complex(slope).real
        beyond = (angles < limits[0] - 1e-9) | (angles > limits[1] + 1e-9)
        if beyond.any():
            raise LimitError(
                f"'{calibration.label}' gets an angle of {angles[beyond][0]:.12g}.",
                remedy=f"It is calibrated from {limits[0]:.12g} to {limits[1]:.12g}; wrap the angle or add one.",
            )
