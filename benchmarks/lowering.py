# SPDX-License-Identifier: Apache-2.0
"""Circuits to pulses: compiling once, binding many times, samples, and calibrations as text; in CPU seconds."""

from __future__ import annotations

import cpu_time  # isort: skip - before NumPy

from collections.abc import Callable, Sequence
from typing import Any

import lowering_peers
import lowering_samples
import numpy as np
from lowering_backend import backend, circuit, defcals, random_angles
from report import header, median, ms, race, table, timed, verdict

from feedline import Sampler
from feedline_hal import CalibrationSet, lower
from feedline_hal.lowering.bind import bind
from feedline_hal.lowering.lower import lower_to_port
from feedline_hal.openpulse.syntax import parse

LAYERS = 50
SETS = 1000
PEER_CIRCUITS = 100
RNG = np.random.default_rng(1)
PACKAGES = ("feedline", "qiskit", "numpy", "openpulse", "antlr4-python3-runtime", *lowering_peers.PACKAGES)
MOST_S, WIDE_S, BIND_S, BIND_ALL_S, TEXT_S = 10e-3, 1.0, 0.2e-3, 50e-3, 2.0
SLACK = 9 / 8
"""What is called linear: 50 to 400 layers may cost 9 times, 5 to 100 qubits as much more than 20."""

Runners = dict[str, Callable[..., Any]]
NOTES = (
    "CPU seconds of one process (`time.process_time`), BLAS on one thread, what was imported out of the garbage "
    "collector's rounds; medians of calls in turn. A layer is a quarter turn about a random axis in the plane on "
    "every qubit, a virtual Z of a random angle on every qubit, and one CZ, so 50 layers are 150 gates deep; all "
    "qubits are measured at the end. A "
    "quarter turn is one gate on all sides (ours `gpi2`, a parametric calibration; qibolab GPI2; qblox-scheduler "
    "Rxy) and one pulse, a CZ is one pulse (on qibolab's dummy one or two) and two virtual Z. Up to 5 qubits lie in "
    "a star, as on qibolab's dummy platform, more in a line.",
    "Circuits are native already; making them is not timed, and each call is given a new one. Backends and "
    "calibrations are those of a device that stays open. The first call on 5 qubits is the first of the process.",
)


def random_circuit(num_qubits: int, layers: int = LAYERS, **options: bool) -> Any:
    """One of ours with new angles."""
    return circuit(num_qubits, layers, random_angles(num_qubits, layers, RNG), **options)


def compilers(num_qubits: int) -> tuple[Runners, Runners, list[str]]:
    """What compiles, what makes a circuit for it, and which peers are not installed."""
    device = backend(num_qubits)
    make: Runners = {
        "feedline": lambda: random_circuit(num_qubits),
        "feedline, all angles parameters": lambda: circuit(num_qubits, LAYERS),
        "feedline, rz sx rz for gpi2": lambda: random_circuit(num_qubits, native=False),
    }
    run: Runners = dict.fromkeys(make, lambda made: lower(made, device))
    missing = []
    for name, peer_of in lowering_peers.PEERS.items() if num_qubits <= 5 else ():
        peer = peer_of(num_qubits)
        if peer is None:
            missing.append(name)
            continue
        run |= peer.levels
        make |= dict.fromkeys(peer.levels, lambda peer=peer: peer.build(random_angles(num_qubits, LAYERS, RNG)))
    return run, make, missing


def cold() -> None:
    """One circuit to the port level."""
    rows = []
    for num_qubits in (5, 2, 20, 100):
        run, make, missing = compilers(num_qubits)
        first = {name: ms(timed(run[name], cpu_time.cpu_s, make[name])) for name in run}
        cpu_time.settle()
        times = race(run, 7 if num_qubits <= 5 else 3, 0, clock=cpu_time.cpu_s, prepare=make)
        base = median(times["feedline"])
        for name, taken in times.items():
            aimed = num_qubits == 5 and name.startswith("feedline")
            aim = [ms(MOST_S), verdict(median(taken) <= MOST_S)] if aimed else ["", ""]
            warm = name.startswith("feedline,")
            rows.append(
                [num_qubits, name, ms(median(taken)), f"{median(taken) / base:.1f}", "" if warm else first[name], *aim]
            )
        rows += [[num_qubits, name, "not installed", "", "", "", ""] for name in missing]
    rows.sort(key=lambda row: row[0])
    columns = ["qubits", "what", "median", "relative", "first call", "target", ""]
    table(f"ISA circuit to the port level, {LAYERS} layers", columns, rows)


