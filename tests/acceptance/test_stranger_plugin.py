# SPDX-License-Identifier: Apache-2.0
"""A stranger's provider keeps the contract. Its wheel beside ours, in a clean environment: .ci/stranger.py."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

STRANGER = Path(__file__).resolve().parents[2] / "examples" / "plugins" / "feedline-acme"


def test_strangers_own_tests_pass() -> None:
    """The contract and everything of its own, over a real socket."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(STRANGER)],
        cwd=STRANGER,
        env={**os.environ, "PYTHONPATH": str(STRANGER)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
