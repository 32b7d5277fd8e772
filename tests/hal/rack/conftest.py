# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from feedline_hal.rack.reading import read_rack
from feedline_hal.rack.schema import RackSpec

Rack = Callable[[str], RackSpec]


@pytest.fixture
def read(tmp_path: Path) -> Rack:
    """Reads a text as the file ``lab.toml``."""

    def reader(text: str) -> RackSpec:
        path = tmp_path / "lab.toml"
        path.write_text(text, encoding="utf-8")
        return read_rack(path)

    return reader
