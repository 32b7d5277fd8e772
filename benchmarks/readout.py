# SPDX-License-Identifier: Apache-2.0
"""Readout: records to bits, in MB of records a second, beside NumPy in double precision."""

from __future__ import annotations

import cpu_time  # isort: skip - before NumPy

import json
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

from readout_workload import Layout, formula, loop, megabytes, ours, product
from report import header, median, ms, race, table, verdict

LEAST_MB_S = 500
MOST_MB = 8
PEER_RECORDS = 2000
"""Double precision takes many times the memory of the records."""

LAYOUTS = {
    "1 capture of 1,000 samples, int16": Layout(captures=1),
    "2 captures of 1,000 samples, int16": Layout(captures=2),
    "5 captures of 1,000 samples, int16": Layout(captures=5),
    "10 captures of 1,000 samples, int16": Layout(captures=10),
    "5 captures of 500 samples, int16": Layout(captures=5, samples=500, records=40_000),
    "5 captures of 100,000 samples, int16": Layout(captures=5, samples=100_000, records=200),
    "5 captures of 1,000 samples, int16, other byte order": Layout(captures=5, dtype=">i2"),
    "5 captures of 1,000 samples, int8": Layout(captures=5, dtype="i1"),
    "5 captures of 1,000 samples, I and Q, int16": Layout(captures=5, is_pair=True, records=10_000),
}
NOTES = (
    "Demodulated, integrated, turned by a phase of its own for every record and capture, compared with a threshold, "
    "packed into bytes; captures lie side by side in frequency, in the same samples. CPU seconds of one process, BLAS "
    "on one thread; medians of calls in turn. MB are of records as the digitizer sends them.",
)


def rates() -> None:
    """MB of records a second, one core."""
    rows = []
    for what, layout in LAYOUTS.items():
        records, run = layout.make(), ours(layout)
        taken = median(race({"": lambda run=run, records=records: run(records)}, 7, clock=cpu_time.cpu_s)[""])
        rate = megabytes(records) / taken
        peak = temporaries_mb(run, records)
        aim = [f"{LEAST_MB_S} MB/s", verdict(rate >= LEAST_MB_S)] if "int16" in what else ["", ""]
        space = [f"{peak:.1f} MB", f"{MOST_MB} MB", verdict(peak <= MOST_MB)]
        rows.append([what, f"{megabytes(records):.0f} MB", ms(taken), f"{rate:.0f} MB/s", *aim, *space])
    columns = ["records", "size", "median", "rate", "target", "", "peak of all temporaries", "target", ""]
    table("Records to bits, one core", columns, rows)


def temporaries_mb(run: Any, records: Any) -> float:
    """What a call holds at most, its result included."""
    tracemalloc.start()
    run(records)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def peers() -> None:
    """The same by other ways."""
    rows = []
    for captures in (2, 10):
        layout = Layout(captures=captures, records=PEER_RECORDS)
        records = layout.make()
        runs = {
            "feedline": ours(layout),
            "NumPy, one product of float64 and complex128": product(layout),
            "NumPy, the formula for all records, capture by capture": formula(layout),
            "NumPy, shot by shot, all captures at once": loop(layout),
        }
        runners = {name: (lambda run=run, records=records: run(records)) for name, run in runs.items()}
        times = race(runners, 5, clock=cpu_time.cpu_s)
        base = median(times["feedline"])
        for name, taken in times.items():
            rate = megabytes(records) / median(taken)
            rows.append([captures, name, ms(median(taken)), f"{rate:.0f} MB/s", f"{median(taken) / base:.1f}"])
    table(f"Beside NumPy: {PEER_RECORDS:,} records", ["captures", "what", "median", "rate", "relative"], rows)


def threads() -> None:
    """Wall time with BLAS allowed one and two threads."""
    one, two = in_fresh_process(1), in_fresh_process(2)
    rows = [
        [captures, f"{rate:.0f} MB/s", f"{two[captures][0]:.0f} MB/s", f"{two[captures][1]:.1f}"]
        for captures, (rate, _) in one.items()
    ]
    table("Threads that BLAS may use: wall time", ["captures", "one", "two", "cores busy with two"], rows)
    print(
        "Products are kept so small that OpenBLAS stays on its caller's thread, and leaves other cores to "
        "other threads.\n"
    )


def in_fresh_process(count: int) -> dict[str, tuple[float, float]]:
    """MB/s and busy cores by number of captures."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    env = {**os.environ, **dict.fromkeys(names, str(count))}
    script = Path(__file__).with_name("readout_workload.py")
    done = subprocess.run([sys.executable, str(script)], env=env, capture_output=True, text=True, check=True)
    found: dict[str, tuple[float, float]] = json.loads(done.stdout)
    return found


def main() -> None:
    header("Readout: records to bits", *NOTES, packages=("feedline", "numpy"))
    cpu_time.settle()
    rates()
    peers()
    threads()


if __name__ == "__main__":
    main()
