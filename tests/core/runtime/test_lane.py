# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import gc
import json
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from feedline.device import Device
from feedline.errors import CapabilityError, JobError, MissingExtraError, ProviderError
from feedline.execution import Chunk, Execution
from feedline.hookspecs import hookimpl
from feedline.plugin_host import PluginHost
from feedline.runtime.event import JobEvent, JobStatus
from feedline.runtime.record import StoredJob
from feedline.runtime.session import Session
from feedline.runtime.store import Store


def test_jobs_run_one_after_another_in_the_order_of_submission(bench: Any) -> None:
    names = [f"job-{index}" for index in range(20)]
    jobs = [bench.run(name) for name in names]
    assert [job.result(20) for job in jobs] == [[name] for name in names]
    assert bench.backend.executed() == names


def test_backends_of_one_device_share_a_lane_and_others_run_side_by_side(bench: Any, make_backend: Any) -> None:
    one, same, other = (make_backend(device_id=name) for name in ("fridge", "fridge", "else"))
    release = one.hold("a")
    first, second = bench.run("a", backend=one), bench.run("b", backend=same)
    assert bench.run("c", backend=other).result(20) == ["c"]
    assert second.status() is JobStatus.QUEUED
    release.set()
    assert (first.result(20), second.result(20)) == (["a"], ["b"])


def test_device_is_opened_once_and_kept_warm(bench: Any) -> None:
    for _ in range(3):
        bench.run("a").result(20)
    assert [line for line in bench.backend.log if line in ("open", "close")] == ["open"]


def test_circuit_of_the_same_structure_is_compiled_once(bench: Any) -> None:
    metrics = []
    for _ in range(3):
        job = bench.run("a", "b")
        job.result(20)
        metrics.append((job.metrics()["compiled"], job.metrics()["reused"]))
    assert metrics == [(2, 0), (0, 2), (0, 2)]
    assert bench.backend.log.count("compile a") == 1


def test_new_fingerprint_of_the_device_makes_compiled_code_stale(bench: Any) -> None:
    bench.run("a").result(20)
    bench.backend.device.version = "2"
    bench.run("a").result(20)
    bench.backend.device.version = "1"
    bench.run("a").result(20)
    assert bench.backend.log.count("compile a") == 2


def test_settings_that_change_code_are_part_of_the_key(bench: Any) -> None:
    def with_settings(**settings: Any) -> Any:
        work = bench.work("a")
        executions = tuple(attrs.evolve(one, settings=settings) for one in work.plan.executions)
        return attrs.evolve(work, plan=attrs.evolve(work.plan, executions=executions))

    for settings in ({}, {"rep_delay": 1e-3}, {"rep_delay": 2e-3}, {"rep_delay": 1e-3}, {}):
        bench.runtime.submit(with_settings(**settings)).result(20)
    assert bench.backend.log.count("compile a") == 3


def test_cold_device_is_closed_and_reopened_by_the_next_job(slow_bench: Any, clock: Any) -> None:
    slow_bench.run("a").result(20)
    clock.advance(59)
    slow_bench.run("b").result(20)
    assert slow_bench.backend.log.count("open") == 1
    clock.advance(61)
    _until(lambda: "close" in slow_bench.backend.log)
    slow_bench.run("c").result(20)
    assert slow_bench.backend.log.count("open") == 2


def test_lane_that_is_cold_leaves_no_thread_and_lets_the_backend_go(
    make_bench: Any, make_backend: Any, clock: Any
) -> None:
    bench = make_bench(clock=clock)
    backend = make_backend("passing")
    gone = weakref.ref(backend)
    bench.run("a", backend=backend).result(20)
    name = f"feedline-lane-{backend.device_id}"
    assert name in [thread.name for thread in threading.enumerate()]
    clock.advance(61)
    _until(lambda: name not in [thread.name for thread in threading.enumerate()])
    backend.device = None
    del backend
    gc.collect()
    assert gone() is None


def test_other_description_of_the_device_is_adopted_if_it_can_be(bench: Any, make_backend: Any) -> None:
    one, two = (make_backend(name, device_id="fridge", can_adopt=True) for name in ("one", "two"))
    bench.run("a", backend=one).result(20)
    bench.run("a", backend=two).result(20)
    assert one.log == ["open", "compile a", "begin a", "end a"]
    assert two.log == ["begin a", "end a"]


