# SPDX-License-Identifier: Apache-2.0
"""The twin's physics alone, without instruments: sequences, sweeps, measurements between gates; beside qibolab."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from cpu_time import cpu_s
from numpy.typing import NDArray
from report import median, ms, table, verdict
from twin_sequence import FREQUENCIES_HZ, Pulse, Timeline, chip, fifty_gates, measured_between

from feedline_hal.twin.block_run import BlockRun
from feedline_hal.twin.processor import Processor
from feedline_hal.twin.scene import Scene

SHOTS = 1000
SETS, SET_SHOTS = 1000, 100
REPEATS = 15
FIRST_S, CACHED_S = {1: 10e-3, 2: 80e-3}, {1: 2e-3, 2: 10e-3}
RATIO, SWEEP_S, MEASURED_S = 100.0, 5.0, 150e-3
AGREEMENT = 5e-3
HOW = (
    "qibolab's emulator needs a Python of its own: `python -m venv peer && peer/bin/pip install "
    "'qibolab[emulator]==0.2.17'`, then `python benchmarks/twin.py --peer peer/bin/python`."
)
_TURNED = Timeline([Pulse("d0", 0, 0.3)], [(0, 40)], 700)
_AWAITED = Timeline([Pulse("d0", 0, 0.25), Pulse("d0", 1040, 0.25)], [(0, 1080)], 1800)
_RAMSEY_HZ = (FREQUENCIES_HZ[0] + 0.3e6,)


@attrs.define
class Peer:
    """What qibolab's emulator made of all sequences, in the order they were given.

    Attributes:
        versions: Of its packages.
        results: ``wall_s``, ``cpu_s``, ``excited`` of each.
    """

    versions: dict[str, str]
    results: list[dict[str, Any]]


def peer(python: str | None) -> Peer | None:
    """Play the sequences on qibolab's emulator; ``None`` if no Python is given that has it."""
    if python is None:
        return None
    jobs = [_fifty(count).as_numbers(FREQUENCIES_HZ, SHOTS) for count in (1, 2)]
    jobs += [_TURNED.as_numbers(FREQUENCIES_HZ, None), _AWAITED.as_numbers(_RAMSEY_HZ, None)]
    script = Path(__file__).with_name("twin_peer.py")
    done = subprocess.run(
        [python, str(script)], input=json.dumps(jobs), stdout=subprocess.PIPE, text=True, check=True, timeout=900
    )
    found = json.loads(done.stdout)
    return Peer(found["versions"], found["results"])


def _fifty(num_qubits: int) -> Timeline:
    return fifty_gates(num_qubits, np.random.default_rng(num_qubits))


def player(num_qubits: int, timeline: Timeline, phases_rad: NDArray[np.float64], shots: int) -> Callable[..., Any]:
    """Plays a sequence on a processor that is given, so many programs at once."""
    frequencies_hz = dict(enumerate(FREQUENCIES_HZ[:num_qubits]))
    fields, rng = timeline.fields(phases_rad), np.random.default_rng(0)

    def play(processor: Processor) -> Any:
        return processor.play(fields, frequencies_hz, [shots] * len(phases_rad), rng)

    return play


@attrs.define
class Taken:
    """Seconds of each repetition.

    Attributes:
        wall, cpu: All of it, and on the processor.
    """

    wall: list[float] = attrs.field(factory=list)
    cpu: list[float] = attrs.field(factory=list)


def seconds(play: Callable[..., Any], num_qubits: int, repeats: int = REPEATS) -> tuple[Taken, Taken]:
    """Of playing it on a processor that has computed nothing yet, and of playing it there once more."""
    first, again = Taken(), Taken()
    for _ in range(repeats):
        processor = Processor(chip(num_qubits))
        for taken in (first, again):
            start_s, start_cpu_s = time.perf_counter(), cpu_s()
            play(processor)
            taken.wall.append(time.perf_counter() - start_s)
            taken.cpu.append(cpu_s() - start_cpu_s)
    return first, again


def show(found: Peer | None) -> None:
    """Print the tables."""
    _show_gates(found)
    _show_agreement(found)
    _show_many()


