# SPDX-License-Identifier: Apache-2.0
"""A chip that drifts: gates that were right go stale, and what is measured anew mends them."""

from __future__ import annotations

import re
from pathlib import Path

import attrs
import numpy as np
import pytest
from click.testing import CliRunner
from qiskit import QuantumCircuit

import feedline
from feedline.errors import OptionError
from feedline_bringup.command import calibrate
from feedline_bringup.edit import drive_frame
from feedline_hal.emulator.clock import SteppedClock
from feedline_hal.twin.chip import Chip
from feedline_hal.twin.chip_file import write_chip
from feedline_hal.twin.drift import Drift
from feedline_hal.twin.life import Life
from feedline_hal.twin.random_chip import random_chip
from feedline_rack.twin.backend import TwinBackend

AGE_S = 4 * 3600.0
WAIT_S = 1e-6


def drifting() -> Chip:
    """One transmon that is off by some 200 kHz and has another T1 after four hours."""
    return attrs.evolve(random_chip(1, 2), name="old", drift_hz=100e3, drift_t1=0.2)


@pytest.fixture
def chip_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FEEDLINE_HOME", str(tmp_path / "home"))
    path = tmp_path / "old.toml"
    write_chip(drifting(), path)
    return path


def made(path: Path, **options: float) -> TwinBackend:
    found = feedline.backend(f"twin:{path}", **options)
    assert isinstance(found, TwinBackend)
    return found


def missed(backend: TwinBackend) -> float:
    """How often ``sx``, a microsecond, ``sx`` is not 1; a frequency that is off by f gives sin^2(pi f 1 us)."""
    circuit = QuantumCircuit(1, 1)
    circuit.sx(0)
    circuit.delay(WAIT_S, 0, "s")
    circuit.sx(0)
    circuit.measure(0, 0)
    bits = feedline.Sampler(backend).run([circuit], shots=2000).result()[0].data.c
    return 1 - float(bits.bitcount().mean())


def test_stale_gates_miss_and_calibrating_mends_them(chip_file: Path, tmp_path: Path) -> None:
    """A standard deviation of a share of 2000 shots is at most 1.1 %; the tolerance is four of them."""
    young, old = made(chip_file), made(chip_file, age_s=AGE_S)
    (now,) = Drift(young.chip).at(AGE_S).qubits
    off_hz = now.frequency_hz - young.chip.qubits[0].frequency_hz
    assert abs(off_hz) > 100e3  # with this seed
    fresh = missed(young)
    assert fresh < 0.06
    stale = missed(old)
    assert stale == pytest.approx(fresh + np.sin(np.pi * off_hz * WAIT_S) ** 2, abs=0.05)
    page = tmp_path / "report.html"
    done = CliRunner().invoke(calibrate, [f"twin:{aged(chip_file)}", "--only", "ramsey", "--report", str(page)])
    assert done.exit_code == 0, done.output
    mended = made(chip_file, age_s=AGE_S)
    assert mended.calibration_source == f"store, {mended.calibrations.id}"
    assert re.fullmatch(r"20\d\d-\d\d-\d\d \d\d:\d\d UTC", mended.describe()["calibrated"])
    assert drive_frame(mended.calibrations, 0).frequency_hz == pytest.approx(now.frequency_hz, abs=10e3)
    assert missed(mended) < fresh + 0.044


def aged(path: Path) -> Path:
    """The same chip, whose file says how old it is."""
    text = path.read_text(encoding="utf-8")
    other = path.with_name("older.toml")
    other.write_text(re.sub(r"age_s = \S+", f"age_s = {AGE_S}", text), encoding="utf-8")
    return other


def test_age_makes_no_other_chip_but_another_processor(chip_file: Path) -> None:
    """Its calibration set is found again; a device that is open at one age does not serve another."""
    young, old = made(chip_file), made(chip_file, age_s=AGE_S)
    assert old.calibration_tag == young.calibration_tag
    assert old.calibrations == young.calibrations
    assert old.device_id != young.device_id
    assert made(aged(chip_file)).device_id == old.device_id


def test_a_chip_grows_older_while_nobody_has_it_open(chip_file: Path) -> None:
    """Emulators are made anew whenever it is opened; its life goes on."""
    twin = made(chip_file)
    first, second = (twin.bench()().emulators["scope"].signal._life for _ in range(2))
    assert first is not second
    assert first._begun_s == second._begun_s
    clock = SteppedClock(7200.0)
    life = Life(twin.chip, twin.spec, {}, clock=clock, begun_s=0.0)
    assert life.now() == Drift(twin.chip).at(7200.0)


def test_an_age_is_a_time_and_of_a_chip_that_drifts(chip_file: Path) -> None:
    for wrong in (-1, True, "1 h", float("nan")):
        with pytest.raises(OptionError, match=f"age_s is {wrong!r}"):
            feedline.backend(f"twin:{chip_file}", age_s=wrong)
    with pytest.raises(OptionError, match="age_s is 60, but chip 'twin' does not change with time"):
        feedline.backend("twin", age_s=60)