def growth() -> None:
    """Whether the time grows as the circuit does."""
    rows = [depth_row("feedline", num_qubits, lowering(num_qubits), random_circuit) for num_qubits in (2, 5, 20)]
    for num_qubits in (2, 5):
        peer = lowering_peers.qibolab(num_qubits)
        if peer is None:
            rows.append([f"qibolab, {num_qubits} qubits", "not installed", "", "", "", ""])
            continue
        (run,) = peer.levels.values()
        build = peer.build
        make = lambda num, layers, build=build: build(random_angles(num, layers, RNG))  # noqa: E731 - one line says it
        rows.append(depth_row("qibolab", num_qubits, run, make))
    few, many = paired((lowering(5), lowering(100)), (lambda: random_circuit(5), lambda: random_circuit(100)))
    rows.append(["feedline, 50 layers, 5 to 100 qubits", ms(few), ms(many), f"{many / few:.1f}"])
    rows[-1] += [f"{20 * SLACK:g} times", verdict(many <= 20 * SLACK * few)]
    for full, how in ((False, "one CZ a layer"), (True, "CZ on every other pair")):
        (whole,) = paired((lowering(100),), (lambda full=full: random_circuit(100, 100, full=full),))
        what = f"feedline, 100 qubits, 100 layers, {how}"
        rows.append([what, "", ms(whole), "", ms(WIDE_S), verdict(whole <= WIDE_S)])
    table("Growth", ["what", "from", "to", "times", "target", ""], rows)


def lowering(num_qubits: int) -> Callable[[Any], Any]:
    """Lowering for a backend that is warm."""
    device = backend(num_qubits)
    lower(random_circuit(num_qubits, 1), device)
    return lambda made: lower(made, device)


def paired(runs: Sequence[Callable[[Any], Any]], makes: Sequence[Callable[[], Any]]) -> list[float]:
    """Median CPU seconds of calls in turn, each given what its maker made."""
    names = [str(place) for place in range(len(runs))]
    prepare = dict(zip(names, makes, strict=True))
    times = race(dict(zip(names, runs, strict=True)), 5, clock=cpu_time.cpu_s, prepare=prepare)
    return [median(times[name]) for name in names]


def depth_row(who: str, num_qubits: int, run: Callable[[Any], Any], make: Callable[[int, int], Any]) -> list[Any]:
    """50 beside 400 layers."""
    short, long = paired((run, run), (lambda: make(num_qubits, 50), lambda: make(num_qubits, 400)))
    aim = [f"{8 * SLACK:g} times", verdict(long <= 8 * SLACK * short)] if who == "feedline" else ["", ""]
    return [f"{who}, {num_qubits} qubits, 50 to 400 layers", ms(short), ms(long), f"{long / short:.1f}", *aim]


def parameter_sets(count: int, parameters: int) -> Any:
    """Random values, shape ``(count, parameters)``."""
    return RNG.uniform(-np.pi, np.pi, (count, parameters))


def binding() -> None:
    """New parameter values for a circuit that was compiled."""
    rows = []
    for num_qubits in (2, 5):
        program = lower_to_port(circuit(num_qubits, LAYERS), backend(num_qubits))
        parameters = len(program.parameters)
        for sets, most in ((1, BIND_S), (SETS, BIND_ALL_S)):
            (taken,) = paired(
                (lambda values, program=program: bind(program, values),),
                (lambda sets=sets, parameters=parameters: parameter_sets(sets, parameters),),
            )
            aim = [ms(most), verdict(taken <= most)] if num_qubits == 5 else ["", ""]
            rows.append([num_qubits, parameters, f"{sets:,}", ms(taken), micro(taken / sets), *aim])
    columns = ["qubits", "parameters", "sets in one call", "median", "a set", "target", ""]
    table("Binding: phases, amplitudes and frequencies of a compiled circuit", columns, rows)


