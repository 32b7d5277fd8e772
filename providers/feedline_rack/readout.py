# SPDX-License-Identifier: Apache-2.0
"""Angles and thresholds that a calibration set brings along: they come before those of the rack file.

``metadata["readout"]`` is ``{"q0": {"angle_rad": 0.1, "threshold": 0.02}, ...}``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import attrs

from feedline_hal.calibration.calibration_set import CalibrationSet
from feedline_hal.calibration.content import READOUT
from feedline_hal.errors import CalibrationError
from feedline_hal.rack.reading import content_id
from feedline_hal.rack.schema import RackSpec, ReadoutSpec

_NAME = re.compile(r"q(0|[1-9]\d*)")


def readout_of(calibrations: CalibrationSet) -> Mapping[str, ReadoutSpec]:
    """Angles and thresholds in a set's metadata, by ``q0`` and so on; empty for none.

    Raises:
        CalibrationError: If the metadata has something else there; says what.
    """
    table = calibrations.metadata.get(READOUT, {})
    if not isinstance(table, Mapping):
        raise _wrong(READOUT, table)
    return {name: _entry(name, one) for name, one in table.items()}


def with_readout(spec: RackSpec, readout: Mapping[str, ReadoutSpec]) -> RackSpec:
    """The rack with these angles and thresholds in place of its own; itself if nothing changes."""
    by_qubit = {one.qubit: one for one in (*spec.readout.values(), *readout.values())}
    merged = {f"q{qubit}": one for qubit, one in sorted(by_qubit.items())}
    if merged == dict(spec.readout):
        return spec
    made = attrs.evolve(spec, readout=merged)
    return attrs.evolve(made, id=content_id(made))


def is_wired_alike(spec: RackSpec, other: RackSpec) -> bool:
    """Whether two racks differ in nothing but angles and thresholds."""
    return attrs.evolve(spec, readout={}, id="") == attrs.evolve(other, readout={}, id="")


def _entry(name: Any, table: Any) -> ReadoutSpec:
    found = _NAME.fullmatch(name) if isinstance(name, str) else None
    if found is None:
        raise _wrong(READOUT, name)
    if not isinstance(table, Mapping):
        raise _wrong(f"{READOUT}.{name}", table)
    values: dict[str, float] = {}
    for key in ("angle_rad", "threshold"):
        value = table.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise _wrong(f"{READOUT}.{name}.{key}", value)
        values[key] = float(value)
    return ReadoutSpec(qubit=int(found[1]), **values)


def _wrong(path: str, value: Any) -> CalibrationError:
    return CalibrationError(
        f"The calibration set's metadata has {path} = {value!r}.",
        remedy='Note angle and threshold by qubit: {"readout": {"q0": {"angle_rad": 0.1, "threshold": 0.02}}}.',
    )
