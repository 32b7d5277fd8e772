# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import re
from pathlib import Path

TOP = Path(__file__).parents[2]
README = (TOP / "README.md").read_text(encoding="utf-8")


def set_up_commands() -> list[str]:
    """The fenced commands of the section about the two commands."""
    section = README.split("## Two commands\n")[1].split("\n## ")[0]
    return re.findall(r"^```\n(.*?)\n```$", section, re.MULTILINE | re.DOTALL)


def test_readme_has_exactly_two_set_up_commands_of_one_line() -> None:
    run, test = set_up_commands()
    for command in (run, test):
        assert "\n" not in command
        assert command.startswith("python3 -m venv .venv && .venv/bin/pip install ")
    assert run.endswith("feedline run examples/bell.qasm")
    assert "pytest" in test


def test_ci_runs_both_set_up_commands_as_they_stand_in_the_readme() -> None:
    script = (TOP / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    for command in set_up_commands():
        assert command in script


def test_readme_leads_with_what_it_is_and_a_picture_of_the_architecture() -> None:
    title, paragraph, picture = README.split("\n\n")[:3]
    assert title == "# Feedline"
    assert paragraph.startswith("Feedline runs Qiskit's primitives on your own quantum hardware.")
    assert picture == "![Architecture](docs/images/architecture.svg)"


def test_readme_says_what_is_not_there_yet() -> None:
    section = README.split("## What it is not, yet\n")[1].split("\n## ")[0]
    for word in ("Pulses", "rack", "mitigation", "server"):
        assert word in section