def micro(seconds: float) -> str:
    """Microseconds; milliseconds from one on."""
    return f"{seconds * 1e6:.0f} us" if seconds < 1e-3 else ms(seconds)


def end_to_end() -> None:
    """From parameter sets to the bits that the user holds."""
    rows = []
    for num_qubits in (2, 5):
        one = 0.0
        peer = lowering_peers.qibolab(num_qubits)
        if peer is not None and peer.execute is not None:
            circuits = [peer.build(random_angles(num_qubits, LAYERS, RNG)) for _ in range(PEER_CIRCUITS)]
            one = timed(peer.execute, cpu_time.cpu_s, lambda circuits=circuits: circuits) / PEER_CIRCUITS
        for what, sets, taken in sampling(num_qubits):
            row = [num_qubits, what, f"{sets:,}", ms(taken), micro(taken / sets)]
            ratio = one * sets / taken
            aim = ["20 times", verdict(ratio >= 20)] if sets == SETS and one else ["", ""]
            rows.append([*row, f"{ratio:.0f}" if one else "", *aim])
        found = [f"{PEER_CIRCUITS}", ms(one * PEER_CIRCUITS), ms(one)] if one else ["", "not installed", ""]
        rows.append([num_qubits, "qibolab, execute_circuits", *found, "", "", ""])
    columns = ["qubits", "what", "sets", "time", "a set", "times faster", "target", ""]
    table("End to end: parameter sets to bits, 1,000 random shots a set", columns, rows)
    print(
        "Both devices are dummies: they bring every set down to pulses and then answer with random bits; neither "
        "renders samples. Feedline: `Sampler.run` with one circuit and all sets, to the result and until the job is "
        "stored; qibolab: `execute_circuits` with a circuit for each set, made before.\n"
    )


def sampling(num_qubits: int) -> list[tuple[str, int, float]]:
    """The same through our Sampler: the first job, more with other values, and jobs of one set."""
    sampler, template = Sampler(backend(num_qubits)), circuit(num_qubits, LAYERS)

    def job_s(sets: int, jobs: int) -> float:
        values = [parameter_sets(sets, template.num_parameters) for _ in range(jobs)]
        start = cpu_time.cpu_s()
        for some in values:
            sampler.run([(template, some)], shots=1000).result()
        cpu_time.drain()  # results are stored while the user goes on
        return (cpu_time.cpu_s() - start) / jobs

    return [
        ("feedline, first job: compiles", SETS, job_s(SETS, 1)),
        ("feedline, later jobs", SETS, job_s(SETS, 5)),
        ("feedline, later jobs of one set", 1, job_s(1, 100)),
    ]


def text() -> None:
    """Calibrations read from OpenPulse text."""
    written = defcals(250)
    first = timed(CalibrationSet.from_openpulse, cpu_time.cpu_s, lambda: written)
    whole, parsed = paired((CalibrationSet.from_openpulse, parse), (lambda: written, lambda: written))
    rows = [
        ["parsed and checked, first call", ms(first), "", ms(TEXT_S), verdict(first <= TEXT_S)],
        ["parsed and checked", ms(whole), "100%", ms(TEXT_S), verdict(whole <= TEXT_S)],
        ["of which the parser: openpulse, ANTLR in Python", ms(parsed), f"{parsed / whole:.0%}", "", ""],
        ["of which types, durations, calls", ms(whole - parsed), f"{1 - parsed / whole:.0%}", "", ""],
    ]
    title = f"OpenPulse text: {written.count('defcal '):,} defcals, {len(written) / 1e3:.0f} kB"
    table(title, ["what", "median", "share", "target", ""], rows)


def main() -> None:
    header("Lowering: circuits to pulses", *NOTES, packages=PACKAGES)
    cold()
    growth()
    binding()
    end_to_end()
    lowering_samples.show(SETS, LAYERS)
    text()


if __name__ == "__main__":
    main()
