# SPDX-License-Identifier: Apache-2.0
"""Fixtures of all tests: a store of their own, an ideal simulator, seeded randomness, the command line."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

import feedline


class Said(NamedTuple):
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep jobs out of the user's store."""
    monkeypatch.setenv("FEEDLINE_HOME", str(tmp_path_factory.getbasetemp() / "home"))


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """Randomness seeded from the test's own name."""
    return np.random.default_rng(int(hashlib.sha256(request.node.name.encode()).hexdigest()[:8], 16))


@pytest.fixture(scope="session")
def aer() -> feedline.Backend:
    """An ideal simulator."""
    return feedline.backend("aer", seed=11)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(name="feedline")
def _command_line(folder: Path, capfd: pytest.CaptureFixture[str]) -> Iterator[Callable[..., Said]]:
    """Call the command line in this process."""
    from feedline.cli.main import main

    def call(*arguments: str) -> Said:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        return Said(int(ended.value.code or 0), *capfd.readouterr())

    yield call
    for log in map(logging.getLogger, ("feedline", "feedline.runtime")):  # as it was before main()
        log.handlers.clear()
        log.setLevel(logging.NOTSET)
        log.propagate = True
