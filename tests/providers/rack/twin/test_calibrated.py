# SPDX-License-Identifier: Apache-2.0
"""Which calibration set the twin begins with, and what it says of that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import pytest

import feedline
from feedline.errors import FeedlineError, InputError
from feedline_hal import CalibrationSet
from feedline_hal.calibration.store import CalibrationStore
from feedline_hal.twin.chip_file import chip_id
from feedline_rack.twin.backend import TwinBackend
from feedline_rack.twin.calibrated import calibrated, calibration_tag


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
    assert found.spec.readout["q0"] == made(calibrations="theory").spec.readout["q0"]
    assert found.describe()["rack_id"] != twin.describe()["rack_id"]


def test_another_chips_set_is_not_used(twin: TwinBackend) -> None:
    CalibrationStore().put(changed(twin), tag=calibration_tag(twin.chip))
    assert made(seed=3).calibration_source.startswith("theory")


def test_what_was_measured_on_the_chip_last_is_used_whatever_its_name(twin: TwinBackend) -> None:
    """Sets of other chips come between; what is gone back behind does not count."""
    store, own = CalibrationStore(), {"chip": chip_id(twin.chip), "calibrated": "2026-11-20 21:00 UTC"}
    store.put(changed(twin), tag="twin")
    assert made().calibration_source.startswith("shipped")
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


def test_the_default_chip_comes_with_the_set_that_bring_up_ended_on(twin: TwinBackend) -> None:
    """Made from a start that was wrong on purpose: it says by what, and has everything that bring-up measures."""
    found = made()
    metadata = found.calibrations.metadata
    assert found.calibration_source.startswith(f"shipped, {found.calibrations.id}, made by: feedline calibrate twin ")
    assert metadata["source"].endswith("--from theory --wrong 1")
    assert metadata["chip"] == chip_id(found.chip)
    for qubit in found.chip.qubits:
        facts = metadata["qubits"][f"q{qubit.index}"]
        assert facts["t1_s"] == pytest.approx(qubit.t1_s, rel=0.25)
        assert facts["t2_s"] == pytest.approx(qubit.t2_s, rel=0.25)
        assert 0 < facts["misread_0"] < 0.03
        assert 0 < facts["misread_1"] < 0.03
    theory = made(calibrations="theory").calibrations
    for gate, qubits in (("sx", (0,)), ("x", (1,)), ("cz", (0, 1)), ("cz", (1, 0)), ("measure", (0,))):
        own, right = (one.find(gate, qubits).error for one in (found.calibrations, theory))
        assert right is not None
        assert own is not None
        assert own < 2.5 * right


def test_no_other_chip_has_the_shipped_set(twin: TwinBackend) -> None:
    """One that differs in a T1 alone begins with theory; asked for the shipped set, it refuses."""
    with pytest.raises(InputError, match=f"No calibration set is shipped for {made(seed=3).describe()['chip_id']}"):
        made(seed=3, calibrations="shipped")
    other = attrs.evolve(twin.chip, qubits=(attrs.evolve(twin.chip.qubits[0], t1_s=30e-6), *twin.chip.qubits[1:]))
    assert calibrated(other, twin.spec).source.startswith("theory")
    assert calibrated(twin.chip, twin.spec).source.startswith("shipped")
    assert made(calibrations="shipped").calibrations.id == made().calibrations.id


def test_a_set_of_the_store_is_used_before_the_shipped_one(twin: TwinBackend) -> None:
    own = changed(twin, chip=chip_id(twin.chip))
    CalibrationStore().put(own, tag="mine")
    assert made().calibrations.id == own.id
    assert made(calibrations="shipped").calibration_source.startswith("shipped")
    assert made(calibrations="theory").calibration_source.startswith("theory")
