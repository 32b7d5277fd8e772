# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

FEEDLINE = str(Path(sys.executable).with_name("feedline"))


def complete(line: str) -> list[str]:
    """Press tab at the end of a line, as bash does."""
    word = len(line.split()) - (line[-1] != " ")
    variables = {"_FEEDLINE_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(word)}
    done = subprocess.run([FEEDLINE], env={**os.environ, **variables}, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    return [row.split(",", 1)[1] for row in done.stdout.splitlines()]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_script_of_every_shell_names_the_variable(shell: str, feedline) -> None:
    said = feedline("completion", shell)
    assert said.code == 0
    assert "_FEEDLINE_COMPLETE" in said.out


def test_unknown_shell_is_refused_with_those_there_are(feedline) -> None:
    said = feedline("completion", "csh")
    assert said.code == 2
    assert "'bash', 'zsh', 'fish'" in said.err


def test_commands_complete() -> None:
    assert {"job", "jobs"} <= set(complete("feedline jo"))


def test_backend_names_complete_after_their_option_and_as_an_argument() -> None:
    assert complete("feedline run --backend a") == ["aer"]
    assert "aer" in complete("feedline backends ")


def test_completion_is_sourced_by_a_real_bash(tmp_path: Path) -> None:
    folder = str(Path(FEEDLINE).parent)
    script = f'export PATH="{folder}:$PATH"; eval "$(feedline completion bash)"; complete -p feedline'
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert "_feedline_completion" in done.stdout
