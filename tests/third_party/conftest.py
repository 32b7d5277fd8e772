# SPDX-License-Identifier: Apache-2.0
"""Software that others wrote, as a client of ours: does it take what we emulate for the real thing?

What is missing is skipped: ``pip install -e '.[oracle-drivers]'`` installs all of it, ``dev`` includes it.
"""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """tm_devices writes its logs where it runs."""
    monkeypatch.chdir(tmp_path)
