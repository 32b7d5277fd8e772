# SPDX-License-Identifier: Apache-2.0
"""Tab completion of the instruments of a rack file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

RACK = Path(__file__).parents[4] / "examples" / "rack.toml"


def complete(line: str) -> list[str]:
    """Press tab at the end of a line, as bash does."""
    word = len(line.split()) - (line[-1] != " ")
    variables = {"_FEEDLINE_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(word)}
    feedline = str(Path(sys.executable).with_name("feedline"))
    done = subprocess.run([feedline], env={**os.environ, **variables}, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    return [row.split(",", 1)[1] for row in done.stdout.split()]


@pytest.mark.parametrize("command", ["rack status", "emulate"])
def test_instruments_complete_after_their_rack_file(command: str) -> None:
    assert complete(f"feedline {command} {RACK} lo") == ["lo1", "lo2"]


def test_no_instruments_are_offered_where_the_file_cannot_be_read(tmp_path: Path) -> None:
    assert complete(f"feedline rack safe {tmp_path}/none.toml lo") == []
