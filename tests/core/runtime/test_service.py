# SPDX-License-Identifier: Apache-2.0
"""The service finds jobs of this and earlier processes, and backends."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qiskit.primitives import DataBin, PrimitiveResult, PubResult

import feedline
from feedline import RuntimeService, hookimpl
from feedline.errors import (
    CapabilityError,
    InputError,
    JobError,
    NotFoundError,
    PluginError,
    StoreError,
    WaitTimeoutError,
)
from feedline.plugin_host import PluginHost
from feedline.registry import BackendEntry
from feedline.runtime.event import JobStatus
from feedline.runtime.home import Owner, this_process
from feedline.runtime.record import StoredJob
from feedline.runtime.store import Store, default_store
from feedline.testing.ideal import IDEAL, IdealBackend
from feedline.work import Inputs

START_S = 1.7e9


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("FEEDLINE_HOME", str(tmp_path))
    yield default_store()
    default_store().close()


@pytest.fixture
def offer(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Offer backends through a plugin, in a host of the test's own."""

    def offer(**makers: Any) -> None:
        class Plugin:
            @hookimpl
            def feedline_register_backends(self, register: Callable[[BackendEntry], None]) -> None:
                for name, (make, extra) in makers.items():
                    register(BackendEntry(name=name, make=make, **extra))

        found = PluginHost()
        found.register(Plugin(), "tests")
        monkeypatch.setattr("feedline.front_door.host", lambda: found)

    return offer


def put(store: Store, job_id: str, status: str = "DONE", *, at: int = 0, **changes: Any) -> None:
    given = {"primitive": "sampler", "backend": "lab", "session": None, "tags": [], **changes}
    store.create(
        job_id,
        given["primitive"],
        given["backend"],
        START_S + at,
        given["session"],
        given["tags"],
        {},
        Inputs(),
    )
    if status == "DONE":
        store.result(job_id, PrimitiveResult([PubResult(DataBin(evs=np.array(1.0)))]))
    if status != "QUEUED":
        metrics = {"execute_s": 0.5, "shots": 100}
        store.status(job_id, status, at_s=START_S + at, error=None if status == "DONE" else "why", metrics=metrics)


def ids(*arguments: Any, **conditions: Any) -> str:
    return "".join(job.job_id() for job in RuntimeService().jobs(*arguments, **conditions))


def disown(store: Store, job_id: str, owner: Owner) -> None:
    """Have a job belong to another process."""
    store.flush()
    sql = "UPDATE job SET host = ?, pid = ?, born = ? WHERE id = ?"
    store._database.transact([(sql, (owner.host, owner.pid, owner.born, job_id))])


def test_url_is_refused_with_what_works() -> None:
    with pytest.raises(
        CapabilityError, match=r"lab:8000.*HTTP service is not part of this version.*\n.*RuntimeService\(\)"
    ):
        RuntimeService("http://lab:8000")


def test_no_store_means_no_jobs_and_none_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEEDLINE_HOME", str(tmp_path / "none"))
    service = RuntimeService()
    assert service.jobs() == []
    assert service.sessions() == []
    assert service.usage() == {"jobs": 0, "shots": 0, "execute_s": 0, "backends": {}}
    with pytest.raises(NotFoundError, match=r"Job 'a' is not in .*none"):
        service.job("a")
    assert not (tmp_path / "none").exists()


def test_jobs_fit_every_condition(store: Store) -> None:
    put(store, "a", at=0, backend="aer", tags=["x", "y"])
    put(store, "b", at=1, primitive="estimator", tags=["x"], session="s")
    put(store, "c", "RUNNING", at=2)
    put(store, "d", "QUEUED", at=3, backend="aer")
    put(store, "e", "ERROR", at=4)
    assert ids() == "edcba"
    assert ids(descending=False) == "abcde"
    assert ids(2) == "ed"
    assert ids(2, 1) == "dc"
    assert ids(None, 3) == "ba"
    assert ids(backend_name="aer") == "da"
    assert ids(pending=True) == "dc"
    assert ids(pending=False) == "eba"
    assert ids(primitive="estimator") == ids(program_id="estimator") == "b"
    assert ids(job_tags=["x"]) == ids(job_tags="x") == "ba"
    assert ids(job_tags=["x", "y"]) == "a"
    assert ids(session_id="s") == "b"
    assert ids(created_after=datetime.fromtimestamp(START_S + 3, UTC)) == "ed"
    assert ids(created_before=datetime.fromtimestamp(START_S + 1)) == "ba"
    assert ids(backend_name="aer", pending=True) == "d"


