# SPDX-License-Identifier: Apache-2.0
"""What every benchmark prints: where it ran, with what, and tables of medians."""

from __future__ import annotations

import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("feedline", "qiskit", "qiskit-aer", "numpy")


def header(title: str, *notes: str, packages: Sequence[str] = PACKAGES) -> None:
    """Print the title, the machine, the versions and what the reader must know."""
    print(f"# {title}\n")
    print(f"{datetime.now(UTC):%Y-%m-%d}, {_processor()}, {os.cpu_count()} cores, {platform.system()}.  ")
    versions = ", ".join(f"{name} {_version(name)}" for name in packages)
    print(f"Python {platform.python_version()}, {versions}.  ")
    print(f"Command: `python {' '.join([f'benchmarks/{Path(sys.argv[0]).name}', *sys.argv[1:]])}`\n")
    for note in notes:
        print(f"{note}\n")


Clock = Callable[[], float]

BLOCK_S = 0.05
"""Calls of one runner are made in a row for about this long before the next has its turn."""


def race(
    runners: Mapping[str, Callable[..., Any]],
    repeats: int,
    warmups: int = 1,
    *,
    clock: Clock = time.perf_counter,
    prepare: Mapping[str, Callable[[], Any]] | None = None,
) -> dict[str, list[float]]:
    """Time several callables in turn, so that a busy moment of the machine hits all of them.

    Short ones are called several times in a row, as a loop calls them: otherwise each is timed with the
    other's data in the caches, and while the other's threads are still ending.

    Args:
        runners: What to time, by name.
        repeats: Turns that count.
        warmups: Turns before them.
        clock: What is read before and after a call, in seconds: wall time, or `time.process_time`.
        prepare: Called before each call of the runner of that name, untimed; the runner is given what it returns.

    Returns:
        Seconds of every call, by name; the first call of each turn is not among them if there are more.
    """
    times: dict[str, list[float]] = {name: [] for name in runners}
    for turn in range(warmups + repeats):
        for name, runner in runners.items():
            ready = prepare.get(name) if prepare else None
            taken = [timed(runner, clock, ready)]
            while sum(taken) < BLOCK_S and len(taken) < 20:
                taken.append(timed(runner, clock, ready))
            if turn >= warmups:
                times[name] += taken[1:] or taken
    return times


def timed(runner: Callable[..., Any], clock: Clock, ready: Callable[[], Any] | None = None) -> float:
    """Seconds of one call, which is given what ``ready`` returns; making that is not timed."""
    given = () if ready is None else (ready(),)
    start = clock()
    runner(*given)
    return clock() - start


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a markdown table that is aligned as plain text too."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[at]) for row in [list(columns), *cells]) for at in range(len(columns))]
    print(f"## {title}\n")
    for row in (list(columns), ["-" * width for width in widths], *cells):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |")
    print()


def ms(seconds: float) -> str:
    """Milliseconds with three digits."""
    value = seconds * 1e3
    return f"{value:.0f} ms" if value >= 100 else f"{value:.1f} ms" if value >= 10 else f"{value:.2f} ms"


def median(seconds: Sequence[float]) -> float:
    """The median."""
    return statistics.median(seconds)


def p95(seconds: Sequence[float]) -> float:
    """The 95th percentile."""
    return sorted(seconds)[min(len(seconds) - 1, int(0.95 * len(seconds)))]


def verdict(good: bool) -> str:
    """Whether a target is met."""
    return "met" if good else "MISSED"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
