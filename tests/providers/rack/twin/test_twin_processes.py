# SPDX-License-Identifier: Apache-2.0
"""Twins in processes of their own: side by side, and ended by Ctrl-C while they start and while they run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

BELL = Path(__file__).parents[4] / "examples" / "bell.qasm"
ENDS_S = 60.0


def running(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """``feedline run`` of a Bell state on the twin; what it leaves in temporary folders shows."""
    command = [sys.executable, "-c", "from feedline.cli.main import main; main()", "run", str(BELL)]
    folder.mkdir()
    return subprocess.Popen(
        [*command, "--backend", "twin", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(folder), "FEEDLINE_HOME": str(folder / "home")},
    )


def lines(folder: Path) -> list[Path]:
    """Folders of emulated serial lines."""
    return [path.parent for path in folder.glob("feedline-*/tty")]


def test_two_twins_run_at_the_same_time_and_give_the_same(tmp_path: Path) -> None:
    """Each has its own emulators at free ports; both are seeded."""
    both = [running(tmp_path / name, "--shots", "500", "--json") for name in ("one", "other")]
    counts = []
    for process in both:
        out, err = process.communicate(timeout=ENDS_S)
        assert process.returncode == 0, err
        counts.append(json.loads(out)["results"][0]["counts"])
    assert counts[0] == counts[1]
    assert not lines(tmp_path / "one") + lines(tmp_path / "other")


@pytest.mark.parametrize("is_served", [False, True])
def test_ctrl_c_ends_it_soon_and_leaves_nothing(tmp_path: Path, is_served: bool) -> None:
    """Before there is an emulator, and when both serial lines are there."""
    folder = tmp_path / "one"
    process = running(folder, "--shots", "5000000")
    give_up_s = time.monotonic() + ENDS_S
    while len(lines(folder)) < 2 if is_served else not (folder / "home").exists():
        assert time.monotonic() < give_up_s, "waited in vain for it to start"
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=ENDS_S)
    assert process.returncode == 130, err
    assert "Interrupted" in err
    assert "Traceback" not in err
    assert not lines(folder)
