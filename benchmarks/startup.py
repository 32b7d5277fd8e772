# SPDX-License-Identifier: Apache-2.0
"""How long it takes to begin: importing, and the command line's help; each in a fresh process."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from report import header, median, ms, race, table, verdict

REPEATS = 15


def process(*command: str) -> Callable[[], None]:
    """Run a command to its end."""
    return lambda: subprocess.run(command, check=True, capture_output=True, timeout=60).check_returncode()


def script() -> str:
    """The installed command, next to this interpreter or on the path."""
    beside = Path(sys.executable).with_name("feedline")
    return str(beside) if beside.exists() else shutil.which("feedline") or "feedline"


def main() -> None:
    header("Start-up", f"Fresh processes in turn, medians of {REPEATS}; the first of each is not counted.")
    times = race(
        {
            "python -c pass": process(sys.executable, "-c", "pass"),
            "import qiskit.primitives": process(sys.executable, "-c", "import qiskit.primitives"),
            "import feedline": process(sys.executable, "-c", "import feedline"),
            "from feedline import Sampler, Estimator": process(
                sys.executable, "-c", "from feedline import Sampler, Estimator"
            ),
            "feedline --help": process(script(), "--help"),
        },
        REPEATS,
    )
    peer = median(times["import qiskit.primitives"])
    targets = {"import feedline": 1.3 * peer, "feedline --help": 0.3}
    table(
        "Processes",
        ["what", "median", "target", ""],
        [
            [name, ms(median(taken)), ms(targets[name]), verdict(median(taken) <= targets[name])]
            if name in targets
            else [name, ms(median(taken)), "", ""]
            for name, taken in times.items()
        ],
    )


if __name__ == "__main__":
    main()
