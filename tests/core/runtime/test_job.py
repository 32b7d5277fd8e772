# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from qiskit.primitives import BasePrimitiveJob

from feedline.errors import InputError, JobError, ProviderError, WaitTimeoutError
from feedline.execution import Chunk, Execution
from feedline.runtime.event import FINAL, JobStatus
from feedline.runtime.job import cancel_on_interrupt
from feedline.testing import zeros
from feedline.work import Partial


def test_job_is_a_qiskit_primitive_job_and_gives_its_result(bench: Any) -> None:
    job = bench.run("a", "b", tags=("calibration",))
    assert isinstance(job, BasePrimitiveJob)
    assert job.result() == ["a", "b"]
    assert job.status() is JobStatus.DONE
    assert job.status() == "DONE"
    assert (job.done(), job.running(), job.cancelled(), job.errored()) == (True, False, False, False)
    assert job.in_final_state()
    assert job.error_message() is None
    assert job.backend() is bench.backend
    assert job.primitive == "sampler"
    assert job.session_id is None
    assert job.tags == ["calibration"]


def test_partial_has_the_results_of_the_pubs_that_are_complete(bench: Any) -> None:
    release = bench.backend.hold("b")
    job = bench.run("a", "b")
    assert bench.backend.begun["b"].wait(20)
    for news in job.stream(timeout=20):
        if news.pub == 0:
            break
    assert [(news.pub, news.result) for news in job.partial()] == [(0, ["a"])]
    release.set()
    job.result()
    assert [(news.pub, news.result) for news in job.partial()] == [(0, ["a"]), (1, ["b"])]


def test_job_ids_are_short_unique_and_sort_by_time(bench: Any) -> None:
    ids = []
    for _ in range(5):
        ids.append(bench.run("a").job_id())
        time.sleep(0.002)
    assert sorted(set(ids)) == ids
    assert all(len(job_id) < 24 for job_id in ids)


def test_metrics_split_the_time_and_tell_the_shots(bench: Any) -> None:
    bench.backend.compile_s, bench.backend.execute_s = 0.02, 0.03
    job = bench.run("a", "b")
    job.result()
    metrics = job.metrics()
    assert metrics["compile_s"] == pytest.approx(0.04, abs=0.02)
    assert metrics["execute_s"] == pytest.approx(0.06, abs=0.02)
    assert 0 <= metrics["fold_s"] < 0.02
    assert 0 <= metrics["queue_s"] < 0.02
    assert metrics["shots"] == 20
    assert (metrics["compiled"], metrics["reused"]) == (2, 0)
    assert [chunk["execution"] for chunk in metrics["chunks"]] == [0, 1]
    assert all(chunk["started_s"] < chunk["stopped_s"] for chunk in metrics["chunks"])
    stamps = metrics["timestamps"]
    assert stamps["created"] <= stamps["running"] <= stamps["finished"]
    assert job.usage() == metrics["usage"]["quantum_seconds"] == metrics["execute_s"]
    json.dumps(metrics)


def test_metrics_of_a_queued_job_have_no_times_yet(bench: Any) -> None:
    _running, release = bench.occupy()
    job = bench.run("a")
    assert job.status() is JobStatus.QUEUED
    assert job.metrics()["timestamps"]["running"] is None
    assert set(job.time_per_step()) == {"CREATED"}
    release.set()
    job.result(20)
    steps = job.time_per_step()
    assert list(steps) == ["CREATED", "RUNNING", "COMPLETED"]
    assert [steps[name].isoformat() for name in steps] == list(job.metrics()["timestamps"].values())


def test_result_that_is_late_says_what_was_awaited(bench: Any) -> None:
    job, release = bench.occupy()
    with pytest.raises(
        WaitTimeoutError, match=rf"Waited 0.01 s for the result of job {job.job_id()} .*'bench'.*RUNNING"
    ):
        job.result(timeout=0.01)
    with pytest.raises(TimeoutError, match=r"Waited 0\.01 s"):
        job.wait_for_final_state(timeout=0.01)
    assert job.running()
    release.set()
    assert job.result(timeout=20) == ["first"]