def _show_gates(found: Peer | None) -> None:
    rows = []
    for num_qubits in (1, 2):
        timeline = _fifty(num_qubits)
        play = player(num_qubits, timeline, np.zeros((1, len(timeline.pulses))), SHOTS)
        theirs = None if found is None else found.results[num_qubits - 1]
        aims = FIRST_S[num_qubits], CACHED_S[num_qubits]
        for name, taken, aim_s in zip(("first", "again"), seconds(play, num_qubits), aims, strict=True):
            row = [num_qubits, name, ms(median(taken.wall)), ms(min(taken.wall)), ms(median(taken.cpu))]
            row += [ms(aim_s), verdict(median(taken.wall) <= aim_s)]
            if theirs is not None:
                ratio = theirs["cpu_s"] / median(taken.cpu)
                row += [f"{theirs['wall_s']:.2f} s", f"{theirs['cpu_s']:.2f} s", f"{ratio:,.0f}"]
                row += [f"{RATIO:g}", verdict(ratio >= RATIO)]
            rows.append(row)
    columns = ["transmons", "", "wall", "best", "CPU", "target", ""]
    if found is not None:
        columns += ["qibolab, wall", "CPU", "times as much", "target", ""]
    table(f"50 gates with T1 and T2, {SHOTS:,} shots of a measurement at the end", columns, rows)
    print(
        "Gates are pulses of 40 ns about random axes: 50 on one transmon (2 us), 40 on two and 10 pulses of their "
        "coupler (1.2 us). `first`: nothing is known yet; `again`: the superoperators of the pulses are, phases and "
        "times of which are free. qibolab solves the master equation in the laboratory's frame with QuTiP, three "
        "levels too; its transmons are coupled all the time, and what is a coupler's pulse here is a flux pulse there. "
        "The ratio is of CPU seconds.\n"
    )
    print(HOW + "\n" if found is None else "Peer: " + ", ".join(f"{k} {v}" for k, v in found.versions.items()) + ".\n")


def excited(timeline: Timeline, drives_hz: tuple[float, ...]) -> float:
    """What of one transmon is not in level 0 after the pulses."""
    fields = timeline.fields(np.zeros((1, len(timeline.pulses))), drives_hz)
    own = chip(1)
    scene = Scene.of(own, {"d0": fields["d0"]}, {0: FREQUENCIES_HZ[0]}, 1)
    run = BlockRun(Processor(own), scene, (0,), [1], np.random.default_rng(0))
    return 1 - float(run.density(timeline.until_s())[0, 0].real)


def _show_agreement(found: Peer | None) -> None:
    if found is None:
        return
    rows = []
    points = (
        ("Rabi: a pulse of 0.3 of a turn", _TURNED, FREQUENCIES_HZ, 2),
        ("Ramsey: two quarter turns 1 us apart, 0.3 MHz off", _AWAITED, _RAMSEY_HZ, 3),
    )
    for name, timeline, drives_hz, place in points:
        ours, theirs = excited(timeline, drives_hz), float(found.results[place]["excited"][0])
        apart = abs(ours - theirs)
        rows.append(
            [name, f"{ours:.5f}", f"{theirs:.5f}", f"{apart:.1e}", f"{AGREEMENT:g}", verdict(apart <= AGREEMENT)]
        )
    table("Population outside level 0, beside qibolab", ["point", "twin", "qibolab", "apart", "target", ""], rows)
    print(
        "qibolab's solver has QuTiP's default tolerances in a frame that turns 5,000,000,000 times a second. Against "
        "exponentials of each sample (QuTiP's, in the rotating frame) the tests find the twin's populations to 1e-4.\n"
    )


def _show_many() -> None:
    rng = np.random.default_rng(5)
    rows = []
    timeline = _fifty(2)
    phases_rad = rng.uniform(-np.pi, np.pi, (SETS, len(timeline.pulses)))
    cases = [
        (f"{SETS:,} programs of 50 gates with other phases, {SET_SHOTS} shots each", 2, timeline, SET_SHOTS, SWEEP_S)
    ]
    for num_qubits in (1, 2):
        name = f"{SHOTS:,} shots, 5 measurements of one transmon between gates"
        cases.append((name, num_qubits, measured_between(num_qubits, rng), SHOTS, MEASURED_S))
    for number, (name, num_qubits, made, shots, aim_s) in enumerate(cases):
        phases = phases_rad if number == 0 else np.zeros((1, len(made.pulses)))
        first, again = seconds(player(num_qubits, made, phases, shots), num_qubits, 3 if number == 0 else REPEATS)
        row = [name, num_qubits, ms(median(first.wall)), ms(median(first.cpu)), ms(aim_s)]
        rows.append([*row, verdict(median(first.wall) <= aim_s), ms(median(again.wall)), ms(median(again.cpu))])
    columns = ["what", "transmons", "first", "CPU", "target", "", "again", "CPU"]
    table("Many programs, many measurements", columns, rows)
