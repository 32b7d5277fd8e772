# SPDX-License-Identifier: Apache-2.0
"""From a chip file, or a seed, to the twin."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs

from feedline.errors import InputError, OptionError
from feedline_hal.rack.check import check_rack
from feedline_hal.rack.mistake import Mistake, RackFileError
from feedline_hal.rack.reading import parse_rack
from feedline_hal.rack.schema import RackSpec
from feedline_hal.twin.chip import MOST_AGE_S, Chip
from feedline_hal.twin.chip_check import check_wiring
from feedline_hal.twin.chip_file import ChipFileError, read_chip
from feedline_hal.twin.rack_for import rack_for
from feedline_hal.twin.random_chip import random_chip
from feedline_hal.twin.theory import theory_readout
from feedline_rack.readout import with_readout

from .backend import TwinBackend
from .calibrated import Given, calibrated

_TAKEN = re.compile(r"awg\d+|gen|scope|trig|lo_drive|lo_readout\d+")
"""Instruments of the rack that is made for a chip, besides bias sources."""


def make_twin(
    argument: str = "",
    *,
    num_qubits: int | None = None,
    seed: int | None = None,
    age_s: float | None = None,
    calibrations: Given = None,
) -> TwinBackend:
    """Make a backend of a chip; opens nothing.

    Args:
        argument: Path of a chip file; empty for a chip that is drawn.
        num_qubits: Of the chip that is drawn, 1 to 6; 2 if not given.
        seed: What it is drawn from; 0 if not given.
        age_s: For how long a chip that drifts has done so when it is first opened, instead of what its file says.
        calibrations: A calibration set, a file of OpenPulse text or ``store:NAME``; see
            `feedline_rack.twin.calibrated.calibrated` for what is taken if not given.

    Raises:
        ChipFileError: If the file has mistakes; names all of them.
        OptionError: If a chip file is given and num_qubits or seed too, one of these is no whole number, or age_s
            is no time or the chip does not drift.
        InputError: If there is no chip of so many qubits.
    """
    if argument and (num_qubits is not None or seed is not None):
        raise OptionError(
            f"num_qubits and seed draw a chip, but {argument} has one.", remedy="Give the file or the options."
        )
    chip = _aged(read_chip(argument) if argument else _drawn(num_qubits, seed), age_s)
    _refuse(argument or chip.name, [*_biases(chip)])
    spec = rack_spec(chip)
    _refuse(argument or chip.name, check_wiring(chip, spec))
    name = f"twin:{argument}" if argument else "twin"
    return TwinBackend(name, chip, with_readout(spec, theory_readout(chip, spec)), calibrated(chip, spec, calibrations))


def _drawn(num_qubits: Any, seed: Any) -> Chip:
    for key, value in (("num_qubits", num_qubits), ("seed", seed)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise OptionError(f"{key} is {value!r}.", remedy="Give a whole number.")
    return random_chip(2 if num_qubits is None else num_qubits, 0 if seed is None else seed)


def _aged(chip: Chip, age_s: Any) -> Chip:
    if age_s is None:
        return chip
    if isinstance(age_s, bool) or not isinstance(age_s, int | float) or not 0 <= age_s <= MOST_AGE_S:
        raise OptionError(f"age_s is {age_s!r}.", remedy=f"Give seconds from 0 to {MOST_AGE_S:g}.")
    if not chip.is_drifting:
        raise OptionError(
            f"age_s is {age_s:g}, but chip '{chip.name}' does not change with time.",
            remedy="Give drift_t1 or drift_hz in its file.",
        )
    return attrs.evolve(chip, age_s=float(age_s))


def _refuse(name: str, mistakes: Sequence[Mistake]) -> None:
    if mistakes:
        raise ChipFileError(name, mistakes)


def _biases(chip: Chip) -> Iterator[Mistake]:
    """In the rack that is made for a chip every bias source is an instrument of its own."""
    paths: dict[str, str] = {}
    for qubit in chip.qubits:
        path = f"qubits.q{qubit.index}.bias"
        if qubit.bias and _TAKEN.fullmatch(qubit.bias):
            yield Mistake(path, f'is "{qubit.bias}", another instrument of its rack.', f"Write q{qubit.index}_bias.")
        elif qubit.bias and paths.setdefault(qubit.bias, path) != path:
            what = f'is "{qubit.bias}", as {paths[qubit.bias]} is.'
            yield Mistake(path, what, f"Write q{qubit.index}_bias, or wire a rack by hand.")


def rack_spec(chip: Chip) -> RackSpec:
    """The rack that a chip is wired to.

    Raises:
        InputError: If none that is made for it is without mistakes; says what is wrong with it.
    """
    try:
        spec = parse_rack(rack_for(chip), Path(f"{chip.name}_rack.toml"))
        mistakes: Sequence[Mistake] = check_rack(spec)
    except RackFileError as error:
        mistakes = error.mistakes
    if not mistakes:
        return spec
    told = " ".join(f"{one.path} {one.what}".strip() for one in mistakes)
    raise InputError(
        f"The rack that is made for chip '{chip.name}' cannot be: {told}",
        remedy="Correct the chip, or write a rack file by hand and use `feedline emulate RACK --chip CHIP`.",
    )