def test_error_of_the_provider_is_raised_as_it_is_and_names_the_job(bench: Any) -> None:
    bench.backend.acts["a"] = _raise(OSError("cable out"))
    job = bench.run("a")
    for _ in range(2):  # as often as it is asked for
        with pytest.raises(
            ProviderError, match=r"Provider 'bench' raised OSError while executing: cable out"
        ) as caught:
            job.result(20)
        assert isinstance(caught.value.__cause__, OSError)
        assert caught.value.__notes__ == [f"Job {job.job_id()} (sampler on 'bench')."]
    assert job.errored()
    assert "cable out" in job.error_message()
    assert "\n  -> " in job.error_message()


def test_fault_in_a_fold_is_an_error_that_names_the_job_and_the_cause(bench: Any) -> None:
    class Broken:
        passes = ()

        def reduce(self, execution: Execution, chunk: Chunk) -> Any:
            raise KeyError("noise_factor")

    job = bench.run("a", fold=Broken())
    with pytest.raises(JobError, match=rf"Job {job.job_id()} on 'bench' failed: KeyError: 'noise_factor'"):
        job.result(20)
    assert bench.run("b").result(20) == ["b"]


def test_queued_job_is_cancelled_at_once(bench: Any) -> None:
    _running, release = bench.occupy()
    job = bench.run("a")
    assert job.cancel()
    assert job.cancelled()
    with pytest.raises(JobError, match=rf"Job {job.job_id()} on 'bench' was cancelled before it started\.\n  -> "):
        job.result()
    assert "cancelled" in job.error_message()
    release.set()
    assert bench.run("b").result(20) == ["b"]
    assert bench.backend.executed() == ["first", "b"]
    assert not job.cancel()


def test_running_job_is_cancelled_by_aborting_the_device(bench: Any) -> None:
    job, _release = bench.occupy()
    assert job.cancel()
    with pytest.raises(JobError, match="was cancelled while it ran"):
        job.result(20)
    assert job.status() is JobStatus.CANCELLED
    assert "abort" in bench.backend.log
    assert bench.run("b").result(20) == ["b"]
    assert bench.backend.log.count("open") == 1  # an abort is no fault of the device


def test_job_cancelled_while_it_compiles_does_not_execute(bench: Any) -> None:
    bench.backend.compile_s = 0.1
    job = bench.run("a")
    while "compile a" not in bench.backend.log:
        time.sleep(0.001)
    job.cancel()
    job.wait_for_final_state(20)
    assert job.cancelled()
    assert bench.backend.executed() == []


def test_abort_that_comes_too_early_for_the_device_is_repeated(bench: Any) -> None:
    def deaf(device: Any, index: int, execution: Execution) -> Iterator[Chunk]:
        ready.set()
        assert cancelled.wait(20)
        device.stop.clear()  # the first abort is lost
        assert device.stop.wait(20)
        yield from ()

    ready, cancelled = threading.Event(), threading.Event()
    bench.backend.acts["a"] = deaf
    job = bench.run("a")
    assert ready.wait(20)
    job.cancel()
    cancelled.set()
    job.wait_for_final_state(20)
    assert job.cancelled()
    assert bench.backend.log.count("abort") >= 2


def test_job_that_is_complete_before_its_cancellation_keeps_its_result(bench: Any) -> None:
    job = bench.run("a")
    job.result(20)
    assert job.cancel() is False
    assert job.done()


def test_stream_gives_all_news_to_early_and_late_listeners(bench: Any) -> None:
    _job, release = bench.occupy()
    second = bench.run("a", "b", "c")
    early: list[Partial] = []
    thread = threading.Thread(target=lambda: early.extend(second.stream(20)))
    thread.start()
    release.set()
    second.result(20)
    thread.join(20)
    late = list(second.stream())
    assert late == early
    assert [(partial.pub, partial.result) for partial in late if partial.pub >= 0] == [
        (0, ["a"]),
        (1, ["b"]),
        (2, ["c"]),
    ]
    assert [partial.share for partial in late if partial.pub < 0] == pytest.approx([1 / 3, 2 / 3, 1])


def test_stream_shows_what_came_before_a_failure_and_ends(bench: Any) -> None:
    bench.backend.acts["b"] = _raise(RuntimeError("tripped"))
    job = bench.run("a", "b")
    assert [partial.result for partial in job.stream(20) if partial.pub >= 0] == [["a"]]
    assert job.errored()


def test_stream_that_is_silent_for_too_long_says_so(bench: Any) -> None:
    job, release = bench.occupy()
    with pytest.raises(WaitTimeoutError, match=r"Waited 0\.01 s for news of job"):
        next(job.stream(timeout=0.01))
    release.set()


