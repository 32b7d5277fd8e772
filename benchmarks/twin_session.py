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
from twin_watched import Notes, Stretch, covered_s, notes

import feedline
from feedline import Estimator, Sampler, Session
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
        wall, cpu: All of it; CPU of this process, which emulators are not in.
        lower: From parameter values to commands of every sequencer.
        upload: Loading, arming, triggering.
        heard: When the records of each run had come and were integrated.
        done: When the result was there.
        noted: What the emulators' process noted.
    """

    wall: float = 0.0
    cpu: float = 0.0
    lower: float = 0.0
    upload: float = 0.0
    heard: list[float] = attrs.field(factory=list)
    done: float = 0.0
    noted: list[tuple[str, int, Stretch]] = attrs.field(factory=list)

    def of(self, what: str) -> list[Stretch]:
        """When something was the case."""
        return [stretch for name, _, stretch in self.noted if name == what]

    @property
    def shots(self) -> float:
        """What the shots take by the coordinator's clock."""
        return covered_s(self.of("shots"))

    @property
    def taken(self) -> int:
        """Shots."""
        return sum(shots for _, shots, _ in self.noted)

    @property
    def physics(self) -> float:
        """Of the chip: what happens to it, and the records that come of it; some of it while shots are taken."""
        return covered_s(self.of("physics"))

    @property
    def rest(self) -> float:
        """Everything but shots and physics."""
        return self.wall - covered_s(self.of("shots") + self.of("physics"))

    @property
    def read(self) -> float:
        """From triggers to integrated records, without shots and physics."""
        fired = [start_s for start_s, _ in self.of("shots")]
        waited = sum(heard - start_s for start_s, heard in zip(fired, self.heard, strict=True))
        return waited - covered_s(self.of("shots") + self.of("physics"))

    @property
    def fold(self) -> float:
        """From the last record to the result."""
        return self.done - self.heard[-1]


@contextmanager
def watched() -> Iterator[list[Spent]]:
    """What is under way is counted in the last one of the list."""
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

    records = Runner.records

    def recorded(self: Runner) -> Iterator[Any]:
        yield from records(self)
        spent[-1].heard.append(time.perf_counter())

    with (
        patch.object(planning, "item_of", timed("lower", planning.item_of)),
        patch.object(Runner, "prepare", timed("lower", Runner.prepare)),
        patch.object(Runner, "begin", timed("upload", Runner.begin)),
        patch.object(Runner, "fire", timed("upload", Runner.fire)),
        patch.object(Runner, "records", recorded),
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


def iterations(estimator: Estimator, size: tuple[int, float], spent: list[Spent], noted: Notes) -> list[Spent]:
    """Warm iterations with other parameters each: so many sets, at a precision."""
    vqe, rng, (sets, precision) = _example(), np.random.default_rng(3), size
    made = vqe.ansatz()
    for _ in range(WARMUPS + ITERATIONS):
        points: NDArray[np.float64] = rng.uniform(-np.pi, np.pi, (sets, made.num_parameters))
        noted.new()
        now = Spent()
        spent.append(now)
        start_s, start_cpu_s = time.perf_counter(), time.process_time()
        data = estimator.run([(made, vqe.HAMILTONIAN, points)], precision=precision).result()[0].data
        now.done = time.perf_counter()
        now.wall, now.cpu = now.done - start_s, time.process_time() - start_cpu_s
        now.noted = noted.new()
        assert data.evs.shape == (sets,)
    return spent[-ITERATIONS:]


def show() -> None:
    """Print the tables."""
    with watched() as spent, notes() as noted, Session(feedline.backend("twin")) as session:
        found = [iterations(Estimator(mode=session), (sets, aim), spent, noted) for sets, aim, _ in SIZES]
        spent.append(Spent())
        swept_s, swept = _sweep(session, noted)
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
        "noise and the digitizer's converter included. It begins with the triggers, so that some of it passes while "
        "shots are taken; the last but three columns are wall less the time that either takes. Lowering and loading of "
        "the second basis happen "
        "while shots of the first are taken, so that they count in `lower` and `upload` but not in these. Instruments "
        "are emulated in a process of their own; their share of conversation is in `upload` and `read`, their CPU "
        "time in none.\n\n"
        "The last row moves 58 MB of records: that, not the number of steps, is what its `read` takes.\n"
    )
    row = [f"{SETS:,} sets, {SET_SHOTS} shots each", f"{swept_s:.2f} s", f"{swept.shots:.2f} s"]
    row += [f"{swept.physics:.2f} s", f"{SWEEP_S:g} s"]
    columns = ["sweep", "wall", "shots take", "physics", "target", ""]
    table("A sweep through the rack", columns, [[*row, verdict(swept_s <= SWEEP_S)]])


def _middle(taken: Sequence[Spent], part: str) -> float:
    return median([getattr(one, part) for one in taken])


def _sweep(session: Session, noted: Notes) -> tuple[float, Spent]:
    """Seconds of many parameter sets on two qubits in one job, and of what."""
    sampler, made, rng = Sampler(mode=session), circuit(), np.random.default_rng(2)
    sampler.run([(made, angles(2, rng))], shots=10).result()
    noted.new()
    start_s = time.perf_counter()
    sampler.run([(made, angles(SETS, rng))], shots=SET_SHOTS).result()
    return time.perf_counter() - start_s, Spent(noted=noted.new())


if __name__ == "__main__":
    show()
