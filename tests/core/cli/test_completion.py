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
    return [row.split(",", 1)[1] for row in done.stdout.split()]


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


def test_files_complete_after_the_colon_of_a_backend_that_takes_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hidden ones only if asked for; what stands before the colon stays."""
    (tmp_path / "labs").mkdir()
    for name in ("lab.toml", "labs/two.toml", "other.toml", ".hidden"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    assert complete("feedline run --backend rack:la") == ["rack:lab.toml", "rack:labs/"]
    assert complete("feedline run --backend rack:labs/") == ["rack:labs/two.toml"]
    assert ".hidden" not in " ".join(complete("feedline run --backend rack:"))
    assert complete("feedline run --backend rack:nowhere/") == []
    assert complete("feedline run --backend aer:la") == []


def test_completion_is_sourced_by_a_real_bash(tmp_path: Path) -> None:
    folder = str(Path(FEEDLINE).parent)
    script = f'export PATH="{folder}:$PATH"; eval "$(feedline completion bash)"; complete -p feedline'
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert "_feedline_completion" in done.stdout
