# SPDX-License-Identifier: Apache-2.0
"""Which calibration set the twin begins with, and what it says of that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import pytest

import feedline
from feedline.errors import FeedlineError
from feedline_hal import CalibrationSet
from feedline_hal.calibration.store import CalibrationStore
from feedline_hal.twin.chip_file import chip_id
from feedline_rack.twin.backend import TwinBackend
from feedline_rack.twin.calibrated import calibration_tag


@pytest.fixture(autouse=True)
def _empty_store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FEEDLINE_HOME", str(tmp_path / "home"))


def changed(twin: TwinBackend, **metadata: Any) -> CalibrationSet:
    """The twin's set without one of its gates, with other metadata."""
    kept = [one for one in twin.calibrations.calibrations if one.gate != "id"]
    return CalibrationSet.of(kept, metadata=metadata)


def made(**options: Any) -> TwinBackend:
    found = feedline.backend("twin", **options)
    assert isinstance(found, TwinBackend)
    return found


def test_what_was_stored_for_the_chip_is_used_with_its_own_readout(twin: TwinBackend) -> None:
    stored = changed(twin, readout={"q1": {"angle_rad": 0.25, "threshold": -0.004}})
    CalibrationStore().put(stored, tag=calibration_tag(twin.chip))
    found = made()
    assert found.calibrations.id == stored.id
    assert found.describe()["calibrations"] == f"store:twin/{chip_id(twin.chip)}, {stored.id}"
    assert (found.spec.readout["q1"].angle_rad, found.spec.readout["q1"].threshold) == (0.25, -0.004)
    assert found.spec.readout["q0"] == twin.spec.readout["q0"]
    assert found.describe()["rack_id"] != twin.describe()["rack_id"]


def test_another_chips_set_is_not_used(twin: TwinBackend) -> None:
    CalibrationStore().put(changed(twin), tag=calibration_tag(twin.chip))
    assert made(seed=3).calibration_source.startswith("theory")


def test_a_set_tagged_twin_is_used_if_it_was_measured_on_this_chip(twin: TwinBackend) -> None:
    CalibrationStore().put(changed(twin), tag="twin")
    assert made().calibration_source.startswith("theory")
    own = attrs.evolve(changed(twin, chip=chip_id(twin.chip)), calibrations=twin.calibrations.calibrations[:-1])
    CalibrationStore().put(own, tag="twin")
    assert made().calibration_source == f"store:twin, {own.id}"


def test_a_set_or_a_file_that_is_given_comes_first(twin: TwinBackend, tmp_path: Path) -> None:
    CalibrationStore().put(twin.calibrations, tag=calibration_tag(twin.chip))
    given = changed(twin)
    assert made(calibrations=given).calibrations.id == given.id
    path = tmp_path / "mine.qasm"
    path.write_text(given.to_openpulse(), encoding="utf-8")
    assert made(calibrations=path).describe()["calibrations"] == f"{path}, {given.id}"
    with pytest.raises(FeedlineError, match="none"):
        made(calibrations="store:none")
