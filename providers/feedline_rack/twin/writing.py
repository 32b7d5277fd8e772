# SPDX-License-Identifier: Apache-2.0
"""A chip, its rack and its gates as files to edit."""

from __future__ import annotations

import zlib
from pathlib import Path

import attrs

from feedline_hal.twin.chip_text import chip_text
from feedline_hal.twin.rack_for import FIRST_PORT, MOST_PORTS, rack_for
from feedline_hal.twin.random_chip import random_chip
from feedline_hal.twin.theory import theory_calibrations, theory_readout

from .making import rack_spec

_RANGES = 40
"""Racks of files with other names mostly have other ports: several can be emulated at once."""


def chip_files(path: Path, *, num_qubits: int, seed: int) -> dict[Path, str]:
    """Texts of a chip file, its rack file and its calibration file, by path; nothing is written.

    Args:
        path: Of the chip file; the others are named after it.
        num_qubits: Of the chip, 1 to 6.
        seed: What it is drawn from.

    Raises:
        InputError: If there is no chip of so many qubits.
    """
    chip = attrs.evolve(random_chip(num_qubits, seed), name=path.stem)
    spec = rack_spec(chip)
    gates = path.with_name(f"{path.stem}_calibrations.qasm")
    readout = theory_readout(chip, spec).values()
    first_port = FIRST_PORT + MOST_PORTS * (zlib.crc32(path.stem.encode()) % _RANGES)
    return {
        path: chip_text(chip),
        path.with_name(f"{path.stem}_rack.toml"): rack_for(
            chip, calibrations=gates.name, readout=readout, first_port=first_port
        ),
        gates: theory_calibrations(chip, spec).to_openpulse(),
    }
