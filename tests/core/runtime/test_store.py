# SPDX-License-Identifier: Apache-2.0
"""The store keeps what happened, whatever happens to it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from qiskit import QuantumCircuit

from feedline.execution import Chunk
from feedline.runtime import codec
from feedline.runtime.event import JobStatus
from feedline.runtime.store import Store, default_store
from feedline.work import Inputs

from .stored import CREATED_S, bell, count, create, finish, job, run, some_chunk, some_result


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "data", idle_s=0.3)
    yield store
    store.close()


def test_job_comes_back_whole(store: Store) -> None:
    run(store, "a")
    store.close()
    back = job(Store(store.path.parent), "a")
    assert (back.status(), back.done(), back.in_final_state()) == (JobStatus.DONE, True, True)
    assert back.result()[0].data.evs.tolist() == [0.5]
    assert back.inputs.circuits == [bell()]
    assert back.inputs.arrays["values"].tolist() == [0.0, 1.0, 2.0]
    assert back.inputs.data == {"pubs": [{"shots": 10}]}
    assert back.options == {"default_shots": 10}
    assert back.metrics()["shots"] == 10
    assert back.usage() == 1.5
    assert (back.tags, back.primitive, back.backend_name, back.session_id) == (
        ["mine"],
        "sampler",
        "lab",
        None,
    )
    assert back.creation_date.timestamp() == CREATED_S
    assert back.error_message() is None
    assert back.cancel() is False
    assert [part.pub for part in back.partial() if not isinstance(part, Chunk)] == [0]


def test_what_the_user_changes_afterwards_is_stored_as_it_was(store: Store) -> None:
    values, result = np.zeros(3), some_result()
    create(store, "a", inputs=Inputs(arrays={"values": values}))
    finish(store, "a", result)
    values += 1
    result[0].data.evs[...] = 7
    result.metadata["more"] = 1
    assert job(store, "a").inputs.arrays["values"].tolist() == [0.0] * 3
    assert job(store, "a").result()[0].data.evs.tolist() == [0.5]
    assert job(store, "a").result().metadata == {}


def test_nothing_is_touched_before_the_first_write(tmp_path: Path) -> None:
    store = Store(tmp_path / "data")
    store.flush()
    assert store.read("SELECT * FROM job") == []
    assert not (tmp_path / "data").exists()


def test_row_is_on_disk_soon_after_create(store: Store) -> None:
    """Within some tens of milliseconds; 5 s is for a machine that is busy with something else."""
    create(store, "a")
    until_s = time.monotonic() + 5
    while not store.path.exists() and time.monotonic() < until_s:
        time.sleep(0.01)
    store.flush()
    with sqlite3.connect(store.path) as other:
        assert other.execute("SELECT status, pid FROM job").fetchall() == [("QUEUED", os.getpid())]
    other.close()


def test_job_is_never_done_on_disk_before_its_result(store: Store) -> None:
    create(store, "a")
    store.status("a", JobStatus.DONE, at_s=CREATED_S)
    store.flush()
    assert store.read("SELECT status FROM job")[0][0] == "QUEUED"
    store.result("a", some_result())
    store.flush()
    assert store.read("SELECT status FROM job")[0][0] == "DONE"
    assert job(store, "a").result()[0].data.evs.tolist() == [0.5]


def test_parts_are_read_while_it_runs_and_go_with_the_result(store: Store) -> None:
    create(store, "a")
    store.chunk("a", 2, some_chunk(0))
    store.flush()
    store.chunk("a", 2, some_chunk(1))
    store.pub("a", 0, some_result()[0])
    first, second, pub = job(store, "a").partial()
    assert isinstance(first, Chunk)
    assert isinstance(second, Chunk)
    assert (first.execution, first.points, second.points) == (2, slice(0, 1), slice(1, 2))
    assert second.bits is not None
    assert second.bits.tolist() == [[[1]] * 4]
    assert not isinstance(pub, Chunk)
    assert (pub.pub, pub.result.data.evs.tolist()) == (0, [0.5])
    assert count(store, "part") == 2
    finish(store, "a", some_result())
    assert count(store, "part") == 0


def test_parts_of_a_short_job_are_never_written(store: Store) -> None:
    create(store, "a")
    store.flush()  # opens the file
    statements: list[str] = []
    with store._writer._draining:  # all of it comes before the writer looks again
        store._database._open().set_trace_callback(statements.append)
        store.chunk("a", 0, some_chunk(0))
        store.pub("a", 0, some_result()[0])
        finish(store, "a", some_result())
    store.flush()
    assert any("INTO result" in statement for statement in statements)
    assert not any("part" in statement for statement in statements)


def test_failed_job_keeps_its_error_and_its_parts(store: Store) -> None:
    create(store, "a")
    store.chunk("a", 0, some_chunk(0))
    store.status("a", JobStatus.ERROR, at_s=CREATED_S, error="Provider 'x' raised.\n  -> Report it.")
    back = job(store, "a")
    assert back.errored()
    assert back.error_message() == "Provider 'x' raised.\n  -> Report it."
    assert len(back.partial()) == 1
    with pytest.raises(Exception, match=r"Job a on 'lab' is ERROR: Provider 'x' raised\.\n  -> Report it\."):
        back.result()


def test_same_circuit_is_dumped_and_stored_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    dumped = []
    monkeypatch.setattr(
        "feedline.runtime.ledger.save_circuit",
        lambda circuit: dumped.append(circuit) or codec.save_circuit(circuit),  # type: ignore[func-returns-value]
    )
    circuit = bell()
    for job_id in "abc":
        run(store, job_id, inputs=Inputs(circuits=[circuit, circuit]))
        store.flush()
    assert (len(dumped), count(store, "circuit"), count(store, "job_circuit")) == (1, 1, 6)
    run(store, "d", inputs=Inputs(circuits=[circuit.copy()]))
    assert (count(store, "circuit"), len(dumped)) == (1, 2)


def test_circuit_that_went_with_a_deleted_job_is_stored_again(store: Store) -> None:
    circuit, other = bell(), QuantumCircuit(1)
    run(store, "a", inputs=Inputs(circuits=[circuit]))
    run(store, "b", inputs=Inputs(circuits=[other]))
    store.flush()
    Store(store.path.parent).delete("a")
    assert (count(store, "circuit"), count(store, "job"), count(store, "result")) == (1, 1, 1)
    run(store, "c", inputs=Inputs(circuits=[circuit, other]))
    assert job(store, "c").inputs.circuits == [circuit, other]
    assert store.problem is None


def test_session_details_are_kept_latest_last(store: Store) -> None:
    store.session({"id": "s", "state": "open"})
    store.session({"id": "s", "state": "closed"})
    rows = store.read("SELECT id, details FROM session")
    assert [(row[0], codec.decode(row[1])["state"]) for row in rows] == [("s", "closed")]


def test_tags_are_replaced(store: Store) -> None:
    run(store, "a")
    assert job(store, "a").update_tags(["new", "er"]) == ["new", "er"]
    assert job(store, "a").tags == ["new", "er"]


def test_writer_ends_and_lets_go_of_the_file_when_idle(store: Store) -> None:
    run(store, "a")
    deadline_s = time.monotonic() + 10
    while store._writer._thread is not None or store._database._connection is not None:
        assert time.monotonic() < deadline_s, "the writer lingers"
        time.sleep(0.02)
    assert not store.path.with_name("jobs.db-wal").exists()
    run(store, "b")
    assert count(store, "result") == 2


def test_many_threads_lose_nothing(store: Store) -> None:
    def work(name: int) -> None:
        for index in range(25):
            run(store, f"{name}-{index}", inputs=Inputs())

    threads = [threading.Thread(target=work, args=(name,)) for name in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (count(store, "job"), count(store, "result"), store.problem) == (150, 150, None)
    assert store.read("SELECT count(*) FROM job WHERE status = 'DONE'")[0][0] == 150


def test_several_processes_share_the_file(tmp_path: Path) -> None:
    script = "import sys; sys.path.insert(0, sys.argv[1]); import stored; stored.fill(*sys.argv[2:])"
    here = str(Path(__file__).parent)
    processes = [
        subprocess.Popen([sys.executable, "-c", script, here, str(tmp_path), name]) for name in ("a", "b", "c")
    ]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    store = Store(tmp_path)
    assert store.read("SELECT count(*) FROM job WHERE status = 'DONE'")[0][0] == 120
    assert (count(store, "result"), count(store, "circuit")) == (120, 1)


def test_everything_is_written_at_exit(tmp_path: Path) -> None:
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); import stored as t;"
        "from feedline.runtime.store import default_store; t.run(default_store(), 'a')"
    )
    environment = {**os.environ, "FEEDLINE_HOME": str(tmp_path)}
    here = str(Path(__file__).parent)
    subprocess.run([sys.executable, "-c", script, here], env=environment, check=True, timeout=60)
    assert job(Store(tmp_path), "a").result()[0].data.evs.tolist() == [0.5]
    assert not (tmp_path / "jobs.db-wal").exists()


def test_what_comes_later_than_the_stores_exit_is_written_too(tmp_path: Path) -> None:
    script = (
        "import atexit, sys; sys.path.insert(0, sys.argv[1]); import stored as t;"
        "from feedline.runtime.store import default_store as s; t.bell().depth();"
        "atexit.register(lambda: t.finish(s(), 'a', t.some_result())); t.create(s(), 'a')"
    )
    environment = {**os.environ, "FEEDLINE_HOME": str(tmp_path)}
    here = str(Path(__file__).parent)
    subprocess.run([sys.executable, "-c", script, here], env=environment, check=True, timeout=60)
    assert job(Store(tmp_path), "a").done()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_forked_child_stores_its_own(store: Store) -> None:
    create(store, "parents")
    script = (
        "import os, sys; sys.path.insert(0, sys.argv[1]); import stored as t; from pathlib import Path;"
        "s = t.Store(Path(sys.argv[2])); t.create(s, 'before'); pid = os.fork();"
        "t.run(s, 'child' if pid == 0 else 'parent'); s.close();"
        "os._exit(0) if pid == 0 else sys.exit(os.waitpid(pid, 0)[1])"
    )
    here = str(Path(__file__).parent)
    subprocess.run([sys.executable, "-c", script, here, str(store.path.parent)], check=True, timeout=60)
    done = store.read("SELECT id FROM job WHERE status = 'DONE' ORDER BY id")
    assert [row[0] for row in done] == ["child", "parent"]


def test_default_store_is_one_per_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEEDLINE_HOME", str(tmp_path / "one"))
    first = default_store()
    assert first is default_store()
    assert first.path == tmp_path / "one" / "jobs.db"
    monkeypatch.setenv("FEEDLINE_HOME", str(tmp_path / "two"))
    assert default_store() is not first
    monkeypatch.delenv("FEEDLINE_HOME")
    assert default_store().path.parts[-2:] == ("feedline", "jobs.db")


def test_store_that_cannot_be_written_is_still_read(tmp_path: Path) -> None:
    """A read-only bind mount needs root; a copy without its log, opened as it lies, needs none."""
    store = Store(tmp_path)
    create(store, "a")
    store.result("a", some_result())
    store.status("a", JobStatus.DONE, at_s=CREATED_S)
    store.close()
    rows = store._database._read_as_it_lies("SELECT id, status FROM job", ())
    assert [tuple(row) for row in rows] == [("a", "DONE")]
