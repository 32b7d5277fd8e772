# SPDX-License-Identifier: Apache-2.0
"""Photographs the command line: runs commands, writes what a terminal shows as SVG.

python docs/images/terminal.py
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

HERE = Path(__file__).parent
PICTURES = {
    "run-bell.svg": [
        "feedline run examples/bell.qasm",
        "feedline run examples/bell.qasm -o ZZ -o 'XX - 0.5*IZ'",
    ],
}


def photograph(commands: list[str], path: Path, home: str) -> None:
    """Run commands from the top of the checkout, with a job store of their own, and write the picture."""
    console = Console(record=True, width=80, file=io.StringIO(), force_terminal=True)
    for command in commands:
        done = subprocess.run(
            ["bash", "-c", command],
            capture_output=True,
            text=True,
            check=True,
            cwd=HERE.parents[1],
            env={
                "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
                "COLUMNS": "80",
                "FEEDLINE_HOME": home,
            },
        )
        console.print(Text.assemble(("$ ", "bold green"), (command, "bold")))
        console.print(Text(done.stdout), end="")
        console.print()
    console.save_svg(str(path), title="feedline", theme=MONOKAI, unique_id="feedline")


if __name__ == "__main__":
    for name, commands in PICTURES.items():
        with tempfile.TemporaryDirectory() as home:
            photograph(commands, HERE / name, home)
