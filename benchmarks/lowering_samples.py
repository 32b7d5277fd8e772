# SPDX-License-Identifier: Apache-2.0
"""Rendering: how fast samples are made, and how much memory a stream of parameter sets takes.

Run by itself it prints the memory of one stream, in MiB: `lowering.py` asks a fresh process, for what a used
one has freed hides what is taken again.
"""

from __future__ import annotations

import cpu_time  # isort: skip - before NumPy

import json
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
from lowering_backend import backend, circuit
from numpy.typing import NDArray
from report import median, ms, race, table, verdict

from feedline_hal.lowering.lower import lower_to_port
from feedline_hal.lowering.port_program import PortProgram
from feedline_hal.lowering.render import render_each

MB = 1e6
RATE_MSPS, MEMORY_MB = 200, 150
RNG = np.random.default_rng(1)


def show(sets: int, layers: int) -> None:
    """Print speed and memory."""
    speeds, memories = [], []
    for num_qubits in (5, 20):
        program, values = prepared(num_qubits, layers, sets)
        some = values[: 1000 // num_qubits]
        count = stream(program, some)
        taken = median(
            race({"": lambda program=program, some=some: stream(program, some)}, 5, clock=cpu_time.cpu_s)[""]
        )
        rate = count / taken / MB
        aim = [f"{RATE_MSPS} MS/s", verdict(rate >= RATE_MSPS)]
        speeds.append(
            [num_qubits, len(some), f"{count / MB:.1f} M", played(program), ms(taken), f"{rate:.0f} MS/s", *aim]
        )
        found = in_fresh_process(num_qubits, layers, sets)
        worst = max(found["traced"], found["grown"])
        kept = f"{count / len(some) * sets * 8 / MB:.0f} MB"
        cells = [f"{found[name]:.0f} MB" for name in ("traced", "grown", "process")]
        memories.append([num_qubits, f"{sets:,}", kept, *cells, f"{MEMORY_MB} MB", verdict(worst <= MEMORY_MB)])
    columns = ["qubits", "sets", "samples", "of which played", "median", "rate", "target", ""]
    table("Rendering: bound and sampled, complex64, every port at 1 GS/s", columns, speeds)
    columns = ["qubits", "sets", "all samples", "peak traced", "growth of RSS", "whole process", "target", ""]
    table("Memory: sets streamed one by one, in a fresh process", columns, memories)


def prepared(num_qubits: int, layers: int, sets: int) -> tuple[PortProgram, NDArray[np.float64]]:
    """A compiled circuit and values for it."""
    program = lower_to_port(circuit(num_qubits, layers), backend(num_qubits))
    return program, RNG.uniform(-np.pi, np.pi, (sets, len(program.parameters)))


def stream(program: PortProgram, values: NDArray[np.float64]) -> int:
    """Render every set and let go of it; the number of samples."""
    return sum(sum(map(len, samples.values())) for samples in render_each(program, values))


def played(program: PortProgram) -> str:
    """The share of samples at which something plays; the others are zeros, which are written too."""
    plays, block = program.block.plays, program.block
    ports = len(np.unique(plays.port))
    return f"{plays.duration_ticks.sum() / (ports * block.duration_ticks):.0%}"


def in_fresh_process(num_qubits: int, layers: int, sets: int) -> dict[str, float]:
    """Memory of one stream in MB: peak traced by Python, growth of the resident set, and all of it at its peak."""
    command = [sys.executable, __file__, str(num_qubits), str(layers), str(sets)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def memory(num_qubits: int, layers: int, sets: int) -> dict[str, float]:
    """What `in_fresh_process` returns."""
    program, values = prepared(num_qubits, layers, sets)
    before = resident_mb("VmRSS", forget=True)
    stream(program, values)
    after = resident_mb("VmHWM")
    tracemalloc.start()
    stream(program, values)
    traced = tracemalloc.get_traced_memory()[1] / MB
    return {"traced": traced, "grown": after - before, "process": after}


def resident_mb(field: str, *, forget: bool = False) -> float:
    """Linux's account of this process in MB, its peak forgotten first if asked; nan elsewhere."""
    try:
        if forget:
            Path("/proc/self/clear_refs").write_text("5")
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return float("nan")
    return next(int(line.split()[1]) * 1024 / MB for line in lines if line.startswith(field))


def main() -> None:
    arguments: Any = map(int, sys.argv[1:])
    print(json.dumps(memory(*arguments)))


if __name__ == "__main__":
    main()
