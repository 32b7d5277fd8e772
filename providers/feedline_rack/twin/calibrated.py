# SPDX-License-Identifier: Apache-2.0
"""Which calibration set a twin begins with: one that is given, one that was stored for its chip, or theory."""

from __future__ import annotations

import logging
import os

import attrs

from feedline.errors import NotFoundError, StoreError
from feedline_hal.calibration.calibration_set import CalibrationSet
from feedline_hal.calibration.coherence import QUBITS, CoherenceTimes, noted
from feedline_hal.calibration.store import CalibrationStore
from feedline_hal.rack.rule.calibration import STORE, read_calibrations
from feedline_hal.rack.schema import RackSpec
from feedline_hal.twin.chip import Chip
from feedline_hal.twin.chip_file import chip_id
from feedline_hal.twin.theory import theory_calibrations

TAG = "twin"
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
        given: A set, a file of OpenPulse text or ``store:NAME``; if not given, what the store has under
            `calibration_tag`, else the last one that was measured on this chip, else theory.

    Raises:
        FeedlineError: If what is given cannot be read.
    """
    if isinstance(given, CalibrationSet):
        return Calibrated(calibrations=given, source=f"given, {given.id}")
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
    made = _with_times(theory_calibrations(chip, spec), chip)
    return Calibrated(calibrations=made, source=f"theory, from the chip's numbers, {made.id}")


def _with_times(made: CalibrationSet, chip: Chip) -> CalibrationSet:
    """The set with the chip's own coherence times noted."""
    times = {one.index: CoherenceTimes(t1_s=one.t1_s, t2_s=one.t2_s) for one in chip.qubits}
    return attrs.evolve(made, metadata={**made.metadata, QUBITS: noted(times), CHIP: chip_id(chip)})


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


def _stored(tag: str) -> CalibrationSet | None:
    try:
        return CalibrationStore().get(tag)
    except NotFoundError:
        return None
