# SPDX-License-Identifier: Apache-2.0
"""Fixtures of all tests: a store of their own, an ideal simulator, seeded randomness."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

import feedline


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
