# SPDX-License-Identifier: Apache-2.0
"""Sessions in simulated time: how long they last, when they let others pass, what they tell of it."""

from __future__ import annotations

import time
from typing import Any

import pytest

from feedline.errors import JobError, SessionError
from feedline.runtime.event import JobStatus
from feedline.runtime.session import Batch, Session


def test_idle_session_lets_strangers_pass_and_takes_its_turn_again(slow_bench: Any, clock: Any) -> None:
    bench, session = slow_bench, Session(slow_bench.backend, interactive_ttl="1m", runtime=slow_bench.runtime)
    bench.run("one", session=session).result(20)
    stranger = bench.run("stranger")
    clock.advance(59)
    with pytest.raises(TimeoutError):
        stranger.result(0.05)
    assert session.status() == "In progress, accepting new jobs"
    clock.advance(1)
    assert stranger.result(20) == ["stranger"]
    assert session.details()["state"] == "inactive"
    assert bench.run("two", session=session).result(20) == ["two"]
    assert session.details()["state"] == "active"
    assert session.usage() == 60
    clock.advance(10)
    assert session.usage() == 70
    session.close()
    _until(lambda: session.status() == "Closed")
    assert session.usage() == 70
    assert len(session.details()["timestamps"]) == 2


def test_work_restarts_the_time_to_live(slow_bench: Any, clock: Any) -> None:
    bench, session = slow_bench, Session(slow_bench.backend, interactive_ttl=60, runtime=slow_bench.runtime)
    for _ in range(3):
        bench.run("one", session=session).result(20)
        clock.advance(50)
    stranger = bench.run("stranger")
    with pytest.raises(TimeoutError):
        stranger.result(0.05)
    clock.advance(10)
    assert stranger.result(20) == ["stranger"]


def test_max_time_finishes_the_running_job_and_drops_the_waiting_ones(slow_bench: Any, clock: Any) -> None:
    bench, session = slow_bench, Session(slow_bench.backend, max_time="1h", runtime=slow_bench.runtime)
    running, release = bench.occupy("first", session)
    waiting = [bench.run("a", session=session) for _ in range(2)]
    stranger = bench.run("stranger")
    clock.advance(3601)
    assert session.status() == "In progress, not accepting new jobs"
    with pytest.raises(SessionError, match=r"is closed: its max_time of 3600 s is over"):
        bench.run("b", session=session)
    release.set()
    assert running.result(20) == ["first"]
    assert stranger.result(20) == ["stranger"]
    for job in waiting:
        with pytest.raises(JobError, match=r"was cancelled before it started: .* its max_time of 3600 s is over"):
            job.result(20)
        assert job.status() is JobStatus.CANCELLED
    assert session.status() == "Closed"


def test_clock_of_max_time_starts_with_the_first_job_and_does_not_pause(slow_bench: Any, clock: Any) -> None:
    bench = slow_bench
    session = Session(bench.backend, max_time=600, interactive_ttl=10, runtime=bench.runtime)
    clock.advance(1000)
    bench.run("a", session=session).result(20)
    clock.advance(599)  # inactive for most of that
    assert bench.run("b", session=session).result(20) == ["b"]
    clock.advance(1)
    assert session.status() == "Closed"
    with pytest.raises(SessionError, match="max_time"):
        bench.run("c", session=session)


def test_session_that_expires_in_the_queue_tells_its_jobs(slow_bench: Any, clock: Any) -> None:
    bench = slow_bench
    session = Session(bench.backend, max_time=600, interactive_ttl=10, runtime=bench.runtime)
    bench.run("a", session=session).result(20)
    clock.advance(11)
    _running, release = bench.occupy("stranger")
    job = bench.run("b", session=session)
    clock.advance(600)
    release.set()
    with pytest.raises(JobError, match="max_time of 600 s is over"):
        job.result(20)
    assert bench.run("next").result(20) == ["next"]


