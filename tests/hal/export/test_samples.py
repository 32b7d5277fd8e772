# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from qiskit.circuit import Parameter

from feedline.errors import InputError
from feedline_hal.errors import PulseError
from feedline_hal.export.samples import load_samples, save_samples
from feedline_hal.lowering.render import render

from .lab import READOUT_AMPLITUDE, SEVEN_GHZ, SIX_GHZ, decisions, layers, turns


def test_samples_come_back_as_they_were_rendered(lowered, tmp_path: Path, rng: np.random.Generator) -> None:
    program = lowered(layers(2, 3, rng))
    save_samples(program, tmp_path / "a.npz")
    back, made = load_samples(tmp_path / "a.npz"), render(program)
    assert back.ports.keys() == made.keys()
    for name, samples in made.items():
        assert back.ports[name].dtype == np.complex64
        assert np.array_equal(back.ports[name], samples)


def test_metadata_says_what_the_samples_are_relative_to(lowered, tmp_path: Path) -> None:
    program = lowered(turns(Parameter("theta")))
    save_samples(program, tmp_path / "a.npz", {"theta": 0.25}, rate_hz=2e9)
    back = load_samples(tmp_path / "a.npz")
    assert back.lo_frequency_hz == {"q0_drive": SIX_GHZ - 1e8, "q0_readout": SEVEN_GHZ}
    assert (back.rate_hz, back.dt_s, back.program) == (2e9, 1e-9, "turns")
    assert back.parameters == {"theta": 0.25}
    assert back.calibration_id == program.calibration_id
    assert len(back.ports["q0_drive"]) == 2 * 1080
    assert back.ports["q0_readout"][-1] == READOUT_AMPLITUDE


def test_file_is_plain_npz_that_numpy_reads_without_pickle(lowered, tmp_path: Path) -> None:
    save_samples(lowered(turns(0.5)), tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz", allow_pickle=False) as file:
        assert sorted(file.files) == ["metadata", "port:q0_drive", "port:q0_readout"]
        assert json.loads(str(file["metadata"]))["format"] == "feedline samples 1"


def test_control_flow_is_refused_by_name(lowered, tmp_path: Path) -> None:
    with pytest.raises(PulseError, match=r"(?s)Program 'decisions' has control flow.*as a table"):
        save_samples(lowered(decisions()), tmp_path / "a.npz")
    assert not (tmp_path / "a.npz").exists()


def test_files_that_cannot_be_written_or_read_are_named(lowered, tmp_path: Path) -> None:
    program = lowered(turns(0.5))
    with pytest.raises(InputError, match=r"(?s)a\.npy is not a kind of file.*Did you mean '\.npz'"):
        save_samples(program, tmp_path / "a.npy")
    with pytest.raises(InputError, match=r"a\.npz cannot be written"):
        save_samples(program, tmp_path / "gone" / "a.npz")
    with pytest.raises(InputError, match=r"gone\.npz cannot be read: No such file"):
        load_samples(tmp_path / "gone.npz")
    np.savez(tmp_path / "other.npz", x=np.zeros(2))
    (tmp_path / "text.npz").write_text("no archive")
    for name in ("other", "text"):
        with pytest.raises(InputError, match=rf"{name}\.npz does not hold samples of a program"):
            load_samples(tmp_path / f"{name}.npz")
