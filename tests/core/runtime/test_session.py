# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import contextlib
import threading
import time
from typing import Any

import pytest

from feedline.errors import InputError, JobError, NotFoundError, SessionError
from feedline.runtime.event import JobStatus
from feedline.runtime.session import Batch, Session


def test_next_job_of_a_session_goes_before_an_earlier_stranger(bench: Any) -> None:
    session = Session(bench.backend, runtime=bench.runtime)
    first, release = bench.occupy("first", session)
    stranger = bench.run("stranger")
    second = bench.run("second", session=session)
    release.set()
    assert (first.result(20), second.result(20)) == (["first"], ["second"])
    assert stranger.status() is JobStatus.QUEUED
    third = bench.run("third", session=session)  # submitted when the device had nothing else to do
    assert third.result(20) == ["third"]
    session.close()
    assert stranger.result(20) == ["stranger"]
    assert bench.backend.executed() == ["first", "second", "third", "stranger"]


def test_session_waits_for_its_turn_like_everybody_else(bench: Any) -> None:
    _running, release = bench.occupy()
    stranger = bench.run("stranger")
    session = Session(bench.backend, runtime=bench.runtime)
    job = bench.run("mine", session=session)
    assert session.status() == "Pending"
    release.set()
    assert (stranger.result(20), job.result(20)) == (["stranger"], ["mine"])
    assert bench.backend.executed() == ["first", "stranger", "mine"]


def test_two_sessions_take_turns_as_wholes(bench: Any) -> None:
    one, two = (Session(bench.backend, runtime=bench.runtime) for _ in range(2))
    _first, release = bench.occupy("one-1", one)
    later = [bench.run(name, session=session) for name, session in (("two-1", two), ("one-2", one), ("two-2", two))]
    release.set()
    later[1].result(20)
    one.close()
    two.close()
    for job in later:
        job.result(20)
    assert bench.backend.executed() == ["one-1", "one-2", "two-1", "two-2"]


def test_job_of_a_session_knows_it(bench: Any) -> None:
    with Session(bench.backend, runtime=bench.runtime) as session:
        job = bench.run("a", session=session)
        assert job.session_id == session.session_id
        assert job.result(20) == ["a"]


def test_close_drains(bench: Any) -> None:
    session = Session(bench.backend, runtime=bench.runtime)
    _first, release = bench.occupy("first", session)
    waiting = bench.run("a", session=session)
    session.close()
    assert session.status() == "In progress, not accepting new jobs"
    with pytest.raises(
        SessionError, match=rf"The session {session.session_id} on 'bench' is closed: close\(\) was called"
    ):
        bench.run("b", session=session)
    release.set()
    assert waiting.result(20) == ["a"]
    _until(lambda: session.status() == "Closed")


def test_closing_an_idle_session_ends_it_at_once(bench: Any) -> None:
    with Session(bench.backend, runtime=bench.runtime) as session:
        bench.run("a", session=session).result(20)
    details = session.details()
    assert session.status() == "Closed"
    assert details["closed_at"] is not None
    assert details["timestamps"][0]["released"] is not None
    assert bench.run("b").result(20) == ["b"]


def test_cancel_drops_what_waits_and_aborts_what_runs(bench: Any) -> None:
    session = Session(bench.backend, runtime=bench.runtime)
    running, _release = bench.occupy("first", session)
    waiting = bench.run("a", session=session)
    stranger = bench.run("stranger")
    session.cancel()
    assert stranger.result(20) == ["stranger"]
    assert (running.status(), waiting.status()) == (JobStatus.CANCELLED, JobStatus.CANCELLED)
    with pytest.raises(JobError, match=r"was cancelled before it started: cancel\(\) was called"):
        waiting.result()
    with pytest.raises(JobError, match=r"was cancelled while it ran: cancel\(\) was called"):
        running.result()
    assert session.status() == "Closed"
    with pytest.raises(SessionError, match=r"cancel\(\) was called\.\n  -> Open a new one: Session\(backend\)"):
        bench.run("b", session=session)


