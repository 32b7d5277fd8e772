# SPDX-License-Identifier: Apache-2.0
"""Whatever users do in whatever order: every job gets a final status, and the lane stays usable."""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedline.errors import SessionError
from feedline.runtime.clock import FakeClock
from feedline.runtime.event import JobStatus
from feedline.runtime.session import Batch, Session

CIRCUITS = ("good", "fine", "raises", "short", "bad")
STEP = st.one_of(
    st.tuples(st.just("submit"), st.sampled_from(CIRCUITS), st.integers(-1, 2)),
    st.tuples(st.just("cancel"), st.integers(0, 20), st.none()),
    st.tuples(st.just("open"), st.sampled_from([Session, Batch]), st.sampled_from([None, 100])),
    st.tuples(st.just("close"), st.integers(0, 2), st.none()),
    st.tuples(st.just("drop"), st.integers(0, 2), st.none()),
    st.tuples(st.just("advance"), st.sampled_from([1, 59, 61, 200]), st.none()),
    st.tuples(st.just("settle"), st.integers(0, 20), st.none()),
)


class _User:
    """Does one step after another, and remembers what it has."""

    def __init__(self, bench: Any, clock: FakeClock) -> None:
        self.bench = bench
        self.clock = clock
        self.jobs: list[Any] = []
        self.sessions: list[Session] = []
        bench.backend.acts |= {"raises": _raises, "short": _short, "bad": _bad}

    def do(self, verb: str, what: Any, more: Any) -> None:
        if verb == "submit":
            session = self.sessions[more % len(self.sessions)] if more >= 0 and self.sessions else None
            with contextlib.suppress(SessionError):  # it may be closed by now
                self.jobs.append(self.bench.run(what, session=session))
        elif verb == "open":
            kind, runtime = what, self.bench.runtime
            self.sessions.append(kind(self.bench.backend, max_time=more, interactive_ttl=60, runtime=runtime))
        elif verb == "advance":
            self.clock.advance(what)
        elif verb in ("close", "drop") and self.sessions:
            session = self.sessions[what % len(self.sessions)]
            session.close() if verb == "close" else session.cancel()
        elif verb == "cancel" and self.jobs:
            self.jobs[what % len(self.jobs)].cancel()
        elif verb == "settle" and self.jobs:
            job = self.jobs[what % len(self.jobs)]
            if job.session_id is None and not self.sessions:
                job.wait_for_final_state(20)

    def check(self) -> None:
        for session in self.sessions:
            session.close()
        for job in self.jobs:
            job.wait_for_final_state(20)
            assert job.status() in (JobStatus.DONE, JobStatus.CANCELLED, JobStatus.ERROR)
            assert job.done() == (job.error_message() is None)
            list(job.stream(20))
        assert self.bench.run("good").result(20) == ["good"]
        assert {session.status() for session in self.sessions} <= {"Closed"}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, max_size=25))
def test_any_sequence_of_steps_leaves_every_job_final(make_bench: Callable[..., Any], steps: list[Any]) -> None:
    clock = FakeClock()
    bench = make_bench(clock=clock)
    user = _User(bench, clock)
    for step in steps:
        user.do(*step)
    user.check()
    assert bench.runtime.shutdown(timeout=20)


def test_many_users_at_once_leave_every_job_final(make_bench: Callable[..., Any]) -> None:
    bench = make_bench()
    users = [_User(bench, FakeClock()) for _ in range(6)]
    failures: list[BaseException] = []

    def work(user: _User, seed: int) -> None:
        rng = random.Random(seed)
        verbs = ["submit"] * 8 + ["cancel"] * 3 + ["open", "close", "drop"]
        try:
            for _ in range(120):
                verb = rng.choice(verbs)
                if verb == "open":
                    user.do(verb, rng.choice([Session, Batch]), None)
                elif verb == "submit":
                    user.do(verb, rng.choice(CIRCUITS), rng.randrange(-1, 3))
                else:
                    user.do(verb, rng.randrange(20), None)
            for session in user.sessions:
                session.close()
        except BaseException as error:  # noqa: BLE001 - the test fails with whatever it is
            failures.append(error)

    threads = [threading.Thread(target=work, args=(user, seed)) for seed, user in enumerate(users)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    for user in users:
        user.check()
    assert sum(len(user.jobs) for user in users) > 200


def test_job_cancelled_at_any_moment_never_hurts_its_neighbour(make_bench: Callable[..., Any]) -> None:
    bench = make_bench()
    rng = random.Random(7)
    for _ in range(300):
        victim, neighbour = bench.run("good", "fine"), bench.run("fine")
        threading.Event().wait(rng.random() * 4e-4)
        victim.cancel()
        assert neighbour.result(20) == ["fine"]
        victim.wait_for_final_state(20)
        assert victim.status() in (JobStatus.DONE, JobStatus.CANCELLED)


def _raises(device: Any, index: int, execution: Any) -> Iterator[Any]:
    raise OSError("tripped")
    yield


def _short(device: Any, index: int, execution: Any) -> Iterator[Any]:
    return iter(())


def _bad(device: Any, index: int, execution: Any) -> Iterator[Any]:
    yield "no chunk"
