# SPDX-License-Identifier: Apache-2.0
"""Routines on a simulated chip behind emulated instruments: what is wrong at the start is found."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import attrs
import pytest
from click.testing import CliRunner

import feedline
import feedline_bringup.command as command
from feedline.errors import InputError, MissingExtraError, NotFoundError, StoreError
from feedline_bringup.command import calibrate
from feedline_bringup.edit import drive_frame, number, play_of, scaled, with_frequency
from feedline_bringup.program import chosen
from feedline_bringup.run import bring_up
from feedline_bringup.state import State
from feedline_hal import CalibrationStore
from feedline_hal.twin.chip_text import chip_text


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEEDLINE_HOME", str(tmp_path))


def test_amplitude_and_frequency_are_found_again() -> None:
    backend = feedline.backend("twin", num_qubits=1, seed=1)
    right = backend.calibrations
    frame = drive_frame(right, 0)
    wrong = with_frequency(scaled(scaled(right, "x", (0,), 0.8), "sx", (0,), 1.2), frame, frame.frequency_hz + 5e6)
    steps = list(bring_up(backend, State(calibrations=wrong), chosen(["discrimination", "spectroscopy", "rabi"])))
    found = steps[-1].after
    assert [one.problem for step in steps for one in step.findings] == [""] * len(steps)
    assert drive_frame(found.calibrations, 0).frequency_hz == pytest.approx(frame.frequency_hz, abs=1e5)
    for gate in ("x", "sx"):
        ratio = (
            play_of(found.calibrations, gate, (0,)).waveform.amplitude / play_of(right, gate, (0,)).waveform.amplitude
        )
        assert ratio == pytest.approx(1.0, abs=0.04)
    assert found.fact(0).threshold is not None


def test_far_frequency_is_not_accepted_and_changes_nothing() -> None:
    backend = feedline.backend("twin", num_qubits=1, seed=1)
    frame = drive_frame(backend.calibrations, 0)
    wrong = with_frequency(backend.calibrations, frame, frame.frequency_hz + 60e6)
    (step,) = bring_up(backend, State(calibrations=wrong), chosen(["spectroscopy"]))
    assert step.findings[0].problem != ""
    assert step.after.calibrations == wrong


def test_command_stores_the_set_and_writes_the_report(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        calibrate, ["twin", "--only", "rabi", "--tag", "t", "--report", str(tmp_path / "r.html")]
    )
    assert result.exit_code == 0, result.output
    assert "Report:" in result.output
    page = (tmp_path / "r.html").read_text()
    assert "<svg" in page
    assert "accepted" in page
    assert CalibrationStore().get("t").metadata["source"] == "feedline calibrate twin --only rabi"


def test_unknown_routine_names_the_nearest() -> None:
    with pytest.raises(InputError, match="no routine 'ramsay'"):
        chosen(["ramsay"])


def test_a_set_of_the_store_is_begun_with_and_its_findings_are_kept() -> None:
    """By tag or by id; what was found becomes the chip's next set, errors of measurements included."""
    first = CliRunner().invoke(calibrate, ["twin", "--only", "discrimination", "--only", "assignment", "--tag", "one"])
    assert first.exit_code == 0, first.output
    kept = CalibrationStore().get("one")
    misread = kept.metadata["qubits"]["q0"]
    assert kept.find("measure", (0,)).error == pytest.approx((misread["misread_0"] + misread["misread_1"]) / 2)
    assert feedline.backend("twin").calibrations.id == kept.id
    again = CliRunner().invoke(calibrate, ["twin", "--only", "assignment", "--from", kept.id[:12], "--tag", "two"])
    assert again.exit_code == 0, again.output
    assert CalibrationStore().get("two").metadata["source"] == (
        f"feedline calibrate twin --only assignment --from {kept.id[:12]}"
    )
    assert CalibrationStore().get("two").metadata["readout"] == kept.metadata["readout"]


def test_a_start_that_is_not_there_or_another_chips_is_refused() -> None:
    unknown = CliRunner().invoke(calibrate, ["twin", "--from", "fridy"])
    assert "no calibration set 'fridy'" in str(unknown.exception)
    other = feedline.backend("twin", seed=5)
    CalibrationStore().put(other.calibrations, tag="friday")
    result = CliRunner().invoke(calibrate, ["twin", "--from", "friday"])
    assert isinstance(result.exception, InputError)
    assert "Calibration set 'friday'" in str(result.exception)
    assert f"was measured on {other.calibrations.metadata['chip']}; 'twin' is chip-" in str(result.exception)


def test_a_set_that_began_wrong_and_was_not_mended_is_not_the_chips() -> None:
    before = feedline.backend("twin").calibrations.id
    result = CliRunner().invoke(
        calibrate, ["twin", "--from", "theory", "--wrong", "3", "--only", "discrimination", "--tag", "w"]
    )
    assert result.exit_code == 0, result.output
    kept = CalibrationStore().get("w")
    assert kept.metadata["source"] == "feedline calibrate twin --only discrimination --from theory --wrong 3"
    assert feedline.backend("twin").calibrations.id == before != kept.id


def test_a_readout_that_was_moved_is_the_chips_once_it_is_discriminated() -> None:
    """Angle and threshold of another readout would read every shot wrongly."""
    before = feedline.backend("twin").calibrations.id
    moved = CliRunner().invoke(calibrate, ["twin", "--only", "readout-delay", "--tag", "moved"])
    assert moved.exit_code == 0, moved.output
    assert "run discrimination" in " ".join(moved.output.split())
    assert feedline.backend("twin").calibrations.id == before
    mended = CliRunner().invoke(calibrate, ["twin", "--only", "discrimination", "--from", "moved", "--tag", "mended"])
    assert mended.exit_code == 0, mended.output
    assert feedline.backend("twin").calibrations.id == CalibrationStore().get("mended").id != before