def test_other_description_reopens_the_device_if_it_cannot_be_adopted(bench: Any, make_backend: Any) -> None:
    one, two = (make_backend(name, device_id="fridge") for name in ("one", "two"))
    bench.run("a", backend=one).result(20)
    bench.run("a", backend=two).result(20)
    assert one.log[-1] == "close"
    assert two.log == ["open", "compile a", "begin a", "end a"]


def test_failing_open_is_the_error_of_its_job_and_the_next_tries_again(bench: Any) -> None:
    bench.backend.open_error = ConnectionRefusedError("10.0.0.7:5025")
    job = bench.run("a")
    with pytest.raises(
        ProviderError, match=r"Backend 'bench' could not be opened: ConnectionRefusedError: 10\.0\.0\.7"
    ):
        job.result(20)
    assert job.errored()
    bench.backend.open_error = None
    assert bench.run("b").result(20) == ["b"]


def test_feedline_error_of_open_keeps_its_type_and_names_the_job(bench: Any) -> None:
    bench.backend.open_error = MissingExtraError("No pyvisa.", remedy="pip install 'feedline[visa]'")
    job = bench.run("a")
    with pytest.raises(MissingExtraError, match="pip install") as caught:
        job.result(20)
    assert "'bench'" in caught.value.__notes__[0]


def test_device_that_raised_is_closed_and_reopened_for_the_next_job(
    bench: Any, caplog: pytest.LogCaptureFixture
) -> None:
    bench.backend.acts["a"] = _raising(RuntimeError("lost lock"))
    job = bench.run("a", "b")
    with pytest.raises(ProviderError, match="Provider 'bench' raised RuntimeError while executing: lost lock"):
        job.result(20)
    assert bench.run("c").result(20) == ["c"]
    assert [line for line in bench.backend.log if line in ("open", "close")] == ["open", "close", "open"]
    assert f"Device of 'bench' is closed after job {job.job_id()}" in caplog.text


def test_system_exit_of_a_provider_does_not_end_the_lane(bench: Any) -> None:
    bench.backend.acts["a"] = _raising(SystemExit(3))
    with pytest.raises(JobError, match="failed: SystemExit: 3"):
        bench.run("a").result(20)
    assert bench.run("b").result(20) == ["b"]


def test_device_that_raises_while_closing_is_logged_and_forgotten(bench: Any, caplog: pytest.LogCaptureFixture) -> None:
    bench.run("warm").result(20)
    bench.backend.device.close_error = OSError("already gone")
    bench.backend.acts["a"] = _raising(RuntimeError("lost lock"))
    with pytest.raises(ProviderError):
        bench.run("a").result(20)
    assert bench.run("b").result(20) == ["b"]
    assert "raised while closing" in caplog.text


