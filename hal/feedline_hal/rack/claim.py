# SPDX-License-Identifier: Apache-2.0
"""One process at a time talks to an instrument: a claim on its address, given up by the system when a process dies."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from filelock import FileLock, Timeout

from feedline.runtime.home import home
from feedline_hal.errors import HardwareFault


class Claim:
    """Holds addresses of instruments until `release`; good among processes that share a ``FEEDLINE_HOME``.

    Raises:
        HardwareFault: If another process, or another open rack of this one, holds one; nothing is held then.

    Args:
        addresses: Address by name of the instrument.
        folder: Where claims are kept; in ``FEEDLINE_HOME`` if not given.
    """

    def __init__(self, addresses: Iterable[tuple[str, str]], *, folder: Path | None = None) -> None:
        self._folder = home() / "instruments" if folder is None else folder
        self._locks: list[FileLock] = []
        try:
            for name, address in sorted(addresses, key=lambda item: item[1]):
                self._take(name, address)
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        """Give all of them up; may be called twice."""
        while self._locks:
            self._locks.pop().release()

    def _take(self, name: str, address: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / hashlib.sha256(address.upper().encode()).hexdigest()[:24]
        lock = FileLock(path.with_suffix(".lock"), timeout=0, is_singleton=False)
        owner = path.with_suffix(".owner")
        try:
            lock.acquire()
        except Timeout:
            raise HardwareFault(
                f"{name} ({address}) is in use by {_owner(owner)}.",
                remedy="Wait until that is over, or end it; two programs must not talk to one instrument.",
                instrument=name,
            ) from None
        self._locks.append(lock)
        with contextlib.suppress(OSError):  # it only says who; the lock is what counts
            owner.write_text(str(os.getpid()), encoding="ascii")


def _owner(path: Path) -> str:
    try:
        pid = path.read_text(encoding="ascii").strip()
    except OSError:
        return "another process"
    return "this process" if pid == str(os.getpid()) else f"process {pid}"
