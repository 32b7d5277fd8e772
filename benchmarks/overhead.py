# SPDX-License-Identifier: Apache-2.0
"""Feedline's own time: primitives on a backend that answers at once, beside Qiskit's own wrappers."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import workload
from canned import CannedBackend
from qiskit.primitives import BackendEstimatorV2, BackendSamplerV2
from qiskit.quantum_info import SparsePauliOp
from report import header, median, ms, race, table, verdict

from feedline import Estimator, Sampler
from feedline.testing import NullBackend

SETS = (1, 100, 1000)
PRECISION = 1 / 64
SHOTS = 4096  # the default of the client-side Sampler
RNG = np.random.default_rng(1)

Ask = Callable[[int], Any]


def estimators() -> dict[str, Ask]:
    """One evaluation at some number of fresh parameter sets, on either estimator."""
    circuit, observable, backend = workload.chain(), workload.ising(), NullBackend(6)
    ours = Estimator(backend)
    peer = BackendEstimatorV2(backend=CannedBackend(backend.target, 6))
    return {name: estimate(primitive, circuit, observable) for name, primitive in (("feedline", ours), ("peer", peer))}


def estimate(primitive: Any, circuit: Any, observable: SparsePauliOp) -> Ask:
    def run(sets: int) -> Any:
        values = workload.parameter_sets(circuit, sets, RNG)
        return primitive.run([(circuit, observable, values)], precision=PRECISION).result()[0].data.evs

    return run


def samplers() -> dict[str, Ask]:
    """The same for samplers."""
    circuit, backend = workload.chain(measured=True), NullBackend(6)
    ours, peer = Sampler(backend), BackendSamplerV2(backend=CannedBackend(backend.target, 6))

    def sample(primitive: Any) -> Ask:
        def run(sets: int) -> Any:
            values = workload.parameter_sets(circuit, sets, RNG)
            return primitive.run([(circuit, values)], shots=SHOTS).result()[0].data.meas

        return run

    return {"feedline": sample(ours), "peer": sample(peer)}


def compare(title: str, runners: dict[str, Ask]) -> None:
    """Print medians, their ratio, and whether the targets are met."""
    rows = []
    for sets in SETS:
        repeats = {1: 60, 100: 7}.get(sets, 3)
        times = race({name: lambda run=run: run(sets) for name, run in runners.items()}, repeats)  # noqa: B023 - called at once
        ours, peer = median(times["feedline"]), median(times["peer"])
        most_s = {1: min(peer / 3, 1e-3), 100: peer / 20}.get(sets, 60e-3)
        rows.append([sets, ms(ours), ms(peer), f"{peer / ours:.1f}", ms(most_s), verdict(ours <= most_s)])
    table(title, ["parameter sets", "feedline", "peer", "times faster", "target", ""], rows)


def scaling(title: str, sizes: tuple[int, ...], runner: Callable[[int], Callable[[], Any]]) -> None:
    """Print time and peak memory as the problem grows, and the exponent of each over the last steps."""
    times, peaks = [], []
    for size in sizes:
        run = runner(size)
        times.append(median(race({"": run}, 5)[""]))
        tracemalloc.start()
        run()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    rows = [
        [size, ms(time), f"{1e6 * time / size:.1f} us", f"{peak / 2**20:.2f} MiB", f"{peak / size / 1024:.2f} KiB"]
        for size, time, peak in zip(sizes, times, peaks, strict=True)
    ]
    table(title, ["size", "time", "time per unit", "peak memory", "memory per unit"], rows)
    for name, values in (("Time", times), ("Memory", peaks)):
        slope = np.polyfit(np.log(sizes[-3:]), np.log(values[-3:]), 1)[0]
        print(f"{name} grows as size to the {slope:.2f} over the last three: {verdict(slope < 1.15)} (1 is linear).\n")


def sets_scaling(sets: int) -> Callable[[], Any]:
    run = estimate(Estimator(NullBackend(6)), workload.chain(), workload.ising())
    return lambda: run(sets)


def terms_scaling(terms: int) -> Callable[[], Any]:
    run = estimate(Estimator(NullBackend(6)), workload.chain(), workload.random_terms(terms))
    return lambda: run(10)


def main() -> None:
    header(
        "Overhead on a backend that answers at once",
        "6 qubits, 100 gates, 36 parameters; 11-term Ising observable (two measured bases); warm, medians. "
        "Every call has fresh parameter values. The device reads 0 at once. Peers: Qiskit's BackendEstimatorV2 and "
        "BackendSamplerV2 on a plain BackendV2 that returns a ready-made Result.",
    )
    compare(f"Estimator, precision 1/64 ({round(PRECISION**-2)} shots a basis at norm 1)", estimators())
    compare(f"Sampler, {SHOTS} shots", samplers())
    scaling("Estimator: parameter sets", (10, 100, 1000, 2000, 4000), sets_scaling)
    scaling("Estimator: random Pauli terms (10 parameter sets)", (10, 100, 400, 800, 1600), terms_scaling)


if __name__ == "__main__":
    main()
