# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest


class Said(NamedTuple):
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def feedline(folder: Path, capfd: pytest.CaptureFixture[str]) -> Iterator[Callable[..., Said]]:
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
