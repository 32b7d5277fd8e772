# SPDX-License-Identifier: Apache-2.0
"""A warm iteration of VQE on the twin, and a sweep: what is the chip's own time, what its simulation, what is ours."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import attrs
import numpy as np
from numpy.typing import NDArray
from rack_bench import angles, circuit, close_devices
from report import median, ms, table, verdict

import feedline
from feedline import Estimator, Sampler, Session
from feedline_hal.emulator.tektronix_mso import EmulatedMso
from feedline_hal.twin.twin_signal import TwinSignal
from feedline_rack import planning
from feedline_rack.run import Runner

ITERATIONS, WARMUPS = 15, 3
REST_S = 20e-3
SETS, SET_SHOTS, SWEEP_S = 1000, 100, 5.0
SIZES = ((1, 0.03125, "a set of parameters"), (3, 0.054, "3 sets"), (3, 0.01, "3 sets, as in the example"))


@attrs.define
class Spent:
    """Seconds of one iteration.

    Attributes:
        wall, cpu: All of it; CPU of all threads, those of the emulators included.
        shots: What the shots take by the coordinator's clock.
        physics: Of the chip: what happens to it, and the records that come of it.
        lower: From parameter values to commands of every sequencer.
        upload: Loading, arming, triggering.
        fired, heard: When each run was triggered, and when its records had come and were integrated.
        done: When the result was there.
        taken: Shots.
    """

    wall: float = 0.0
    cpu: float = 0.0
    shots: float = 0.0
    physics: float = 0.0
    lower: float = 0.0
    upload: float = 0.0
    fired: list[float] = attrs.field(factory=list)
    heard: list[float] = attrs.field(factory=list)
    done: float = 0.0
    taken: int = 0

    @property
    def rest(self) -> float:
        """Everything but shots and physics."""
        return self.wall - self.shots - self.physics

    @property
    def read(self) -> float:
        """From triggers to integrated records, without shots and physics."""
        waited = sum(heard - fired for fired, heard in zip(self.fired, self.heard, strict=True))
        return waited - self.shots - self.physics

    @property
    def fold(self) -> float:
        """From the last record to the result."""
        return self.done - self.heard[-1]


@contextmanager
def watched() -> Iterator[list[Spent]]:
    """What is under way is counted in the last one of the list; emulators must be started meanwhile."""
    spent = [Spent()]

    def timed(part: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def called(*given: Any, **options: Any) -> Any:
            start_s = time.perf_counter()
            try:
                return call(*given, **options)
            finally:
                now = spent[-1]
                setattr(now, part, getattr(now, part) + time.perf_counter() - start_s)

        return called

    take, fire, records = EmulatedMso.triggered, Runner.fire, Runner.records

    def triggered(self: EmulatedMso, burst: Any) -> None:
        spent[-1].shots += burst.count * burst.period_s
        spent[-1].taken += burst.count
        spent[-1].fired.append(time.perf_counter())
        take(self, burst)

    def recorded(self: Runner) -> Iterator[Any]:
        yield from records(self)
        spent[-1].heard.append(time.perf_counter())

    with (
        patch.object(TwinSignal, "volts", timed("physics", TwinSignal.volts)),
        patch.object(TwinSignal, "is_ready", timed("physics", TwinSignal.is_ready)),
        patch.object(planning, "item_of", timed("lower", planning.item_of)),
        patch.object(Runner, "prepare", timed("lower", Runner.prepare)),
        patch.object(Runner, "begin", timed("upload", Runner.begin)),
        patch.object(Runner, "fire", timed("upload", fire)),
        patch.object(Runner, "records", recorded),
        patch.object(EmulatedMso, "triggered", triggered),
    ):
        yield spent


def _example() -> Any:
    """The example: its ansatz, its Hamiltonian."""
    path = Path(__file__).parent.parent / "examples" / "vqe_h2.py"
    spec = importlib.util.spec_from_file_location("vqe_h2", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def iterations(estimator: Estimator, size: tuple[int, float], spent: list[Spent]) -> list[Spent]:
    """Warm iterations with other parameters each: so many sets, at a precision."""
    vqe, rng, (sets, precision) = _example(), np.random.default_rng(3), size
    made = vqe.ansatz()
    for _ in range(WARMUPS + ITERATIONS):
        points: NDArray[np.float64] = rng.uniform(-np.pi, np.pi, (sets, made.num_parameters))
        now = Spent()
        spent.append(now)
        start_s, start_cpu_s = time.perf_counter(), time.process_time()
        data = estimator.run([(made, vqe.HAMILTONIAN, points)], precision=precision).result()[0].data
        now.done = time.perf_counter()
        now.wall, now.cpu = now.done - start_s, time.process_time() - start_cpu_s
        assert data.evs.shape == (sets,)
    return spent[-ITERATIONS:]


def show() -> None:
    """Print the tables."""
    with watched() as spent, Session(feedline.backend("twin")) as session:
        found = [iterations(Estimator(mode=session), (sets, aim), spent) for sets, aim, _ in SIZES]
        swept_s, swept = _sweep(session, spent)
    close_devices()
    rows = []
    for (_, _, name), taken in zip(SIZES, found, strict=True):
        rest_s = _middle(taken, "rest")
        row = [name, f"{taken[0].taken:,}", ms(_middle(taken, "wall")), ms(_middle(taken, "cpu")), ms(taken[0].shots)]
        row += [ms(_middle(taken, part)) for part in ("physics", "lower", "upload", "read", "fold")]
        rows.append([*row, ms(rest_s), ms(min(one.rest for one in taken)), ms(REST_S), verdict(rest_s <= REST_S)])
    columns = ["iteration", "shots", "wall", "CPU", "shots take", "physics", "lower", "upload", "read", "fold"]
    table("H2 VQE, a warm iteration of a session", [*columns, "but shots, physics", "best", "target", ""], rows)
    print(
        "`physics` is the chip's: what happens to its transmons, and what its resonators answer, sample by sample, "
        "noise included. The last but three columns are wall less shots and physics. Lowering and loading of the "
        "second basis happen while shots of the first are taken, so that they count in `lower` and `upload` but not "
        "in these. Instruments are emulated in the same process; their share of conversation is in `upload` and "
        "`read`.\n"
    )
    row = [f"{SETS:,} sets, {SET_SHOTS} shots each", f"{swept_s:.2f} s", f"{swept.shots:.2f} s"]
    row += [f"{swept.physics:.2f} s", f"{SWEEP_S:g} s"]
    columns = ["sweep", "wall", "shots take", "physics", "target", ""]
    table("A sweep through the rack", columns, [[*row, verdict(swept_s <= SWEEP_S)]])


def _middle(taken: Sequence[Spent], part: str) -> float:
    return median([getattr(one, part) for one in taken])


def _sweep(session: Session, spent: list[Spent]) -> tuple[float, Spent]:
    """Seconds of many parameter sets on two qubits in one job, and of what."""
    sampler, made, rng = Sampler(mode=session), circuit(), np.random.default_rng(2)
    sampler.run([(made, angles(2, rng))], shots=10).result()
    spent.append(Spent())
    start_s = time.perf_counter()
    sampler.run([(made, angles(SETS, rng))], shots=SET_SHOTS).result()
    return time.perf_counter() - start_s, spent[-1]


if __name__ == "__main__":
    show()