def test_cancelled_session_that_was_still_waiting_leaves_the_queue(bench: Any) -> None:
    _running, release = bench.occupy()
    session = Session(bench.backend, runtime=bench.runtime)
    job = bench.run("a", session=session)
    session.cancel()
    assert session.status() == "Closed"
    assert job.cancelled()
    release.set()
    assert bench.run("b").result(20) == ["b"]
    assert bench.backend.executed() == ["first", "b"]


def test_cancelling_the_only_job_of_a_session_lets_others_pass_and_the_session_live(bench: Any) -> None:
    _running, release = bench.occupy()
    session = Session(bench.backend, runtime=bench.runtime)
    bench.run("a", session=session).cancel()
    stranger = bench.run("stranger")
    job = bench.run("b", session=session)
    release.set()
    assert (stranger.result(20), job.result(20)) == (["stranger"], ["b"])


def test_leaving_the_block_closes_and_ctrl_c_cancels(bench: Any) -> None:
    jobs: list[Any] = []

    def use(error: type[BaseException]) -> Session:
        session = Session(bench.backend, runtime=bench.runtime)
        with contextlib.suppress(error), session:
            jobs.append(bench.occupy(error.__name__, session))
            raise error
        return session

    closed = use(ZeroDivisionError)
    assert closed.status() == "In progress, not accepting new jobs"
    jobs[0][1].set()
    assert jobs[0][0].result(20) == ["ZeroDivisionError"]
    use(KeyboardInterrupt)
    jobs[1][0].wait_for_final_state(20)
    assert jobs[1][0].cancelled()


def test_from_id_finds_an_open_session_of_its_kind(bench: Any) -> None:
    session = Batch(bench.backend, runtime=bench.runtime)
    found = Session.from_id(session.session_id, runtime=bench.runtime)
    assert type(found) is Batch
    assert bench.run("a", session=found).session_id == session.session_id
    found.close()
    _until(lambda: session.status() == "Closed")
    with pytest.raises(NotFoundError, match=f"no open session '{session.session_id}' in this process"):
        Session.from_id(session.session_id, runtime=bench.runtime)


def test_job_for_another_device_is_refused_by_name(bench: Any, make_backend: Any) -> None:
    session = Session(bench.backend, runtime=bench.runtime)
    with pytest.raises(SessionError, match="is on 'bench', the job is for 'elsewhere'"):
        bench.run("a", session=session, backend=make_backend("elsewhere"))


@pytest.mark.parametrize("limits", [{"max_time": "soon"}, {"interactive_ttl": 0}, {"max_time": -1}])
def test_limits_that_are_no_durations_are_refused(bench: Any, limits: dict[str, Any]) -> None:
    (name,) = limits
    with pytest.raises(InputError, match=rf"{name} is .*, which is no duration"):
        Session(bench.backend, runtime=bench.runtime, **limits)


def test_constructing_a_session_starts_nothing(bench: Any) -> None:
    threads = threading.active_count()
    session = Session(bench.backend, runtime=bench.runtime)
    assert repr(session) == f"<Session {session.session_id} on 'bench', Pending>"
    session.close()
    assert session.status() == "Closed"
    assert threading.active_count() == threads
    assert bench.backend.log == []


def test_failed_job_does_not_end_the_session(bench: Any) -> None:
    bench.backend.open_error = OSError("switched off")
    with Session(bench.backend, runtime=bench.runtime) as session:
        bench.run("a", session=session).wait_for_final_state(20)
        bench.backend.open_error = None
        assert bench.run("b", session=session).result(20) == ["b"]


def _until(claim: Any, timeout_s: float = 20.0) -> None:
    end_s = time.monotonic() + timeout_s
    while not claim():
        assert time.monotonic() < end_s
        time.sleep(0.002)
