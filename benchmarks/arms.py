# SPDX-License-Identifier: Apache-2.0
"""Three ways to run a variational loop: a job per circuit, a session, and (with programs) beside the device."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
import workload
from numpy.typing import NDArray
from qiskit import QuantumCircuit, transpile
from qiskit.quantum_info import SparsePauliOp
from report import header, median, ms, p95, table
from wrapped import WrappedBackend

import feedline
from feedline import Estimator, Session

SHOTS = 4096
ITERATIONS = 40
LATENCIES_S = (0.0, 0.02)
COLUMNS = "latency, arm, median, p95, times faster, transpile, queue, compile, execute, fold, commands".split(", ")
SPLIT = ("queue_s", "compile_s", "execute_s", "fold_s")


@attrs.define
class Trace:
    """What one arm measured.

    Attributes:
        total: Seconds of every iteration.
        split: Seconds of every iteration by what they went into.
        energies: Every iteration's energy.
        commands: Device commands of all iterations.
    """

    total: list[float] = attrs.field(factory=list)
    split: list[dict[str, float]] = attrs.field(factory=list)
    energies: list[float] = attrs.field(factory=list)
    commands: int = 0


def measured(circuit: QuantumCircuit, basis: str) -> QuantumCircuit:
    """The circuit followed by the rotation into X or Z and a measurement of every qubit."""
    ready = circuit.copy()
    if basis == "X":
        ready.h(range(circuit.num_qubits))
    ready.measure_all()
    return ready


def energy(observable: SparsePauliOp, counts: dict[str, dict[str, int]]) -> float:
    """Read every term off the counts of the basis that measures it."""
    total = 0.0
    for label, coefficient in observable.to_list():
        outcomes = counts["X" if "X" in label else "Z"]
        sites = [place for place, letter in enumerate(label) if letter != "I"]
        signed = sum((-1) ** sum(bits[site] == "1" for site in sites) * n for bits, n in outcomes.items())
        total += coefficient.real * signed / sum(outcomes.values())
    return total


def per_job(circuit: QuantumCircuit, observable: SparsePauliOp, points: NDArray[Any], latency_s: float) -> Trace:
    """Every iteration connects, binds, transpiles and submits, as scripts without a runtime do."""
    trace = Trace()
    for point in points:
        start = time.perf_counter()
        backend = WrappedBackend(feedline.backend("aer"), latency_s)
        bound = circuit.assign_parameters(point)
        ready = transpile([measured(bound, basis) for basis in "ZX"], backend)
        transpiled = time.perf_counter()
        job = backend.run(ready, shots=SHOTS)
        counts = dict(zip("ZX", job.result().get_counts(), strict=True))
        trace.energies.append(energy(observable, counts))
        trace.total.append(time.perf_counter() - start)
        metrics = job.job.metrics()
        trace.split.append({"transpile": transpiled - start} | {part: metrics[part] for part in SPLIT})
        trace.commands += backend.commands.total()
    return trace


def in_session(circuit: QuantumCircuit, observable: SparsePauliOp, points: NDArray[Any], latency_s: float) -> Trace:
    """One session: connected, transpiled and compiled once; an iteration sends parameter values."""
    trace, backend = Trace(), WrappedBackend(feedline.backend("aer"), latency_s)
    with Session(backend) as session:
        estimator = Estimator(session, {"default_shots": SHOTS})
        for point in points:
            start = time.perf_counter()
            job = estimator.run([(circuit, observable, point)])
            trace.energies.append(float(job.result()[0].data.evs))
            trace.total.append(time.perf_counter() - start)
            metrics = job.metrics()
            trace.split.append({"transpile": 0.0} | {part: metrics[part] for part in SPLIT})
    trace.commands = backend.commands.total()
    return trace


ARMS: dict[str, Callable[..., Trace]] = {"per job": per_job, "session": in_session}


def compare(name: str, circuit: QuantumCircuit, observable: SparsePauliOp) -> None:
    """Run every arm at every latency over the same points."""
    points = workload.parameter_sets(circuit, ITERATIONS, np.random.default_rng(1))
    rows = []
    for latency_s in LATENCIES_S:
        traces = {arm: run(circuit, observable, points, latency_s) for arm, run in ARMS.items()}
        slowest = median(traces["per job"].total)
        for arm, trace in traces.items():
            parts = [ms(median([split[part] for split in trace.split])) for part in ("transpile", *SPLIT)]
            faster = f"{slowest / median(trace.total):.1f}"
            commands = f"{trace.commands / ITERATIONS:.1f}"
            rows.append([ms(latency_s), arm, ms(median(trace.total)), ms(p95(trace.total)), faster, *parts, commands])
        rows.append([ms(latency_s), "beside the device", "needs programs", *[""] * 8])
        off = np.subtract(traces["per job"].energies, traces["session"].energies)
        sigma = np.sqrt(2 * np.sum(np.abs(observable.coeffs)) ** 2 / SHOTS)
        assert np.abs(off).max() < 5 * sigma, "the arms disagree"
    table(
        f"{name}: per iteration, over {ITERATIONS} iterations",
        COLUMNS,
        rows,
    )


def main() -> None:
    header(
        "Three arms of a variational loop",
        f"The same {ITERATIONS} parameter points, two measured bases, {SHOTS} shots each, on Aer; energies of the arms "
        "agree within their errors (checked). 'latency' is INJECTED by the benchmark before every device command "
        "(connect, upload of a circuit, execute, disconnect) and stands for an instrument on a network; 0 is no "
        "injection. Split columns are medians, as the job's metrics report them; compile and execute hold the "
        "latency of their commands; connecting shows in the total only.",
        "Per job: new backend object (so a new connection), bind, transpile, `backend.run`, energies in the script. "
        "Session: one `Session`, `Estimator.run` with new values. Its first iteration connects and compiles; the "
        "median is a warm iteration.",
    )
    compare("H2, 2 qubits", workload.h2_ansatz(), workload.h2())
    compare("Ising chain, 6 qubits, 100 gates", workload.chain(), workload.ising())


if __name__ == "__main__":
    main()
