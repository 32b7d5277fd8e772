# SPDX-License-Identifier: Apache-2.0
"""The example that a newcomer begins with, as a program of its own; warnings are errors in it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.mark.slow
def test_the_example_finds_the_chips_times_and_draws(tmp_path: Path) -> None:
    pytest.importorskip("qiskit_experiments.library")
    done = subprocess.run(
        [sys.executable, "-W", "error", EXAMPLES / "qiskit_experiments_twin.py", "--qubit", "1", "--folder", "made"],
        cwd=tmp_path,
        env={**os.environ, "FEEDLINE_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    for found, error, known in re.findall(r"T\d  (\S+) \+- (\S+) us, known as (\S+) us", done.stdout):
        assert abs(float(found) - float(known)) < 3 * float(error) + 0.1, done.stdout
    assert re.search(r"error per Clifford  [4-7]\.\d+e-04", done.stdout)
    assert sorted(one.name for one in (tmp_path / "made").iterdir()) == ["standardrb.svg", "t1.svg", "t2hahn.svg"]
    assert all(b"<svg" in one.read_bytes() for one in (tmp_path / "made").iterdir())
