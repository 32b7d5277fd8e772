# SPDX-License-Identifier: Apache-2.0
"""Starting the twin, and calibrating it: each in a fresh process with a store of its own."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from report import median, table, verdict
from startup import script

REPEATS = 5
START_S, CALIBRATE_S = 3.0, 180.0
_BELL = Path(__file__).parent.parent / "examples" / "bell.qasm"
_FIRST = """
import json, time
begun_s = time.perf_counter()
from qiskit import QuantumCircuit
import feedline
from feedline import Sampler
imported_s = time.perf_counter()
backend = feedline.backend("twin")
made_s = time.perf_counter()
circuit = QuantumCircuit(2, 2)
circuit.h(0)
circuit.cx(0, 1)
circuit.measure([0, 1], [0, 1])
assert Sampler(backend).run([circuit], shots=100).result()[0].data.c.num_shots == 100
done_s = time.perf_counter()
print(json.dumps([imported_s - begun_s, made_s - imported_s, done_s - made_s]))
"""


def run(*command: str) -> tuple[str, float, float]:
    """What a command prints, and its seconds: wall, and CPU of its process."""
    with tempfile.TemporaryDirectory() as folder:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start_s = time.perf_counter()
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "FEEDLINE_HOME": folder},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=1800,
        )
        wall_s = time.perf_counter() - start_s
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done.stdout, wall_s, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def show() -> None:
    """Print how long starting takes."""
    parts, whole = [], []
    for _ in range(REPEATS + 1):
        parts.append([float(one) for one in json.loads(run(sys.executable, "-c", _FIRST)[0])])
        whole.append(run(script(), "run", str(_BELL), "--backend", "twin", "--shots", "1000")[1])
    imports, made, first = zip(*parts[1:], strict=True)
    rows = []
    for name, taken, aim_s in (
        ("importing feedline, its primitives and Qiskit", imports, None),
        ('feedline.backend("twin"): the chip, its rack, its gates', made, None),
        ("a Bell state, 100 shots: emulators, drivers, transpiling, all cold", first, None),
        ("the last two", [a + b for a, b in zip(made, first, strict=True)], START_S),
        ("feedline run examples/bell.qasm --backend twin, the whole process", whole[1:], START_S),
    ):
        row = [name, f"{median(list(taken)):.2f} s", f"{min(taken):.2f} s"]
        rows.append([*row, *(["", ""] if aim_s is None else [f"{aim_s:g} s", verdict(median(list(taken)) <= aim_s)])])
    table("Starting", ["what", "median", "best", "target", ""], rows)
    print(
        "Measured where `feedline[all]` is installed. Other packages that bring plugins for Qiskit's transpiler are "
        "loaded by it: qiskit-experiments and the IBM client of the extra `dev` add two seconds to the last three.\n"
    )


def show_calibration() -> None:
    """Print how long a full calibration takes."""
    said, wall_s, cpu_s = run(script(), "calibrate", "twin")
    row = ["feedline calibrate twin, the whole process", f"{wall_s:.0f} s", f"{cpu_s:.0f} s", f"{CALIBRATE_S:g} s"]
    table("Calibrating two qubits", ["what", "wall", "CPU", "target", ""], [[*row, verdict(wall_s <= CALIBRATE_S)]])
    if "accepted" not in said and "new set" not in said.lower():
        print(f"It said:\n\n```\n{said[-2000:]}\n```\n")


if __name__ == "__main__":
    show()
    show_calibration()