def test_jobs_are_listed_ten_at_a_time(store: Store) -> None:
    for index in range(12):
        put(store, f"{index:02}", at=index)
    assert len(RuntimeService().jobs()) == 10
    assert len(RuntimeService().jobs(limit=None)) == 12
    with pytest.raises(InputError, match=r"jobs\(\): limit is -1\."):
        RuntimeService().jobs(limit=-1)


def test_job_is_found_by_the_beginning_of_its_id(store: Store) -> None:
    put(store, "abc1")
    put(store, "abd2")
    put(store, "ab")
    service = RuntimeService()
    assert service.job("abc").job_id() == "abc1"
    assert service.job("ab").job_id() == "ab"
    with pytest.raises(NotFoundError, match=r"Job 'a' may be any of 3: abc1, abd2, ab\.\n.*Give more of its id"):
        service.job("a")
    with pytest.raises(NotFoundError, match=r"Job 'xbc1' is not in .*\n.*Did you mean 'abc1'\?"):
        service.job("xbc1")
    with pytest.raises(NotFoundError, match="Job '' is not in"):
        service.job("")


def test_deleted_job_is_gone_and_a_pending_one_is_kept(store: Store) -> None:
    put(store, "a")
    put(store, "b", "RUNNING")
    RuntimeService().delete_job("a")
    assert ids() == "b"
    with pytest.raises(JobError, match=r"Job b is RUNNING and cannot be deleted\.\n.*cancel"):
        RuntimeService().delete_job("b")


def test_job_whose_process_is_gone_is_interrupted(store: Store) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    here = this_process()
    for job_id, owner in {
        "dead": Owner(here.host, gone.pid, "then"),
        "reborn": Owner(here.host, here.pid, "earlier boot:1"),
        "mine": here,
        "far": Owner("elsewhere", gone.pid, "then"),
    }.items():
        put(store, job_id, "RUNNING")
        disown(store, job_id, owner)
    status = {job.job_id(): str(job.status()) for job in RuntimeService().jobs()}
    assert status == {"dead": "INTERRUPTED", "reborn": "INTERRUPTED", "mine": "RUNNING", "far": "RUNNING"}
    with pytest.raises(JobError, match=rf"Job dead on 'lab' is INTERRUPTED: The process.*pid {gone.pid}.*\n.*partial"):
        RuntimeService().job("dead").result()
    RuntimeService().delete_job("dead")


def test_job_of_another_live_process_is_waited_for_and_not_cancelled(store: Store) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        put(store, "a", "RUNNING")
        disown(store, "a", Owner(this_process().host, other.pid, ""))
        job = RuntimeService().job("a")
        assert isinstance(job, StoredJob)
        with pytest.raises(WaitTimeoutError, match=rf"Waited 0.1 s for job a, which is RUNNING in process {other.pid}"):
            job.result(timeout=0.1)
        with pytest.raises(JobError, match=rf"only that process can cancel it\.\n.*kill {other.pid}"):
            job.cancel()
        assert job.running()
        assert store.read("PRAGMA user_version")[0][0] == 1
        store.result("a", "finished over there")
        store.status("a", "DONE", at_s=START_S)
        assert job.result(timeout=10) == "finished over there"
        other.communicate(b"\n")


def test_owner_without_proc_is_told_by_its_number() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    host = this_process().host
    assert Owner(host, gone.pid, "").is_gone
    assert not Owner(host, 1, "").is_gone
    assert not this_process().is_gone


def test_job_that_could_not_be_stored_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("FEEDLINE_HOME", str(tmp_path / "file"))
    put(default_store(), "a")
    with pytest.raises(StoreError, match=r"Job a ran, but was not stored\. .*\n.*Make .*file a writable folder"):
        RuntimeService().job("a")


