# SPDX-License-Identifier: Apache-2.0
"""Which calibration set the twin begins with, and what it says of that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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


def test_what_was_measured_on_the_chip_last_is_used_whatever_its_name(twin: TwinBackend) -> None:
    """Sets of other chips come between; what is gone back behind does not count."""
    store, own = CalibrationStore(), {"chip": chip_id(twin.chip), "calibrated": "2026-11-20 21:00 UTC"}
    store.put(changed(twin), tag="twin")
    assert made().calibration_source.startswith("theory")
    all_gates = twin.calibrations.calibrations
    first, second = (CalibrationSet.of(gates, metadata=own) for gates in (all_gates, all_gates[:-1]))
    store.put(first, tag="monday")
    store.put(second, tag="tuesday")
    store.put(CalibrationSet.of(all_gates[1:], metadata={"chip": "chip-other"}))
    found = made()
    assert found.calibration_source == f"store, {second.id}"
    assert found.describe()["calibrated"] == "2026-11-20 21:00 UTC"
    store.rollback("monday")
    assert made().calibration_source == f"store, {first.id}"


def test_a_set_or_a_file_that_is_given_comes_first(twin: TwinBackend, tmp_path: Path) -> None:
    CalibrationStore().put(twin.calibrations, tag=calibration_tag(twin.chip))
    given = changed(twin)
    assert made(calibrations=given).calibrations.id == given.id
    path = tmp_path / "mine.qasm"
    path.write_text(given.to_openpulse(), encoding="utf-8")
    assert made(calibrations=path).describe()["calibrations"] == f"{path}, {given.id}"
    with pytest.raises(FeedlineError, match="none"):
        made(calibrations="store:none")
