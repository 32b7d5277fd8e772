# SPDX-License-Identifier: Apache-2.0
"""Every code block of the README and the docs runs, in order, and says what the page says it says.

``python`` blocks of a page share one namespace. In ``console`` blocks each line after ``$ `` is a
command; the lines below it must be in its output, and an error among them means that it must fail. Runs of
blanks count as one, ``...`` stands for anything within a line. A ``console emulators`` block is another terminal:
its command is started, its lines must come, and it runs on until the next ``^C`` or the end of the page.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from feedline.runtime.submit import runtime

TOP = Path(__file__).parents[2]
PAGES = [TOP / "README.md", *sorted((TOP / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w*)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)#]+)(?:#[^)]*)?\)")


class Block(NamedTuple):
    kind: str
    word: str
    code: str
    line: int


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for found in FENCE.finditer(text):
        yield Block(found[1], found[2].strip(), found[3], text.count("\n", 0, found.start(3)))


def commands(block: Block) -> Iterator[tuple[str, list[str]]]:
    """The commands of a console block, each with the output that the page shows."""
    for part in re.split(r"^\$ ", block.code, flags=re.MULTILINE)[1:]:
        command, *output = part.rstrip("\n").split("\n")
        yield command, [line for line in output if line.strip()]


def feedline(command: str) -> list[str]:
    program, *arguments = shlex.split(command)
    assert program == "feedline", f"only feedline can be shown in a console block, not {program}"
    return [str(Path(sys.executable).with_name("feedline")), *arguments]


def is_said(line: str, said: str) -> bool:
    """Whether a line of the page is in an output."""
    pattern = r"[^\n]*".join(re.escape(" ".join(part.split())) for part in line.split("..."))
    return re.search(pattern, re.sub(r" +", " ", said)) is not None


def check_command(command: str, expected: list[str], folder: Path) -> None:
    done = subprocess.run(feedline(command), cwd=folder, capture_output=True, text=True, timeout=100)
    said = done.stdout + done.stderr
    fails = any(line.startswith("feedline:") for line in expected)
    assert (done.returncode != 0) is fails, f"{command}\n{said}"
    for line in expected:
        assert is_said(line, said), f"{command}\nshould say: {line}\nsays: {said}"


def free_server() -> socket.socket:
    """A server at a port below those that the system hands out, which may be taken again the next moment."""
    for port in range(10_000 + os.getpid() % 20_000, 32_000):
        try:
            return socket.create_server(("127.0.0.1", port))
        except OSError:
            continue
    raise AssertionError("no port is free")


class Terminals:
    """The page's other terminals, one at a time; rack files written meanwhile get addresses that are free."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None
        self._output = folder / "terminal.txt"
        self._moved: dict[str, str] = {"/tmp/feedline-": f"{folder}/line-"}

    @property
    def is_busy(self) -> bool:
        """Whether a command runs."""
        return self._process is not None

    def move(self) -> None:
        """Let rack files of the folder name free ports and links instead of those that they name."""
        with ExitStack() as taken:
            for path in (*self._folder.glob("*.toml"), *self._folder.glob("examples/*.toml")):
                text = path.read_text(encoding="utf-8")
                for port in re.findall(r"127\.0\.0\.1\S*?\b(254\d\d)\b", text):
                    if port not in self._moved:
                        self._moved[port] = str(taken.enter_context(free_server()).getsockname()[1])
                path.write_text(self.moved(text), encoding="utf-8")

    def moved(self, text: str) -> str:
        """The text with the addresses that there are."""
        for old, new in self._moved.items():
            text = text.replace(old, new)
        return text

    def run(self, command: str, expected: list[str]) -> None:
        """Start a command and wait for its lines."""
        self.end()
        lines = [self.moved(line) for line in expected if line != "^C"]
        with self._output.open("w") as output:
            self._process = subprocess.Popen(
                feedline(command), cwd=self._folder, stdout=output, stderr=subprocess.STDOUT, text=True
            )
        deadline = time.monotonic() + 60
        while missing := [line for line in lines if not is_said(line, self._output.read_text())]:
            assert self._process.poll() is None, f"{command}\nends with: {self._output.read_text()}"
            assert time.monotonic() < deadline, f"{command}\nshould say: {missing}\nsays: {self._output.read_text()}"
            time.sleep(0.05)

    def end(self) -> None:
        """End it as Ctrl-C does, by a signal that nobody may have switched off."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)
            self._process = None


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder with the examples in it, and a job store of its own."""
    shutil.copytree(TOP / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setenv("FEEDLINE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def terminals(folder: Path) -> Iterator[Terminals]:
    """Other terminals; what runs there ends with the page."""
    made = Terminals(folder)
    yield made
    if made.is_busy:  # this process may hold instruments of the page
        assert runtime().shutdown(cancel=True, timeout=30)
        runtime.cache_clear()
    made.end()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(TOP).as_posix())
def test_every_block_of_a_page_runs(page: Path, folder: Path, terminals: Terminals) -> None:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for block in blocks(page):
        if block.kind == "python":
            code = compile("\n" * block.line + block.code, str(page), "exec")
            exec(code, namespace)
        elif block.kind == "console" and block.word == "emulators":
            terminals.move()
            for command, expected in commands(block):
                terminals.run(command, expected)
                if "^C" in expected:
                    terminals.end()
        elif block.kind == "console":
            for command, expected in commands(block):
                check_command(command, [terminals.moved(line) for line in expected], folder)


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