def test_sessions_are_listed_latest_first(store: Store) -> None:
    store.session({"id": "s1", "state": "open"})
    store.flush()
    store.session({"id": "s2", "state": "open"})
    assert [session["id"] for session in RuntimeService().sessions()] == ["s2", "s1"]


def test_usage_adds_up(store: Store) -> None:
    put(store, "a", backend="aer")
    put(store, "b", backend="aer")
    put(store, "c", "QUEUED")
    assert RuntimeService().usage() == {
        "jobs": 3,
        "shots": 200,
        "execute_s": 1.0,
        "backends": {
            "aer": {"jobs": 2, "shots": 200, "execute_s": 1.0},
            "lab": {"jobs": 1, "shots": 0, "execute_s": 0.0},
        },
    }


def test_live_job_is_the_job_itself(store: Store) -> None:
    from qiskit import QuantumCircuit

    circuit = QuantumCircuit(1)
    circuit.measure_all()
    job = feedline.Sampler(IdealBackend()).run([circuit], shots=10)
    job.result(timeout=30)
    assert RuntimeService().job(job.job_id()) is job
    assert RuntimeService().jobs() == [job]
    job_id = job.job_id()
    counts = job.result()[0].counts()
    del job
    stored = RuntimeService().job(job_id)
    assert isinstance(stored, StoredJob)
    assert stored.result()[0].counts() == counts == {"0": 10}
    assert stored.inputs.circuits[0] == circuit
    assert stored.metrics()["shots"] == 10


def named(name: str, num_qubits: int, capabilities: Any = IDEAL) -> tuple[Callable[[str], Any], dict[str, Any]]:
    def make(_argument: str) -> IdealBackend:
        backend = IdealBackend(num_qubits, capabilities=capabilities)
        backend.name = name
        return backend

    return make, {}


def test_backends_that_can_be_made_are_listed(offer: Callable[..., None], caplog: pytest.LogCaptureFixture) -> None:
    def broken(_argument: str) -> IdealBackend:
        raise PluginError("Backend 'broken' is broken.", remedy="Mend it.")

    import attrs

    dynamic = attrs.evolve(IDEAL, control_flow={"if_else"})
    offer(
        small=named("small", 2),
        large=named("large", 5, dynamic),
        filed=(named("filed", 2)[0], {"argument": "FILE"}),
        lacking=(named("lacking", 2)[0], {"extra": "none", "modules": ("no_such_module",)}),
        broken=(broken, {}),
    )

    def names(**conditions: Any) -> list[str]:
        return [str(backend.name) for backend in RuntimeService().backends(**conditions)]

    assert names() == ["small", "large"]
    assert "Backend 'broken' is left out: Backend 'broken' is broken." in caplog.text
    assert names(name="large") == ["large"]
    assert names(min_num_qubits=3) == ["large"]
    assert names(dynamic_circuits=True) == ["large"]
    assert names(dynamic_circuits=False) == ["small"]
    assert names(filters=lambda backend: backend.num_qubits < 3) == ["small"]
    assert RuntimeService().backend("small").num_qubits == 2


def test_least_busy_has_the_fewest_jobs_waiting(store: Store, offer: Callable[..., None]) -> None:
    offer(one=named("one", 2), two=named("two", 3), three=named("three", 5))
    service = RuntimeService()
    assert service.least_busy().name == "one"
    put(store, "a", "RUNNING", backend="one")
    put(store, "b", "QUEUED", backend="one")
    put(store, "c", "QUEUED", backend="two")
    put(store, "d", "DONE", backend="three")
    assert service.least_busy().name == "three"
    assert service.least_busy(filters=lambda backend: backend.name != "three").name == "two"
    with pytest.raises(NotFoundError, match=r"no backend with 9 qubits or more fits\.\n.*feedline backends"):
        service.least_busy(min_num_qubits=9)


def test_status_of_a_stored_job_is_the_runtimes_word(store: Store) -> None:
    put(store, "a", "CANCELLED")
    job = RuntimeService().job("a")
    assert job.status() is JobStatus.CANCELLED
    assert (job.cancelled(), job.done(), job.running(), job.errored()) == (True, False, False, False)