def test_callback_hears_everything_before_result_returns(bench: Any) -> None:
    heard: list[tuple[str, Partial]] = []

    def slow(job_id: str, partial: Partial) -> None:
        time.sleep(0.02)
        heard.append((job_id, partial))

    job = bench.run("a", "b", callback=slow)
    assert job.result(20) == ["a", "b"]
    assert [partial for _, partial in heard] == list(job.stream())
    assert {job_id for job_id, _ in heard} == {job.job_id()}


def test_callback_that_raises_is_logged_and_the_job_goes_on(bench: Any, caplog: pytest.LogCaptureFixture) -> None:
    def broken(job_id: str, partial: Partial) -> None:
        raise ValueError("no such plot")

    with caplog.at_level(logging.WARNING, "feedline.runtime"):
        job = bench.run("a", callback=broken)
        assert job.result(20) == ["a"]
    assert "The callback of job" in caplog.text
    assert "no such plot" in caplog.text


def test_callback_may_cancel_and_may_wait_for_other_jobs(bench: Any) -> None:
    others: list[Any] = []

    def busy(job_id: str, partial: Partial) -> None:
        if not others:
            others.append(bench.run("other").result(20))

    assert bench.run("a", callback=busy).result(20) == ["a"]
    assert others == [["other"]]


def test_waiting_on_the_thread_that_runs_jobs_is_refused(bench: Any) -> None:
    refused: list[str] = []

    def waits(device: Any, index: int, execution: Execution) -> Iterator[Chunk]:
        try:
            bench.run("b").result()
        except JobError as error:
            refused.append(str(error))
        yield zeros(index, execution)

    bench.backend.acts["a"] = waits
    bench.run("a").result(20)
    assert "cannot be waited for on the thread that runs it" in refused[0]


def test_time_limit_stops_the_job_with_clear_words(slow_bench: Any, clock: Any) -> None:
    slow_bench.backend.hold("a")
    job = slow_bench.run("a", max_execution_time_s=30.0)
    assert slow_bench.backend.begun["a"].wait(20)
    clock.advance(29)
    with pytest.raises(WaitTimeoutError):
        job.result(0.05)
    clock.advance(2)
    with pytest.raises(
        JobError,
        match=r"was stopped: its 30 s of device time are over\.\n  -> Raise options.max_execution_time",
    ):
        job.result(20)
    assert job.status() is JobStatus.ERROR
    assert slow_bench.run("b", max_execution_time_s=30.0).result(20) == ["b"]


def test_interrupt_in_the_block_cancels_the_job_and_goes_on(bench: Any) -> None:
    job, _release = bench.occupy()
    with pytest.raises(KeyboardInterrupt), cancel_on_interrupt(job):
        raise KeyboardInterrupt
    assert job.cancelled()


def test_tags_are_replaced_and_anything_but_texts_refused(bench: Any) -> None:
    job = bench.run("a")
    assert job.update_tags(["x", "y"]) == ["x", "y"] == job.tags
    with pytest.raises(InputError, match=r"Tags of job .* are 'x'"):
        job.update_tags("x")
    with pytest.raises(InputError, match=r"are \[1\]"):
        job.update_tags([1])


def test_shown_job_tells_what_it_is_and_escapes(bench: Any) -> None:
    bench.backend.acts["a"] = _raise(OSError("<b>"))
    job = bench.run("a")
    job.wait_for_final_state(20)
    assert repr(job) == f"<Job {job.job_id()}: sampler on 'bench', ERROR>"
    assert "&lt;b&gt;" in job._repr_html_()


def test_final_statuses_are_those_that_never_change() -> None:
    assert FINAL == {"DONE", "CANCELLED", "ERROR", "INTERRUPTED"}


def _raise(error: BaseException) -> Any:
    def act(device: Any, index: int, execution: Execution) -> Iterator[Chunk]:
        raise error
        yield

    return act


def test_shots_of_every_kind_of_data_are_counted(bench: Any) -> None:
    def two_chunks(device: Any, index: int, execution: Execution) -> Iterator[Chunk]:
        for shots in (4, 6):
            yield Chunk(execution=index, points=slice(0, 1), bits=np.zeros((1, shots, 1), np.uint8))

    bench.backend.acts["a"] = two_chunks
    job = bench.run("a")
    job.result(20)
    assert job.metrics()["shots"] == 10
    assert len(job.metrics()["chunks"]) == 2
