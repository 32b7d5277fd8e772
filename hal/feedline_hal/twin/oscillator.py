# SPDX-License-Identifier: Apache-2.0
"""Local oscillators for a chip: below the tones that they carry, and so that nothing else hits what the chip has."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

import attrs

from feedline.errors import InputError
from feedline_hal.readout.folding import nearest_ghost_hz

from .chip import Chip

PLAYED_HZ, RECORDED_HZ = 1e9, 1.25e9
"""Rates of the converters that play and record."""
_GRID_HZ = 5e6
_REACH_HZ = 490e6
_LOW_HZ, _HIGH_HZ = 40e6, 170e6
"""Where the lowest tone of an oscillator may be above it."""
_ENOUGH_HZ = 50e6
"""From this distance on, more of it is no better."""
_WIDEST_HZ = _REACH_HZ - _LOW_HZ - _GRID_HZ
_APART_HZ = 150e6


@attrs.frozen(slots=True)
class Oscillator:
    """A local oscillator: which output, at what frequency, for which ports."""

    output: str
    frequency_hz: float
    ports: tuple[str, ...]


@attrs.frozen(slots=True)
class _Tone:
    frequency_hz: float
    port: str


def readout_ports(chip: Chip) -> list[str]:
    """Ports of the chip's readout lines, in order."""
    return list(dict.fromkeys(one.resonator.port for one in chip.qubits if one.resonator))


def oscillators(chip: Chip) -> list[Oscillator]:
    """One for each readout line, and one or two for drives.

    Each is on a grid of 5 MHz, 40 to 170 MHz below its lowest tone. Among those the one is chosen that keeps most
    distance, up to 50 MHz, between a readout tone and whatever sampling makes of the line's tones, or between a
    transition of any transmon and the carrier, the mirror image and the converter's images of any drive; of equals
    the one that is nearest to the tones.

    Raises:
        InputError: If frequencies of the chip are too far apart for an oscillator and 1 GS/s.
    """
    drives = [_Tone(one.frequency_hz, one.port) for one in chip.qubits if one.port]
    found = []
    for letter, group in zip("ab", _grouped(drives, most=2), strict=False):
        frequency_hz = _best_hz(group, partial(_drive_margin_hz, chip, group))
        found.append(Oscillator(f"lo_drive.{letter}", frequency_hz, tuple(one.port for one in group)))
    for number, line in enumerate(readout_ports(chip), start=1):
        own = [one.resonator for one in chip.qubits if one.resonator and one.resonator.port == line]
        tones = [_Tone(one.frequency_hz - one.chi_hz / 2, line) for one in own]
        (group,) = _grouped(tones, most=1)
        frequency_hz = _best_hz(group, partial(_readout_margin_hz, group))
        found.append(Oscillator(f"lo_readout{number}", frequency_hz, (line,)))
    return found


def _readout_margin_hz(group: Sequence[_Tone], lo_hz: float) -> float:
    between_hz = [one.frequency_hz - lo_hz for one in group]
    return nearest_ghost_hz(between_hz, played_hz=PLAYED_HZ, recorded_hz=RECORDED_HZ)


def _drive_margin_hz(chip: Chip, group: Sequence[_Tone], lo_hz: float) -> float:
    """How close something that drives put out unasked comes to what any transmon can be excited by."""
    unasked_hz = [lo_hz]
    for one in group:
        between_hz = one.frequency_hz - lo_hz
        unasked_hz += [lo_hz - between_hz]
        unasked_hz += [lo_hz + sign * between_hz + order * PLAYED_HZ for sign in (1, -1) for order in (-2, -1, 1, 2)]
    levels_hz = [one.frequency_hz + step * one.anharmonicity_hz for one in chip.qubits for step in (0, 1)]
    return min(abs(unasked - level) for unasked in unasked_hz for level in levels_hz)


def _best_hz(group: Sequence[_Tone], margin_hz: Callable[[float], float]) -> float:
    """The frequency of most margin that reaches all tones."""
    low_hz, high_hz = group[0].frequency_hz, group[-1].frequency_hz
    first = math.floor((low_hz - _LOW_HZ) / _GRID_HZ)
    last = math.ceil(max(low_hz - _HIGH_HZ, high_hz - _REACH_HZ) / _GRID_HZ)
    return max(
        (step * _GRID_HZ for step in range(first, last - 1, -1)), key=lambda lo_hz: min(margin_hz(lo_hz), _ENOUGH_HZ)
    )


def _grouped(tones: Sequence[_Tone], *, most: int) -> list[list[_Tone]]:
    """Tones by frequency, apart where there is a gap."""
    groups: list[list[_Tone]] = []
    for tone in sorted(tones, key=lambda one: one.frequency_hz):
        if groups and (len(groups) == most or tone.frequency_hz - groups[-1][-1].frequency_hz < _APART_HZ):
            groups[-1].append(tone)
        else:
            groups.append([tone])
    for group in groups:
        if group[-1].frequency_hz - group[0].frequency_hz > _WIDEST_HZ:
            raise InputError(
                f"Ports {group[0].port} and {group[-1].port} need tones at {group[0].frequency_hz:.9g} and "
                f"{group[-1].frequency_hz:.9g} Hz from one oscillator.",
                remedy=f"Keep them within {_WIDEST_HZ:.3g} Hz of each other, or write the rack file by hand.",
            )
    return groups
