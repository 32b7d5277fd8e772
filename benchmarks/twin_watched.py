# SPDX-License-Identifier: Apache-2.0
"""When the twin took shots and was simulated, noted in the emulators' process: its clock is everybody's."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import attrs

from feedline_hal.emulator.bench import Bench
from feedline_hal.emulator.bench_recipe import Recipe
from feedline_hal.emulator.fast_frame import FastFrameRun
from feedline_hal.emulator.tektronix_mso import EmulatedMso
from feedline_hal.twin.life import Life
from feedline_rack.twin.backend import TwinBackend

Stretch = tuple[float, float]
"""From when to when, in seconds of `time.perf_counter`."""


def noting(make: str, given: dict[str, Any], path: str) -> Bench:
    """Make a bench that notes what it does, where its process may be another one.

    Args:
        make: What makes the bench.
        given: Its arguments.
        path: Where notes go: a line for each of what, shots, from, to.
    """
    file = os.open(path, os.O_WRONLY | os.O_APPEND)

    def note(what: str, shots: int, start_s: float, stop_s: float) -> None:
        os.write(file, f"{what} {shots} {start_s!r} {stop_s!r}\n".encode())

    def timed(call: Callable[..., Any]) -> Callable[..., Any]:
        def called(*given: Any, **options: Any) -> Any:
            start_s = time.perf_counter()
            try:
                return call(*given, **options)
            finally:
                note("physics", 0, start_s, time.perf_counter())

        return called

    take = EmulatedMso.triggered

    def triggered(self: EmulatedMso, burst: Any) -> None:
        now_s = time.perf_counter()
        note("shots", burst.count, now_s, now_s + burst.count * burst.period_s)
        take(self, burst)

    for kind, name in ((FastFrameRun, "fill"), (Life, "_live")):
        setattr(kind, name, timed(getattr(kind, name)))
    EmulatedMso.triggered = triggered  # type: ignore[method-assign]
    return Recipe(make, given)()


@attrs.define
class Notes:
    """What was noted, from the last look on."""

    path: Path
    seen: int = 0

    def new(self) -> list[tuple[str, int, Stretch]]:
        """What is new: what, shots, from when to when."""
        with self.path.open("rb") as file:
            file.seek(self.seen)
            text = file.read()
        self.seen += len(text)
        rows = [line.split() for line in text.decode().splitlines()]
        return [(what, int(shots), (float(start), float(stop))) for what, shots, start, stop in rows]


@contextmanager
def notes() -> Iterator[Notes]:
    """Notes of twins that are opened meanwhile."""
    bench = TwinBackend.bench
    with TemporaryDirectory() as folder:
        path = Path(folder) / "notes"
        path.touch()
        with patch.object(TwinBackend, "bench", lambda self: _noted(bench(self), str(path))):
            yield Notes(path)


def _noted(recipe: Recipe, path: str) -> Recipe:
    return Recipe(f"{__name__}:noting", {"make": recipe.make, "given": recipe.given, "path": path})


def covered_s(stretches: list[Stretch]) -> float:
    """Seconds that are in at least one of the stretches."""
    total, until = 0.0, float("-inf")
    for start_s, stop_s in sorted(stretches):
        total += max(0.0, stop_s - max(start_s, until))
        until = max(until, stop_s)
    return total
