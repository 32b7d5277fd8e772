# SPDX-License-Identifier: Apache-2.0
"""Jobs without a result: `feedline job` says what had arrived."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit
from qiskit.circuit import Parameter

from feedline import Estimator, Sampler
from feedline.execution import Chunk, Execution, OutcomeCounts
from feedline.testing import NullBackend, NullDevice


def ones(index: int, execution: Execution, points: slice) -> Chunk:
    """Two shots a point, all bits of the first byte 1 for odd points."""
    number = points.stop - points.start
    bits = np.zeros((number, execution.shots, execution.num_bytes), dtype=np.uint8)
    bits[:, :, -1] = [[3 * ((points.start + place) % 2)] for place in range(number)]
    if execution.memory:
        return Chunk(execution=index, points=points, bits=bits)
    counts = OutcomeCounts(
        point=np.arange(number), words=bits[:, 0], weight=np.full(number, execution.shots, dtype=np.int64)
    )
    return Chunk(execution=index, points=points, counts=counts)


class Halting(NullBackend):
    """Executes what is one point whole; of a sweep 13 points, and then it waits to be aborted."""

    def open(self) -> NullDevice:
        class Device(NullDevice):
            def execute(self, executions: Sequence[Execution]) -> Iterator[Chunk]:
                self.aborted.clear()
                for index, execution in enumerate(executions):
                    if execution.size == 1:
                        yield ones(index, execution, slice(0, 1))
                        continue
                    yield ones(index, execution, slice(0, 8))
                    yield ones(index, execution, slice(8, 13))
                    self.aborted.wait(60)
                    return

        return Device(self.target)


def sweep(*registers: tuple[int, str]) -> QuantumCircuit:
    circuit = QuantumCircuit(2, name="sweep")
    for size, name in registers:
        circuit.add_register(ClassicalRegister(size, name))
    circuit.rx(Parameter("t"), 0)
    circuit.measure([0, 1], [0, 1])
    return circuit


def stop(job: Any, chunks: int) -> str:
    """Cancel a job when so many pieces have come; return its id."""
    deadline = time.monotonic() + 30
    while len(job.metrics()["chunks"]) < chunks:
        assert time.monotonic() < deadline, "the points never came"
        time.sleep(0.01)
    job.cancel()
    job.wait_for_final_state(30)
    return str(job.job_id())


@pytest.fixture
def points() -> np.ndarray[Any, Any]:
    return np.linspace(0, 1, 50).reshape(50, 1)


def test_points_of_a_cancelled_sweep_are_told_and_counted(feedline: Callable[..., Any], points: Any) -> None:
    backend = Halting(2, name="halting")
    whole = sweep((2, "c")).assign_parameters([0.1])
    job = Sampler(backend).run([(whole,), (sweep((1, "low"), (1, "high")), points)], shots=2)
    name = stop(job, 3)
    del job
    said = feedline("job", name)
    assert said.code == 0, said.err
    lines = said.out.splitlines()
    assert "arrived  pub 1: 13 of 50 points had arrived" in lines
    assert f"RuntimeService().job('{name}').partial()" in said.out
    assert "pub 1  point[0]=1\nhigh low\n   1   1 " in said.out
    document = json.loads(feedline("job", name, "--json").out)
    assert document["arrived"] == [{"pub": 1, "points": 13, "of": 50}]
    assert document["data"] == f"RuntimeService().job('{name}').partial()"
    first, *rows = document["results"]
    assert (first["circuit"], first["counts"]) == ("pub 0", {"00": 2})
    assert [row["parameters"]["point[0]"] for row in rows] == list(range(13))
    assert [row["counts"] for row in rows] == [{"11" if point % 2 else "00": 2} for point in range(13)]
    assert rows[0]["registers"] == {"low": 1, "high": 1}


def test_points_of_an_estimator_job_are_told_by_execution(feedline: Callable[..., Any], points: Any) -> None:
    circuit = QuantumCircuit(2)
    circuit.rx(Parameter("t"), 0)
    job = Estimator(Halting(2, name="halting")).run([(circuit, "ZZ", points)], precision=0.5)
    name = stop(job, 2)
    del job
    document = json.loads(feedline("job", name, "--json").out)
    assert document["arrived"] == [{"execution": 0, "points": 13}]
    assert document["results"] == []
    assert "execution 0: 13 points had arrived" in feedline("job", name).out


def test_plain_run_job_that_was_cancelled_is_shown(feedline: Callable[..., Any]) -> None:
    whole = sweep((2, "c")).assign_parameters([0.1])

    class SlowSecond(Halting):
        def open(self) -> NullDevice:
            class Device(NullDevice):
                def execute(self, executions: Sequence[Execution]) -> Iterator[Chunk]:
                    self.aborted.clear()
                    yield ones(0, executions[0], slice(0, 1))
                    self.aborted.wait(60)

            return Device(self.target)

    job = SlowSecond(2, name="halting").run([whole, whole.copy()], shots=2)
    time.sleep(0.5)
    job.cancel()
    job.wait_for_final_state(30)
    name = job.job_id()
    del job
    said = feedline("job", name)
    assert said.code == 0, said.err
    assert "execution 0: 1 point had arrived" in said.out
    assert f"RuntimeService().job('{name}').partial()" in said.out


def test_job_that_nothing_arrived_of_says_nothing_of_it(feedline: Callable[..., Any], folder: Path) -> None:
    job = Sampler(NullBackend(2, wait_s=60, name="slow")).run([sweep((2, "c")).assign_parameters([0.1])])
    name = stop(job, 0)
    del job
    said = feedline("job", name)
    assert said.code == 0, said.err
    assert "arrived" not in said.out
    assert "partial()" not in said.out
    assert "arrived" not in json.loads(feedline("job", name, "--json").out)
