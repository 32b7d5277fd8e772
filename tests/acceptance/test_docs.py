# SPDX-License-Identifier: Apache-2.0
"""Every code block of the README and the docs runs, in order, and says what the page says it says.

``python`` blocks of a page share one namespace. In ``console`` blocks each line after ``$ `` is a
command; the lines below it must be in its output, and an error among them means that it must fail.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

TOP = Path(__file__).parents[2]
PAGES = [TOP / "README.md", *sorted((TOP / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)#]+)(?:#[^)]*)?\)")


class Block(NamedTuple):
    kind: str
    code: str
    line: int


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for found in FENCE.finditer(text):
        yield Block(found.group(1), found.group(2), text.count("\n", 0, found.start(2)))


def commands(block: Block) -> Iterator[tuple[str, list[str]]]:
    """The commands of a console block, each with the output that the page shows."""
    for part in re.split(r"^\$ ", block.code, flags=re.MULTILINE)[1:]:
        command, *output = part.rstrip("\n").split("\n")
        yield command, [line for line in output if line.strip()]


def check_command(command: str, expected: list[str], folder: Path) -> None:
    program, *arguments = shlex.split(command)
    assert program == "feedline", f"only feedline can be shown in a console block, not {program}"
    path = Path(sys.executable).with_name("feedline")
    done = subprocess.run([path, *arguments], cwd=folder, capture_output=True, text=True, timeout=100)
    said = done.stdout + done.stderr
    fails = any(line.startswith("feedline:") for line in expected)
    assert (done.returncode != 0) is fails, f"{command}\n{said}"
    for line in expected:
        assert line in said, f"{command}\nshould say: {line}\nsays: {said}"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder with the examples in it, and a job store of its own."""
    (tmp_path / "examples").symlink_to(TOP / "examples")
    monkeypatch.setenv("FEEDLINE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(TOP).as_posix())
def test_every_block_of_a_page_runs(page: Path, folder: Path) -> None:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for block in blocks(page):
        if block.kind == "python":
            code = compile("\n" * block.line + block.code, str(page), "exec")
            exec(code, namespace)
        elif block.kind == "console":
            for command, expected in commands(block):
                check_command(command, expected, folder)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(TOP).as_posix())
def test_every_local_link_of_a_page_leads_somewhere(page: Path) -> None:
    targets = [target for target in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in target]
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert missing == []


def test_every_page_of_docs_can_be_reached_from_the_readme() -> None:
    found = {TOP / "README.md"}
    waiting = list(found)
    while waiting:
        page = waiting.pop()
        for target in LINK.findall(page.read_text(encoding="utf-8")):
            path = (page.parent / target).resolve() if "://" not in target else page
            pages = set(path.glob("*.md")) if path.is_dir() else {path} & set(PAGES)
            waiting += pages - found
            found |= pages
    assert set(PAGES) - found == set()
