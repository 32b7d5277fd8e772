# SPDX-License-Identifier: Apache-2.0
"""Which calibration set a twin begins with: given, stored for its chip, shipped for the default chip, or theory."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import attrs

from feedline.errors import InputError, NotFoundError, StoreError
from feedline_hal.calibration.calibration_set import CalibrationSet
from feedline_hal.calibration.set_file import read_set, set_ids
from feedline_hal.calibration.store import CalibrationStore
from feedline_hal.rack.rule.calibration import STORE, read_calibrations
from feedline_hal.rack.schema import RackSpec
from feedline_hal.twin.chip import Chip
from feedline_hal.twin.chip_file import chip_id
from feedline_hal.twin.theory import theory_calibrations

TAG = "twin"
THEORY, SHIPPED = "theory", "shipped"
"""Names of sets that are in no store."""
SHIPPED_SETS = Path(__file__).with_name("shipped")
"""Folder of the sets that come with the package, each a file as the store has it."""
CHIP = "chip"
"""Key of a set's metadata: id of the chip that it was measured on."""

_log = logging.getLogger("feedline.rack")
Given = CalibrationSet | str | os.PathLike[str] | None


@attrs.frozen(kw_only=True, slots=True)
class Calibrated:
    """A calibration set and where it is from.

    Attributes:
        calibrations: What gates are in pulses.
        source: Where the set is from, in words.
    """

    calibrations: CalibrationSet
    source: str


def calibration_tag(chip: Chip) -> str:
    """Under which name the store keeps a chip's calibration set: ``twin/chip-0123456789abcdef``."""
    return f"{TAG}/{chip_id(chip)}"


def calibrated(chip: Chip, spec: RackSpec, given: Given = None) -> Calibrated:
    """The calibration set of a chip.

    Args:
        chip: The chip.
        spec: Its rack.
        given: A set, a file of OpenPulse text, ``store:NAME``, ``shipped`` or ``theory``; if not given, what the store
            has under `calibration_tag`, else the last one that was measured on this chip, else the set that is
            shipped if it was measured on this chip, else theory.

    Raises:
        FeedlineError: If what is given cannot be read.
    """
    if isinstance(given, CalibrationSet):
        return Calibrated(calibrations=given, source=f"given, {given.id}")
    if given == THEORY:
        return _theory(chip, spec)
    if given == SHIPPED:
        return _named_shipped(chip)
    if given is not None:
        name = os.fspath(given)
        path = name if name.startswith(STORE) else os.path.abspath(name)
        found = read_calibrations(attrs.evolve(spec, calibrations=path)) or CalibrationSet()
        return Calibrated(calibrations=found, source=f"{name}, {found.id}")
    tag = calibration_tag(chip)
    stored = _stored(tag)
    if stored is not None:
        return Calibrated(calibrations=stored, source=f"store:{tag}, {stored.id}")
    measured = _measured_last(chip)
    if measured is not None:
        return Calibrated(calibrations=measured, source=f"store, {measured.id}")
    return _shipped(chip) or _theory(chip, spec)


def _measured_last(chip: Chip) -> CalibrationSet | None:
    """What was put into the store last, or gone back to since, of the sets that were measured on a chip."""
    store = CalibrationStore()
    for name in reversed(store.history().past):
        try:
            found = store.get(name)
        except StoreError as error:
            _log.warning("A calibration set is passed over: %s", error)
            continue
        if found.metadata.get(CHIP) == chip_id(chip):
            return found
    return None


def _shipped(chip: Chip) -> Calibrated | None:
    """The set that is shipped, if it was measured on this chip: that on which bring-up of the default chip ended."""
    for set_id in set_ids(SHIPPED_SETS):
        found = read_set(SHIPPED_SETS, set_id)
        if found.metadata.get(CHIP) == chip_id(chip):
            return Calibrated(calibrations=found, source=f"shipped, {found.id}, made by: {found.metadata['source']}")
    return None


def _named_shipped(chip: Chip) -> Calibrated:
    found = _shipped(chip)
    if found is None:
        raise InputError(
            f"No calibration set is shipped for {chip_id(chip)}, chip '{chip.name}'.",
            remedy="One is shipped for the default chip only; leave calibrations= out, or give 'theory'.",
        )
    return found


def _theory(chip: Chip, spec: RackSpec) -> Calibrated:
    made = theory_calibrations(chip, spec)
    made = attrs.evolve(made, metadata={**made.metadata, CHIP: chip_id(chip)})
    return Calibrated(calibrations=made, source=f"theory, from the chip's numbers, {made.id}")


def _stored(tag: str) -> CalibrationSet | None:
    try:
        return CalibrationStore().get(tag)
    except NotFoundError:
        return None
