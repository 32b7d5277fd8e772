# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import threading
import time
from itertools import pairwise
from typing import Any

import pytest

from feedline.errors import CapabilityError, JobError
from feedline.runtime.session import Batch, Session

NAMES = ("a", "b", "c", "d", "e", "f")


def test_batch_prepares_the_next_job_while_the_current_one_executes(bench: Any) -> None:
    bench.backend.compile_s = bench.backend.execute_s = 0.05
    began_s = time.monotonic()
    with Batch(bench.backend, runtime=bench.runtime) as batch:
        jobs = [bench.run(name, session=batch) for name in NAMES]
        for job in jobs:
            job.result(20)
    total_s = time.monotonic() - began_s
    sum_s = sum(job.metrics()["compile_s"] + job.metrics()["execute_s"] for job in jobs)
    assert sum_s >= 0.6
    assert total_s < 0.75 * sum_s  # one compilation and six executions are what cannot overlap
    ends = [(job.metrics()["chunks"][0]["started_s"], job.metrics()["chunks"][0]["stopped_s"]) for job in jobs]
    gaps = [start_s - stop_s for (_, stop_s), (start_s, _) in pairwise(ends)]
    assert max(gaps) < 0.03  # the device did not wait for a compilation
    assert bench.backend.log.index("compile b") < bench.backend.log.index("end a")


def test_session_of_the_same_jobs_does_not(bench: Any) -> None:
    bench.backend.compile_s = bench.backend.execute_s = 0.02
    with Session(bench.backend, runtime=bench.runtime) as session:
        for job in [bench.run(name, session=session) for name in NAMES]:
            job.result(20)
    assert bench.backend.log.index("compile b") > bench.backend.log.index("end a")


def test_job_that_joins_a_batch_later_is_prepared_meanwhile_too(bench: Any) -> None:
    batch = Batch(bench.backend, runtime=bench.runtime)
    _first, release = bench.occupy("first", batch)
    later = bench.run("later", session=batch)
    while "compile later" not in bench.backend.log:
        time.sleep(0.002)
    release.set()
    assert later.result(20) == ["later"]
    assert bench.backend.log.count("compile later") == 1
    assert later.metrics()["compiled"] == 1
    batch.close()


def test_each_circuit_of_a_batch_is_compiled_once(bench: Any) -> None:
    bench.backend.compile_s = 0.01
    with Batch(bench.backend, runtime=bench.runtime) as batch:
        jobs = [bench.run("same", name, session=batch) for name in NAMES]
        for job in jobs:
            job.result(20)
    assert [line for line in bench.backend.log if line.startswith("compile")].count("compile same") == 1
    assert sum(job.metrics()["compiled"] for job in jobs) == 7


def test_job_of_a_batch_that_cannot_be_compiled_fails_alone(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = Batch(bench.backend, runtime=bench.runtime)
    first, release = bench.occupy("first", batch)
    compile_one = type(bench.backend.device).compile

    def fail(device: Any, circuit: Any) -> Any:
        if circuit.name == "bad":
            raise CapabilityError("No 'ccx'.", remedy="Transpile.")
        return compile_one(device, circuit)

    monkeypatch.setattr(type(bench.backend.device), "compile", fail)
    bad, good = bench.run("bad", session=batch), bench.run("good", session=batch)
    while "compile good" not in bench.backend.log:
        time.sleep(0.002)
    release.set()
    assert (first.result(20), good.result(20)) == (["first"], ["good"])
    with pytest.raises(CapabilityError, match="No 'ccx'"):
        bad.result(20)
    batch.close()


def test_compiler_that_raises_anything_does_not_stall_the_batch(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = Batch(bench.backend, runtime=bench.runtime)
    first, release = bench.occupy("first", batch)
    tried = threading.Event()

    def fail(device: Any, circuit: Any) -> Any:
        tried.set()
        raise SystemExit(1)

    monkeypatch.setattr(type(bench.backend.device), "compile", fail)
    bad = bench.run("bad", session=batch)
    assert tried.wait(20)
    release.set()
    assert first.result(20) == ["first"]
    with pytest.raises(JobError, match="SystemExit: 1"):
        bad.result(20)
    batch.close()


def test_preparation_that_became_stale_is_made_again(bench: Any) -> None:
    batch = Batch(bench.backend, runtime=bench.runtime)
    first, release = bench.occupy("first", batch)
    job = bench.run("a", session=batch)
    while "compile a" not in bench.backend.log:
        time.sleep(0.002)
    time.sleep(0.02)
    bench.backend.device.version = "2"
    release.set()
    assert (first.result(20), job.result(20)) == (["first"], ["a"])
    assert bench.backend.log.count("compile a") == 2
    batch.close()


def test_device_lost_in_a_batch_is_reopened_and_the_prepared_jobs_are_prepared_again(bench: Any) -> None:
    def trip(device: Any, index: int, execution: Any) -> Any:
        raise OSError("quench")
        yield

    bench.backend.acts["first"] = trip
    batch = Batch(bench.backend, runtime=bench.runtime)
    first, release = bench.occupy("first", batch)
    job = bench.run("a", session=batch)
    while "compile a" not in bench.backend.log:
        time.sleep(0.002)
    release.set()
    assert job.result(20) == ["a"]
    assert first.errored()
    assert bench.backend.log.count("compile a") == 2
    batch.close()


def test_batch_says_what_it_is(bench: Any) -> None:
    batch = Batch(bench.backend, max_time="1h", runtime=bench.runtime)
    assert batch.details()["mode"] == "batch"
    assert repr(batch).startswith("<Batch ")
    batch.close()
