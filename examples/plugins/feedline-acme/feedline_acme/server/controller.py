# SPDX-License-Identifier: Apache-2.0
"""The controller: who owns it, what is loaded, what runs, what it answers."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from .listing import CommandError, Line, number, read_listing
from .processor import Processor

IDENTITY = "ACME,Q3,0042,1.2"
MAX_SHOTS = 20_000
MAX_LINES = 100_000


class Controller:
    """One owner at a time; a run goes on in a thread of its own, and anyone with the token stops it.

    Attributes:
        loads, runs: How often programs were loaded and run.
    """

    def __init__(self, processor: Processor) -> None:
        self.loads = 0
        self.runs = 0
        self._processor = processor
        self._lock = threading.Lock()
        self._token = ""
        self._listing: tuple[Line, ...] | None = None
        self._slots: list[float] = []
        self._stop = threading.Event()
        self._run: threading.Thread | None = None
        self._bits: NDArray[np.uint8] | None = None

    def take(self) -> str:
        """Make the caller the owner."""
        with self._lock:
            if self._token:
                raise CommandError(30, "the controller is in use")
            self._token = secrets.token_hex(8)
            return self._token

    def release(self, token: str) -> None:
        """Let go: stop what runs, forget what is loaded."""
        if token and token == self._token:
            self._halt()
            with self._lock:
                self._token, self._listing, self._slots, self._bits = "", None, [], None

    def abort(self, token: str) -> None:
        """Stop what runs."""
        if not token or token != self._token:
            raise CommandError(31, "wrong token")
        self._stop.set()

    def load(self, lines: Sequence[str]) -> int:
        """Load a program; returns how many slots it has."""
        listing = read_listing(lines, self._processor.num_qubits)
        self._halt()
        self._listing = listing
        self._slots = [0.0] * (1 + max((line.slot for line in listing), default=-1))
        self.loads += 1
        return len(self._slots)

    def set(self, words: Sequence[str]) -> None:
        """Fill the slots."""
        if len(words) != len(self._slots):
            raise CommandError(21, f"{len(words)} values for {len(self._slots)} slots")
        try:
            self._slots = [number(word) for word in words]
        except ValueError as error:
            raise CommandError(22, str(error)) from None

    def run(self, shots: int) -> None:
        """Start taking shots."""
        if self._listing is None:
            raise CommandError(23, "no program is loaded")
        if not 1 <= shots <= MAX_SHOTS:
            raise CommandError(24, f"shots are from 1 to {MAX_SHOTS}")
        if self._run is not None and self._run.is_alive():
            raise CommandError(25, "a run is going on")
        self.runs += 1
        self._stop.clear()
        work = _bound(self._processor, self._listing, self._slots, shots, self._stop)
        self._run = threading.Thread(target=self._take_shots, args=(work,), name="acme-run", daemon=True)
        self._run.start()

    def read(self, wait_s: float) -> str:
        """Wait for the shots."""
        if self._run is None:
            raise CommandError(26, "nothing was run")
        self._run.join(min(max(wait_s, 0.0), 10.0))
        if self._run.is_alive():
            return "BUSY"
        self._run = None
        if self._bits is None:
            return "ABORTED"
        return f"DATA {np.packbits(self._bits, axis=1).tobytes().hex()}"

    def _take_shots(self, work: Callable[[], NDArray[np.uint8] | None]) -> None:
        self._bits = None
        self._bits = work()

    def _halt(self) -> None:
        self._stop.set()
        if self._run is not None:
            self._run.join()
            self._run = None


def _bound(
    processor: Processor, listing: tuple[Line, ...], slots: list[float], shots: int, stop: threading.Event
) -> Callable[[], NDArray[np.uint8] | None]:
    return lambda: processor.run(listing, slots, shots, stop)