def test_idle_session_ends_when_its_max_time_is_over(slow_bench: Any, clock: Any) -> None:
    session = Session(slow_bench.backend, max_time=30, interactive_ttl="1h", runtime=slow_bench.runtime)
    slow_bench.run("a", session=session).result(20)
    stranger = slow_bench.run("stranger")
    clock.advance(30)
    assert stranger.result(20) == ["stranger"]


def test_device_stays_open_while_a_session_holds_it(slow_bench: Any, clock: Any) -> None:
    session = Session(slow_bench.backend, interactive_ttl="1h", runtime=slow_bench.runtime)
    slow_bench.run("a", session=session).result(20)
    clock.advance(3000)
    slow_bench.run("b", session=session).result(20)
    assert slow_bench.backend.log.count("open") == 1


def test_session_outlives_a_lane_that_went_cold(slow_bench: Any, clock: Any) -> None:
    session = Session(slow_bench.backend, runtime=slow_bench.runtime)
    slow_bench.run("a", session=session).result(20)
    clock.advance(61)
    _until(lambda: session.details()["state"] == "inactive")
    clock.advance(61)
    _until(lambda: "close" in slow_bench.backend.log)
    assert slow_bench.run("b", session=session).result(20) == ["b"]
    session.close()
    _until(lambda: session.status() == "Closed")


def test_usage_tells_how_busy_the_device_was(slow_bench: Any, clock: Any) -> None:
    slow_bench.backend.clock, slow_bench.backend.execute_s = clock, 30.0
    session = Session(slow_bench.backend, runtime=slow_bench.runtime)
    slow_bench.run("a", session=session).result(20)
    clock.advance(30)
    slow_bench.run("a", session=session).result(20)
    usage = session.usage()
    assert (usage, usage.busy_s, usage.utilization) == (90, 60, pytest.approx(2 / 3))
    assert f"{usage:.0f}" == "90"
    assert Session(slow_bench.backend, runtime=slow_bench.runtime).usage().utilization == 0


def test_details_have_the_keys_of_the_ibm_client(slow_bench: Any, clock: Any) -> None:
    session = Session(slow_bench.backend, max_time="2h 30m", interactive_ttl=120, runtime=slow_bench.runtime)
    details = session.details()
    assert set(details) == {
        "id", "backend_name", "interactive_timeout", "max_time", "active_timeout", "state", "accepting_jobs",
        "last_job_started", "last_job_completed", "started_at", "closed_at", "activated_at", "mode",
        "usage_time", "timestamps",
    }  # fmt: skip
    assert (details["max_time"], details["interactive_timeout"], details["mode"]) == (9000, 120, "dedicated")
    assert (details["state"], details["activated_at"], details["closed_at"]) == ("open", None, None)
    clock.advance(5)
    slow_bench.run("a", session=session).result(20)
    details = session.details()
    assert details["state"] == "active"
    assert details["activated_at"] == details["last_job_started"] == details["last_job_completed"]
    assert details["activated_at"] == "2023-11-14T22:13:25+00:00"
    session.close()
    _until(lambda: session.details()["closed_at"] is not None)
    assert not session.details()["accepting_jobs"]


def test_create_new_false_joins_the_newest_open_session(slow_bench: Any, clock: Any) -> None:
    runtime, backend = slow_bench.runtime, slow_bench.backend
    with pytest.raises(SessionError, match="No session is open on 'bench' to be joined"):
        Session(backend, create_new=False, runtime=runtime)
    Session(backend, runtime=runtime)
    clock.advance(1)
    newer = Session(backend, runtime=runtime)
    assert Session(backend, create_new=False, runtime=runtime).session_id == newer.session_id
    with pytest.raises(SessionError, match="No batch is open"):
        Batch(backend, create_new=False, runtime=runtime)


def _until(claim: Any, timeout_s: float = 20.0) -> None:
    end_s = time.monotonic() + timeout_s
    while not claim():
        assert time.monotonic() < end_s
        time.sleep(0.002)
