# SPDX-License-Identifier: Apache-2.0
"""Software that others wrote, as a client of a simulated chip: ``pip install -e '.[oracle-clients]'`` installs it.

Everything random on the twin follows from the chip's seed and from what ran before, and every test has the twin's
instruments for itself: the same numbers every time.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import feedline
from feedline.runtime.submit import runtime
from feedline_rack.twin.backend import TwinBackend

sys.path.append(str(Path(__file__).parent))


@pytest.fixture(scope="session")
def twin() -> TwinBackend:
    """The default chip, two qubits, with the gates that follow from its numbers."""
    found = feedline.backend("twin")
    assert isinstance(found, TwinBackend)
    return found


@pytest.fixture(autouse=True)
def _own_instruments() -> Iterator[None]:
    """Devices that a test opened are closed with it."""
    runtime.cache_clear()
    yield
    assert runtime().shutdown(cancel=True, timeout=30)
    runtime.cache_clear()


@pytest.fixture
def session(twin: TwinBackend) -> Iterator[feedline.Session]:
    """A session on the default twin."""
    with feedline.Session(twin) as opened:
        yield opened