def test_compile_errors_name_the_provider_or_pass_through(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    error: list[BaseException] = [ZeroDivisionError("gate of no duration")]

    def fail(self: Device, circuit: Any) -> Any:
        raise error[0]

    bench.run("warm").result(20)
    monkeypatch.setattr(type(bench.backend.device), "compile", fail)
    with pytest.raises(
        ProviderError, match="'bench' raised ZeroDivisionError while compiling 'a': gate of no duration"
    ):
        bench.run("a").result(20)
    error[0] = CapabilityError("No 'ccx'.", remedy="Transpile.")
    with pytest.raises(CapabilityError, match="No 'ccx'"):
        bench.run("b").result(20)
    monkeypatch.undo()
    assert bench.run("c").result(20) == ["c"]
    assert bench.backend.log.count("open") == 1  # a compiler at fault says nothing about the hardware


# Who hears of it.


class _Ears:
    def __init__(self, *, has_job_listeners: bool = True, error: Exception | None = None) -> None:
        self.has_job_listeners = has_job_listeners
        self.error = error
        self.heard: list[JobEvent] = []

    def job_event(self, event: JobEvent) -> None:
        self.heard.append(event)
        if self.error is not None:
            raise self.error


def test_listeners_hear_every_change_of_status(make_bench: Any) -> None:
    ears = _Ears()
    bench = make_bench(listeners=lambda: ears)
    job = bench.run("a")
    job.result(20)
    bench.backend.acts["b"] = _raising(OSError("cable out"))
    bench.run("b").wait_for_final_state(20)
    assert [event.status for event in ears.heard] == [
        "QUEUED",
        "RUNNING",
        "DONE",
        "QUEUED",
        "RUNNING",
        "ERROR",
    ]
    assert {event.job_id for event in ears.heard[:3]} == {job.job_id()}
    assert "cable out" in (ears.heard[-1].error or "")


def test_listener_that_raises_hurts_no_job_and_nobody_is_called_when_nobody_listens(
    make_bench: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert make_bench(listeners=lambda: _Ears(error=KeyError("x"))).run("a").result(20) == ["a"]
    assert "A listener raised on job" in caplog.text
    deaf = _Ears(has_job_listeners=False)
    assert make_bench(listeners=lambda: deaf).run("a").result(20) == ["a"]
    assert deaf.heard == []


def test_plugin_hears_through_the_host(make_bench: Any) -> None:
    host, heard = PluginHost(), []

    class Plugin:
        @hookimpl
        def feedline_job_event(self, event: JobEvent) -> None:
            heard.append(event.status)

    assert make_bench(listeners=lambda: host).run("a").result(20) == ["a"]
    host.register(Plugin(), "ears")
    assert make_bench(listeners=lambda: host).run("a").result(20) == ["a"]
    assert heard == ["QUEUED", "RUNNING", "DONE"]


def test_store_has_every_job_and_session(make_bench: Any, tmp_path: Path) -> None:
    store = Store(tmp_path)
    bench = make_bench(store=store)
    bench.backend.acts["bad"] = _raising(OSError("cable out"))
    session = Session(bench.backend, runtime=bench.runtime)
    jobs = [bench.run("a", tags=("x",)), bench.run("bad"), bench.run("b", session=session)]
    for job in jobs:
        job.wait_for_final_state(20)
    waiting, release = bench.occupy("held", session)
    cancelled = bench.run("c", session=session)
    cancelled.cancel()
    session.close()
    release.set()
    waiting.result(20)
    jobs[0].update_tags(["y"])
    assert bench.runtime.shutdown(timeout=20)
    rows = {row["id"]: row for row in store.read("SELECT * FROM job")}
    assert [rows[job.job_id()]["status"] for job in (*jobs, waiting, cancelled)] == [
        "DONE", "ERROR", "DONE", "DONE", "CANCELLED",
    ]  # fmt: skip
    assert "cable out" in rows[jobs[1].job_id()]["error"]
    assert rows[jobs[2].job_id()]["session"] == session.session_id
    assert rows[jobs[0].job_id()]["tags"] == '["y"]'
    stored = StoredJob(store, rows[jobs[0].job_id()])
    assert stored.result() == ["a"]
    assert stored.metrics()["shots"] == 10
    (details,) = (json.loads(row["details"]) for row in store.read("SELECT * FROM session"))
    assert details["state"] == "closed"
    store.close()


def _raising(error: BaseException) -> Any:
    def act(device: Any, index: int, execution: Execution) -> Iterator[Chunk]:
        raise error
        yield

    return act


def _until(claim: Any, timeout_s: float = 20.0) -> None:
    end_s = time.monotonic() + timeout_s
    while not claim():
        assert time.monotonic() < end_s
        time.sleep(0.002)


@pytest.fixture
def resting(slow_bench: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A bench whose device says when it rests."""
    opened = slow_bench.backend.open

    def open_loud() -> Device:
        device = opened()
        monkeypatch.setattr(device, "rest", lambda: slow_bench.backend.log.append("rest"))
        return device

    monkeypatch.setattr(slow_bench.backend, "open", open_loud)
    return slow_bench


def test_device_rests_once_soon_after_the_last_job_and_stays_warm(resting: Any, clock: Any) -> None:
    resting.run("a").result(20)
    clock.advance(1.9)
    time.sleep(0.05)
    assert "rest" not in resting.backend.log
    clock.advance(0.2)
    _until(lambda: resting.backend.log.count("rest") == 1)
    clock.advance(30)
    resting.run("a").result(20)  # warm: neither opened nor compiled again
    clock.advance(2.1)
    _until(lambda: resting.backend.log.count("rest") == 2)
    assert "close" not in resting.backend.log
    assert resting.backend.log.count("compile a") == 1


def test_device_does_not_rest_in_a_session_but_at_its_end(resting: Any, clock: Any) -> None:
    session = Session(resting.backend, runtime=resting.runtime)
    resting.run("a", session=session).result(20)
    clock.advance(30)
    time.sleep(0.05)
    assert "rest" not in resting.backend.log
    session.close()
    clock.advance(2.1)
    _until(lambda: resting.backend.log.count("rest") == 1)


def test_device_that_cannot_rest_is_closed(resting: Any, clock: Any, caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise RuntimeError("output stuck")

    resting.run("a").result(20)
    resting.backend.device.rest = fail
    clock.advance(2.1)
    _until(lambda: resting.backend.log[-1] == "close")
    assert "raised in rest; it is closed" in caplog.text
