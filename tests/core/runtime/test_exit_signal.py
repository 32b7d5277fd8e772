# SPDX-License-Identifier: Apache-2.0
"""Signals that end the program when it is at its end already, or that somebody swallowed."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from .test_exit import _read_until, _script


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_signal_at_the_end_of_the_program_cancels_what_is_left(tmp_path: Path, name: str) -> None:
    """The script is over, its jobs are not: the wait for them must not be all that the signal ends."""
    process = _script("backend = Loud(1, wait_s=30)\njobs = [run(backend, 3) for _ in range(2)]", tmp_path)
    out = _read_until(process, "RUNNING")
    time.sleep(0.3)
    process.send_signal(getattr(signal, name))
    rest, err = process.communicate(timeout=60)
    words = (out + rest).split()
    assert words.count("CANCELLED") == 2
    assert "abort" in words
    assert (words[-1], err) == ("close", "")


def test_signal_that_was_swallowed_does_not_make_the_program_immune(tmp_path: Path) -> None:
    """Notebooks catch SystemExit; one that nobody can end would be killed, with its outputs on."""
    process = _script(
        """
        from feedline.runtime import exit
        exit.GRACE_S = 0.2
        run(Loud(1)).result(20)
        for _ in range(2):
            try:
                signal.raise_signal(signal.SIGTERM)
                say("early")
            except SystemExit:
                say("swallowed")
            signal.raise_signal(signal.SIGTERM)
            time.sleep(0.3)
        """,
        tmp_path,
    )
    out, err = process.communicate(timeout=60)
    assert (out.split().count("swallowed"), "early" in out, err) == (2, False, "")
