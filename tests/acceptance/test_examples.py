# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from feedline.program_text import load_programs
from feedline_hal import Waveform

EXAMPLES = Path(__file__).parents[2] / "examples"


def run(script: str, *arguments: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", EXAMPLES / script, *arguments],
        cwd=folder,
        env={**os.environ, "FEEDLINE_HOME": str(folder / "home")},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


CIRCUITS = sorted(set(EXAMPLES.glob("*.qasm")) - {EXAMPLES / "rack_calibrations.qasm"})


@pytest.mark.parametrize("path", CIRCUITS, ids=lambda path: path.name)
def test_example_circuit_loads_and_says_how_to_run_it(path: Path) -> None:
    (program,) = load_programs(path)
    assert getattr(program, "circuit", program).num_qubits > 0
    assert f"feedline run examples/{path.name}" in path.read_text()


def test_vqe_finds_the_ground_state_of_h2_to_chemical_accuracy_and_draws_it(tmp_path: Path) -> None:
    said = run("vqe_h2.py", "--plot", "vqe.svg", folder=tmp_path)
    energies = [float(text) for text in re.findall(r"energy +(-\d\.\d+) Ha", said)]
    exact, found = energies
    assert exact == pytest.approx(-1.137306, abs=1e-6)
    assert abs(found - exact) < 0.0016
    assert "(within chemical accuracy)" in said
    picture = (tmp_path / "vqe.svg").read_text()
    assert ">iteration<" in picture
    assert ">exact, -1.1373 Ha<" in picture


def test_vqe_gives_the_same_energy_for_the_same_seed(tmp_path: Path) -> None:
    first, second = (run("vqe_h2.py", "--sweeps", "1", "--seed", "5", folder=tmp_path) for _ in range(2))
    assert first.splitlines()[1] == second.splitlines()[1]


def test_sweep_prints_probabilities_and_values_near_the_exact_ones(tmp_path: Path) -> None:
    lines = run("sweep.py", folder=tmp_path).splitlines()[1:]
    assert len(lines) == 9
    for line in lines:
        _, excited, value, exact = (float(number) for number in line.split())
        assert abs(value - exact) < 0.06
        assert abs((1 - 2 * excited) - exact) < 0.15


def test_rabi_finds_the_amplitude_of_a_pi_pulse_and_draws_it(tmp_path: Path) -> None:
    said = run("rabi.py", "--plot", "rabi.svg", folder=tmp_path)
    found = re.search(r"pi amplitude +(\S+) \+- (\S+) of full scale", said)
    assert found
    area_s = Waveform.gaussian(64e-9, 1.0, sigma_s=16e-9).sample(1e9).real.sum() * 1e-9
    assert float(found[1]) == pytest.approx(0.5 / (50e6 * area_s), abs=0.002)  # the third level moves it a little
    assert float(re.search(r"P\(1\) with it +(\S+)", said)[1]) > 0.99
    picture = (tmp_path / "rabi.svg").read_text()
    assert ">cosine fit<" in picture
    assert ">amplitude (full scale)<" in picture


def test_pulse_gate_shows_what_drag_is_good_for(tmp_path: Path) -> None:
    lines = run("pulse_gate.py", folder=tmp_path).splitlines()
    assert lines[1].startswith("the device's own  32 ns    1.0000")
    plain, drag = (float(line.split()[-1]) for line in lines[2:4])
    assert plain > 0.1
    assert drag < 0.005
    assert lines[4].endswith("in a box: P(1) = 1.0000")
