# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from pathlib import Path

import pytest
from qiskit import QuantumCircuit, qpy

from feedline_hal import CalibrationSet
from feedline_hal.cli.lower import _STAGES
from feedline_hal.export.samples import load_samples
from feedline_hal.lowering.lower import STAGES


def test_stages_of_the_command_are_those_of_the_library() -> None:
    assert _STAGES == STAGES


def test_port_table_is_shown_by_default(feedline) -> None:
    said = feedline("lower", "bell.qasm", "--backend", "pulse")
    assert said.code == 0, said.err
    lines = said.out.splitlines()
    assert lines[0].split() == ["program", "bell"]
    assert any(line.split()[:3] == ["0", "32", "q0_drive"] for line in lines)
    assert "capture_v2 -> c[1]" in said.out
    assert said.err == ""


@pytest.mark.parametrize(("stage", "word"), [("isa", "calibration"), ("scheduled", "start/ns"), ("pulse", "waveforms")])
def test_each_stage_has_a_table_and_keeps_parameters(feedline, stage: str, word: str) -> None:
    said = feedline("lower", "turn.qasm", "--stage", stage)
    assert said.code == 0, said.err
    assert word in said.out
    assert "theta" in said.out


@pytest.mark.parametrize("stage", STAGES)
def test_json_is_one_document_that_names_its_stage(feedline, stage: str) -> None:
    document = json.loads(feedline("lower", "bell.qasm", "--stage", stage, "--json").out)
    assert (document["name"], document["stage"]) == ("bell", stage)


def test_parameters_take_values(feedline) -> None:
    out = feedline("lower", "turn.qasm", "-p", "theta=pi/2", "--json").out
    shifts = [row["value"] for row in json.loads(out)["rows"] if row["kind"] == "shift_phase"]
    assert shifts
    assert all(isinstance(value, float) for value in shifts)


def test_out_writes_samples_table_json_and_openpulse(feedline, folder: Path) -> None:
    for name in ("a.npz", "a.txt", "a.json", "a.qasm"):
        said = feedline("lower", "bell.qasm", "--out", name)
        assert (said.code, said.out) == (0, f"written: {name}\n"), said.err
    assert load_samples("a.npz").program == "bell"
    assert (folder / "a.txt").read_text() == feedline("lower", "bell.qasm").out
    assert json.loads((folder / "a.json").read_text())["stage"] == "port"
    (calibration,) = CalibrationSet.from_openpulse((folder / "a.qasm").read_text()).calibrations
    assert calibration.label == "program_bell q0 q1"


def test_file_with_pulses_is_lowered_with_its_calibrations(feedline, folder: Path) -> None:
    (folder / "own.qasm").write_text(
        'OPENQASM 3.0;\ndefcalgrammar "openpulse";\ninclude "stdgates.inc";\ncal {\n'
        "  extern constant(complex[float[64]], duration) -> waveform;\n"
        "  port q0_drive;\n  frame mine = newframe(q0_drive, 5.1e9, 0.0);\n}\n"
        "defcal x $0 { play(mine, constant(0.25, 20ns)); }\nbit[1] c;\nx $0;\nc[0] = measure $0;\n"
    )
    said = feedline("lower", "own.qasm", "--json")
    assert said.code == 0, said.err
    (play,) = [row for row in json.loads(said.out)["rows"] if row["gate"] == "x"]
    assert (play["frame"], play["amplitude"], play["duration_ns"]) == ("mine", 0.25, 20.0)


def test_unbound_parameter_says_what_to_add(feedline) -> None:
    said = feedline("lower", "turn.qasm")
    assert said.code == 2
    assert "needs a value for theta" in said.err
    assert "--param theta=VALUE" in said.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("bell.qasm", "--stage", "prot"), ["There is no stage 'prot'.", "Did you mean 'port'?"]),
        (("bell.qasm", "--backend", "aer"), ["Backend 'aer' plays no pulses", "'pulse' is the built-in"]),
        (("bel.qasm",), ["bel.qasm does not exist", "Did you mean 'bell.qasm'?"]),
        (("bell.qasm", "-p", "phi=1"), ["has no parameter 'phi'"]),
        (("turn.qasm", "-p", "theta=0:1:5"), ["--param 'theta' is a sweep of 5 points", "--param theta=0.3"]),
        (("bell.qasm", "--out", "a.npy"), ["a.npy is not a kind of file", "'.npz'"]),
        (("bell.qasm", "--out", "gone/a.txt"), ["gone/a.txt cannot be written", "folder that exists"]),
        (("bell.qasm", "-s", "isa", "--out", "a.npz"), ["a.npz is for stage port, and --stage is isa"]),
        (("decide.qasm", "--out", "a.qasm"), ["Program 'decide' has control flow", "as JSON"]),
    ],
)
def test_mistakes_are_named_with_a_remedy(feedline, arguments: tuple[str, ...], words: list[str]) -> None:
    said = feedline("lower", *arguments)
    assert said.code == 2
    for word in words:
        assert word in said.err
    assert said.out == ""


def test_file_with_several_circuits_is_refused(feedline, folder: Path) -> None:
    with (folder / "two.qpy").open("wb") as file:
        qpy.dump([QuantumCircuit(1), QuantumCircuit(1)], file)
    assert "two.qpy holds 2 circuits, one was expected" in feedline("lower", "two.qpy").err


def test_samples_come_at_the_rate_that_was_asked_for(feedline, folder: Path) -> None:
    """Twice the rate is twice the samples; a rate without samples is a mistake."""
    lengths = []
    for name, rate in (("one.npz", ()), ("two.npz", ("--rate", "2e9"))):
        said = feedline("lower", "bell.qasm", "--out", str(folder / name), *rate)
        assert said.code == 0, said.err
        lengths.append(len(load_samples(folder / name).ports["q0_drive"]))
    assert lengths[1] == 2 * lengths[0]
    said = feedline("lower", "bell.qasm", "--rate", "2e9")
    assert said.code == 2
    assert "--rate is for samples: it needs --out FILE.npz." in said.err
