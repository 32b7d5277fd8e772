# SPDX-License-Identifier: Apache-2.0
"""A warm iteration: the same circuit, new parameters; what it takes and what goes over the wires."""

from __future__ import annotations

import gc
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import attrs
import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from rack_bench import Emulators, angles, circuit, close_devices, emulators
from rack_traffic import Call, tapped
from report import median, ms, table, verdict

import feedline
from feedline import Sampler, Session
from feedline.execution import Execution
from feedline_hal.drivers.keysight_33600a import Keysight33600a
from feedline_hal.drivers.tektronix_awg5200 import TektronixAwg5200
from feedline_rack import planning, run

SHOTS = 1000
ITERATIONS = 40
ROUNDS = 5
"""Each with emulators of its own, one way after the other: machines have slower and faster minutes."""
WARMUPS = 5
PERIOD_S = 20e-6
REST_S, LOWERING_S = 15e-3, 1e-3


@attrs.define
class Taken:
    """Seconds of each iteration.

    Attributes:
        wall, cpu: All of it; CPU of this process.
        lowering: Bind, render, assemble, of which each.
        emulators_s: CPU seconds of the emulators' process, of all iterations.
        calls: What was sent.
    """

    wall: list[float] = attrs.field(factory=list)
    cpu: list[float] = attrs.field(factory=list)
    lowering: list[dict[str, float]] = attrs.field(factory=list)
    emulators_s: float = 0.0
    calls: list[Call] = attrs.field(factory=list)


@contextmanager
def stopwatch() -> Iterator[dict[str, float]]:
    """Seconds spent in the stages of lowering, by name."""
    spent: dict[str, float] = Counter()

    def timed(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def called(*given: Any, **options: Any) -> Any:
            start_s = time.perf_counter()
            try:
                return call(*given, **options)
            finally:
                spent[name] += time.perf_counter() - start_s

        return called

    with (
        patch.object(planning, "item_of", timed("captures", planning.item_of)),
        patch.object(run, "sequences", timed("bind, render", run.sequences)),
        patch.object(TektronixAwg5200, "assemble", timed("assemble", TektronixAwg5200.assemble)),
        patch.object(Keysight33600a, "assemble", timed("assemble", Keysight33600a.assemble)),
    ):
        yield spent


def repeated(bench: Emulators, once: Callable[[NDArray[np.float64]], Any], calls: list[Call]) -> Taken:
    """Warm iterations with other values each."""
    taken, values = Taken(), angles(WARMUPS + ITERATIONS, np.random.default_rng(1))
    for value in values[:WARMUPS]:
        once(value)
    calls.clear()
    before_s = bench.cpu_s()
    with stopwatch() as spent:
        for value in values[WARMUPS:]:
            spent.clear()
            start_s, start_cpu_s = time.perf_counter(), time.process_time()
            once(value)
            taken.wall.append(time.perf_counter() - start_s)
            taken.cpu.append(time.process_time() - start_cpu_s)
            taken.lowering.append(dict(spent))
    taken.emulators_s, taken.calls = bench.cpu_s() - before_s, list(calls)
    return taken


def on_device(bench: Emulators, made: QuantumCircuit) -> Taken:
    """Through the device that the backend opens."""
    with tapped() as calls:
        device = feedline.backend(f"rack:{bench.path}").open()
        try:
            executable = device.compile(made)

            def once(value: NDArray[np.float64]) -> None:
                execution = Execution(circuit=made, values=value[np.newaxis], shots=SHOTS, executable=executable)
                assert len(list(device.execute([execution]))) == 1

            return repeated(bench, once, calls)
        finally:
            device.close()


def in_session(bench: Emulators, made: QuantumCircuit) -> Taken:
    """Through a Sampler in a session."""
    with tapped() as calls, Session(feedline.backend(f"rack:{bench.path}")) as session:
        sampler = Sampler(session)

        def once(value: NDArray[np.float64]) -> None:
            assert sampler.run([(made, value)], shots=SHOTS).result()[0].data.c.num_shots == SHOTS

        taken = repeated(bench, once, calls)
    close_devices()
    return taken


def show() -> None:
    """Print the tables."""
    ways: dict[str, list[Taken]] = {name: [] for name in WAYS}
    for _ in range(ROUNDS):
        for name, way in WAYS.items():
            with emulators(PERIOD_S) as bench:  # own ones each: what the first has left behind is not the second's
                ways[name].append(way(bench, circuit()))
            gc.collect()
    shots_s = SHOTS * PERIOD_S
    rows = []
    for name, rounds in ways.items():
        rests = [median([wall - shots_s for wall in taken.wall]) for taken in rounds]
        best = min(wall - shots_s for taken in rounds for wall in taken.wall)
        aim = [ms(REST_S), verdict(median(rests) <= REST_S)]
        row = [name, ms(median(rests) + shots_s), ms(median(rests)), f"{ms(min(rests))} to {ms(max(rests))}", ms(best)]
        own_s = median([median(taken.cpu) for taken in rounds])
        rows.append([*row, *aim, ms(own_s), ms(median([taken.emulators_s for taken in rounds]) / ITERATIONS)])
    columns = ["through", "wall", "less shot time", "by rounds", "best", "target", "", "our CPU", "emulators' CPU"]
    table(f"A warm iteration: 2 qubits, {SHOTS:,} shots, {ms(shots_s)} of shots", columns, rows)
    print(
        f"{ITERATIONS} iterations in each of {ROUNDS} rounds: figures are medians of the rounds' medians, `by rounds` "
        "their range.\n"
    )
    _show_lowering(ways)
    _show_traffic(ways["device"][-1].calls)


WAYS = {"device": on_device, "Sampler in a session": in_session}


def _show_lowering(ways: dict[str, list[Taken]]) -> None:
    rows = []
    for name, rounds in ways.items():
        parts = ("captures", "bind, render", "assemble")
        cells = [ms(median([median([one[part] for one in taken.lowering]) for taken in rounds])) for part in parts]
        whole = [[sum(one[part] for part in parts) for one in taken.lowering] for taken in rounds]
        medians = [median(one) for one in whole]
        aim = [ms(LOWERING_S), verdict(median(medians) <= LOWERING_S)]
        spread = f"{ms(min(medians))} to {ms(max(medians))}"
        rows.append([name, *cells, ms(median(medians)), spread, ms(min(map(min, whole))), *aim])
    columns = ["through", "captures", "bind, render", "assemble", "lowering", "by rounds", "best", "target", ""]
    table("Of which lowering: from parameter values to the commands of every sequencer", columns, rows)


def _show_traffic(calls: Sequence[Call]) -> None:
    rows = []
    for name in sorted({call.instrument for call in calls}):
        own = [call for call in calls if call.instrument == name]
        trips = sum(call.has_reply for call in own)
        counts = [(len(own) - trips), trips, sum(call.out_bytes for call in own), sum(call.in_bytes for call in own)]
        rows.append([name, *(f"{count / ITERATIONS:,.1f}" for count in counts)])
    table("On the wires, an iteration", ["instrument", "commands", "round trips", "bytes out", "bytes in"], rows)
    print(
        "Bytes are those of commands, blocks and replies, without terminators. Of the sequencers' waveforms only "
        "those that changed go out. Instruments that are not listed are not spoken to.\n"
    )


if __name__ == "__main__":
    show()
