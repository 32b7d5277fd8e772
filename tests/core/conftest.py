# SPDX-License-Identifier: Apache-2.0
"""Fixtures shared by the tests of the primitives."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np
import pytest

import feedline


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """Randomness seeded from the test's own name."""
    return np.random.default_rng(int(hashlib.sha256(request.node.name.encode()).hexdigest()[:8], 16))


@pytest.fixture(scope="session")
def aer() -> feedline.Backend:
    """An ideal simulator."""
    return feedline.backend("aer", seed=11)


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep jobs out of the user's store."""
    monkeypatch.setenv("FEEDLINE_HOME", str(tmp_path_factory.getbasetemp() / "home"))
    return