def test_a_qubit_that_cannot_be_found_changes_nothing(tmp_path: Path) -> None:
    """Driven 200 MHz beside its frequency it does nothing, and no set is made of that."""
    right = feedline.backend("twin", num_qubits=1)
    frame = drive_frame(right.calibrations, 0)
    wrong = with_frequency(right.calibrations, frame, number(frame.frequency_hz, "q0") + 200e6)
    wrong = attrs.evolve(wrong, metadata={**wrong.metadata, "chip": ""})
    path = tmp_path / "one.toml"
    path.write_text(chip_text(right.chip))
    CalibrationStore().put(wrong, tag="wrong")
    words = [f"twin:{path}", "--from", "wrong", "--tag", "none", "--only", "spectroscopy", "--only", "fine-amplitude"]
    result = CliRunner().invoke(calibrate, words)
    assert result.exit_code == 1, result.output
    assert "No calibration set is made: 0 of 5 findings accepted." in " ".join(result.output.split())
    with pytest.raises(NotFoundError):
        CalibrationStore().get("none")


def test_without_matplotlib_nothing_is_measured_and_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    result = CliRunner().invoke(calibrate, ["twin", "--only", "t1"])
    assert isinstance(result.exception, MissingExtraError)
    assert "feedline[bringup]" in str(result.exception.remedy)
    assert not CalibrationStore().list()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--tag", "latest"], "'latest' cannot be a tag"),
        (["--tag", "two words"], "'two words' cannot be a tag"),
        (["--report", "{folder}"], "No report can be written to"),
        (["--report", "{folder}/file/report.html"], "No report can be written to"),
    ],
)
def test_names_that_will_not_do_are_refused_before_anything_is_measured(
    tmp_path: Path, words: list[str], said: str
) -> None:
    (tmp_path / "file").write_text("")
    given = [word.format(folder=tmp_path) for word in words]
    result = CliRunner().invoke(calibrate, ["twin", "--only", "t1", *given])
    assert isinstance(result.exception, InputError), result.output
    assert said in str(result.exception)
    assert "t1" not in result.output
    assert not CalibrationStore().list()


def test_a_report_that_cannot_be_written_in_the_end_does_not_hide_the_set(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("")
    result = CliRunner().invoke(calibrate, ["twin", "--only", "t1", "--tag", "kept"])
    assert isinstance(result.exception, StoreError), result.output
    assert "Calibration set cal-" in str(result.exception)
    assert CalibrationStore().get("kept")


@pytest.mark.parametrize("how", ["fault", "ctrl-c"])
def test_what_was_found_before_it_ended_early_is_kept(tmp_path: Path, how: str) -> None:
    """Instruments are gone, or somebody interrupts, after the first routine; the set is not the chip's next one."""
    command = [sys.executable, "-m", "feedline", "calibrate", "twin", "--tag", "early", "--report", "r.html"]
    for routine in ("rabi", "t1", "t2", "rb"):
        command += ["--only", routine]
    home = {**os.environ, "FEEDLINE_HOME": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, cwd=tmp_path, env=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        first = next(line for line in run.stdout if line.startswith("rabi"))
        assert "accepted" in first
        if how == "fault":
            tasks = Path(f"/proc/{run.pid}/task").iterdir()
            children = [one for task in tasks for one in (task / "children").read_text(encoding="ascii").split()]
            assert children, "the emulators have a process of their own"
            for child in children:
                os.kill(int(child), signal.SIGKILL)
        else:
            run.send_signal(signal.SIGINT)
        said, errors = run.communicate(timeout=60)
    assert run.returncode == (3 if how == "fault" else 130), errors
    assert "It ended early. What was found before:" in said
    assert "Traceback" not in errors
    assert (tmp_path / "r.html").exists()
    kept = CalibrationStore().get("early")
    assert kept.id != feedline.backend("twin").calibrations.id
    assert feedline.backend("twin").calibration_source.startswith("shipped")


def test_what_was_found_is_kept_where_nobody_can_be_told(tmp_path: Path) -> None:
    """The disk that the output goes to is full: it is not the one that sets are on."""
    command = [sys.executable, "-m", "feedline", "calibrate", "twin", "--tag", "untold", "--only", "t1"]
    home = {**os.environ, "FEEDLINE_HOME": str(tmp_path)}
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(command, env=home, stdout=full, stderr=subprocess.PIPE, text=True, timeout=120)
    assert done.returncode != 0
    assert "No space left on device" in done.stderr
    assert CalibrationStore().get("untold")
    assert (tmp_path / "reports" / "untold.html").exists()


def test_what_cannot_be_kept_does_not_hide_what_ended_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The set is kept, the report is not; both that and the first error are said."""
    right = command._run

    def ends(*given: Any) -> None:
        right(*given)
        (tmp_path / "reports").write_text("")
        raise InputError("The lights went out.", remedy="Switch them on.")

    monkeypatch.setattr(command, "_run", ends)
    result = CliRunner().invoke(calibrate, ["twin", "--only", "t1", "--tag", "half"])
    assert str(result.exception).startswith("The lights went out.")
    assert "The report cannot be written" in result.stderr
    assert CalibrationStore().get("half")
