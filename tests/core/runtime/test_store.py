# SPDX-License-Identifier: Apache-2.0
"""The store keeps what happened, whatever happens to it."""

from __future__ import annotations

import logging
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Annotation
from qiskit.primitives import DataBin, PrimitiveResult, PubResult

from feedline.errors import StoreError
from feedline.execution import Chunk
from feedline.runtime import codec, schema
from feedline.runtime.event import JobStatus
from feedline.runtime.record import StoredJob, fetch
from feedline.runtime.store import Store, default_store
from feedline.work import Inputs

CREATED_S = 1.7e9


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "data", idle_s=0.3)
    yield store
    store.close()


def bell() -> QuantumCircuit:
    circuit = QuantumCircuit(2, name="bell")
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure_all()
    return circuit


def some_result(value: float = 0.5, size: int = 1) -> PrimitiveResult[PubResult]:
    return PrimitiveResult([PubResult(DataBin(evs=np.full(size, value), shape=(size,)), {"shots": 10})])


def some_chunk(point: int) -> Chunk:
    return Chunk(execution=0, points=slice(point, point + 1), bits=np.full((1, 4, 1), point, dtype=np.uint8))


def create(store: Store, job_id: str, **changes: Any) -> None:
    given: dict[str, Any] = {
        "primitive": "sampler",
        "backend_name": "lab",
        "created_s": CREATED_S,
        "session_id": None,
        "tags": ["mine"],
        "options": {"default_shots": 10},
        "inputs": Inputs(
            circuits=[bell()], arrays={"values": np.arange(3.0)}, data={"pubs": [{"shots": 10}]}
        ),
    }
    store.create(job_id, *{**given, **changes}.values())


def finish(store: Store, job_id: str, result: Any) -> None:
    store.result(job_id, result)
    store.status(job_id, JobStatus.DONE, at_s=CREATED_S + 2, metrics={"execute_s": 1.5, "shots": 10})


def run(store: Store, job_id: str, **changes: Any) -> None:
    create(store, job_id, **changes)
    store.status(job_id, JobStatus.RUNNING, at_s=CREATED_S + 1)
    finish(store, job_id, some_result())


def job(store: Store, job_id: str) -> StoredJob:
    return StoredJob(store, fetch(store, job_id))


def count(store: Store, table: str) -> int:
    return int(store.read(f"SELECT count(*) FROM {table}")[0][0])


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


def test_nothing_is_touched_before_the_first_write(tmp_path: Path) -> None:
    store = Store(tmp_path / "data")
    store.flush()
    assert store.read("SELECT * FROM job") == []
    assert not (tmp_path / "data").exists()


def test_row_is_on_disk_when_create_returns(store: Store) -> None:
    create(store, "a")
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
    statements = []
    connection = store._database._open()
    connection.set_trace_callback(statements.append)
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


def test_job_deleted_while_it_runs_leaves_nothing_and_harms_nobody(store: Store) -> None:
    create(store, "a")
    store.delete("a")
    finish(store, "a", some_result())
    run(store, "b")
    assert [row[0] for row in store.read("SELECT id FROM job")] == ["b"]
    assert count(store, "result") == 1
    assert store.problem is None


def test_circuit_without_qpy_is_named_and_the_job_is_kept(store: Store) -> None:
    circuit = QuantumCircuit(1, name="odd")
    with circuit.box([Annotation()]):
        circuit.x(0)
    run(store, "a", inputs=Inputs(circuits=[bell(), circuit]))
    assert job(store, "a").result()[0].data.evs.tolist() == [0.5]
    with pytest.raises(StoreError, match="Job a: circuit 1 is not stored: 'odd' has no QPY"):
        _ = job(store, "a").inputs


def test_result_without_codec_is_said_and_other_jobs_are_stored(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    class Stubborn:
        def __repr__(self) -> str:
            raise ValueError("no words")

    create(store, "a")
    finish(store, "a", Stubborn())
    run(store, "b")
    assert job(store, "b").result()[0].data.evs.tolist() == [0.5]
    with pytest.raises(StoreError, match=r"Job a is done, but its result was not stored: .*no words"):
        job(store, "a").result()
    assert "register_codec" in caplog.text


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


def _fill(folder: str, name: str) -> None:
    store = Store(Path(folder))
    for index in range(40):
        run(store, f"{name}-{index}", inputs=Inputs(circuits=[bell()]))
    store.close()
    assert store.problem is None, store.problem


def test_several_processes_share_the_file(tmp_path: Path) -> None:
    script = "import sys; sys.path.insert(0, sys.argv[1]); import test_store; test_store._fill(*sys.argv[2:])"
    here = str(Path(__file__).parent)
    processes = [
        subprocess.Popen([sys.executable, "-c", script, here, str(tmp_path), name])
        for name in ("a", "b", "c")
    ]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    store = Store(tmp_path)
    assert store.read("SELECT count(*) FROM job WHERE status = 'DONE'")[0][0] == 120
    assert (count(store, "result"), count(store, "circuit")) == (120, 1)


def test_everything_is_written_at_exit(tmp_path: Path) -> None:
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); import test_store as t;"
        "from feedline.runtime.store import default_store; t.run(default_store(), 'a')"
    )
    environment = {**os.environ, "FEEDLINE_HOME": str(tmp_path)}
    here = str(Path(__file__).parent)
    subprocess.run([sys.executable, "-c", script, here], env=environment, check=True, timeout=60)
    assert job(Store(tmp_path), "a").result()[0].data.evs.tolist() == [0.5]
    assert not (tmp_path / "jobs.db-wal").exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_forked_child_stores_its_own(store: Store) -> None:
    create(store, "parents")
    script = (
        "import os, sys; sys.path.insert(0, sys.argv[1]); import test_store as t; from pathlib import Path;"
        "s = t.Store(Path(sys.argv[2])); t.create(s, 'before'); pid = os.fork();"
        "t.run(s, 'child' if pid == 0 else 'parent'); s.close();"
        "os._exit(0) if pid == 0 else sys.exit(os.waitpid(pid, 0)[1])"
    )
    here = str(Path(__file__).parent)
    subprocess.run([sys.executable, "-c", script, here, str(store.path.parent)], check=True, timeout=60)
    done = store.read("SELECT id FROM job WHERE status = 'DONE' ORDER BY id")
    assert [row[0] for row in done] == ["child", "parent"]


def test_full_disk_leaves_the_job_alone_and_is_said_once(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(schema, "SETTINGS", (*schema.SETTINGS, "PRAGMA max_page_count=40"))
    run(store, "small")
    for job_id in ("big", "bigger"):
        create(store, job_id)
        finish(store, job_id, some_result(size=100_000))
    store.flush()
    assert job(store, "small").result()[0].data.evs.tolist() == [0.5]
    with pytest.raises(StoreError, match=r"Job big is done, but its result was not stored: .*disk is full"):
        job(store, "big").result()
    assert job(store, "big").status() is JobStatus.DONE
    assert "database or disk is full" in str(store.problem)
    assert f"Free space on the disk that holds {store.path.parent}" in str(store.problem)
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert [record.name for record in warnings] == ["feedline.store"]
    assert warnings[0].getMessage().startswith("Job big runs on, but not all of it is stored.")


def test_job_is_stored_whole_once_there_is_room_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run(store, "first")
    store.flush()
    pages = store._database._open().execute("PRAGMA page_count").fetchone()[0]
    store._database._open().execute(f"PRAGMA max_page_count={pages}")
    create(store, "a", tags=["x" * 50_000])
    store.flush()
    assert "a" in store.lost
    store._database.close()
    finish(store, "a", some_result())
    assert job(store, "a").result()[0].data.evs.tolist() == [0.5]
    with pytest.raises(StoreError, match="Job a: its inputs were not stored"):
        _ = job(store, "a").inputs


def test_folder_that_cannot_be_made_leaves_the_job_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    store = Store(tmp_path / "file" / "data")
    run(store, "a")
    run(store, "b")
    store.flush()
    assert f"Make {tmp_path / 'file' / 'data'} a writable folder" in str(store.problem)
    assert list(store.lost) == ["a", "b"]
    assert len(caplog.records) == 1


@pytest.mark.parametrize("content", [b"no database at all, " * 100, b"SQLite format 3\0" + b"\xff" * 4096])
def test_corrupt_file_leaves_the_job_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "jobs.db").write_bytes(content)
    store = Store(tmp_path)
    run(store, "a")
    store.flush()
    assert f"Move {tmp_path / 'jobs.db'} away" in str(store.problem)
    with pytest.raises(StoreError, match=r"file is not a database|malformed"):
        store.read("SELECT * FROM job")
    (tmp_path / "jobs.db").rename(tmp_path / "old.db")
    run(store, "b")
    assert job(store, "b").done()
    store.close()


def test_file_that_is_moved_away_is_made_again(store: Store) -> None:
    run(store, "a")
    store.flush()
    for file in store.path.parent.iterdir():
        file.unlink()
    run(store, "b")
    assert [row[0] for row in store.read("SELECT id FROM job WHERE status = 'DONE'")] == ["b"]


def test_file_of_a_newer_version_is_refused_and_left_alone(store: Store) -> None:
    run(store, "a")
    store.close()
    with sqlite3.connect(store.path) as other:
        other.execute("PRAGMA user_version=7")
    other.close()
    run(store, "b")
    store.flush()
    assert "written by a newer Feedline: its schema is version 7, this one knows up to 1" in str(
        store.problem
    )
    with pytest.raises(StoreError, match="Upgrade feedline"):
        store.read("SELECT * FROM job")


def test_other_sqlite_file_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "jobs.db") as other:
        other.execute("CREATE TABLE mine (x)")
    other.close()
    store = Store(tmp_path)
    run(store, "a")
    store.flush()
    assert "is an SQLite file, but not a job store" in str(store.problem)


def test_another_process_that_holds_the_file_delays_but_loses_nothing(store: Store) -> None:
    run(store, "a")
    store.flush()
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    began_s = time.monotonic()
    run(store, "b")
    assert time.monotonic() - began_s < 2.0
    time.sleep(0.1)
    other.execute("COMMIT")
    other.close()
    assert job(store, "b").result()[0].data.evs.tolist() == [0.5]
    assert store.problem is None


def test_default_store_is_one_per_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEEDLINE_HOME", str(tmp_path / "one"))
    first = default_store()
    assert first is default_store()
    assert first.path == tmp_path / "one" / "jobs.db"
    monkeypatch.setenv("FEEDLINE_HOME", str(tmp_path / "two"))
    assert default_store() is not first
    monkeypatch.delenv("FEEDLINE_HOME")
    assert default_store().path.parts[-2:] == ("feedline", "jobs.db")


def test_small_job_costs_the_caller_little(store: Store) -> None:
    """Generous here, because the machine may be busy; the benchmarks hold the real figure."""
    inputs = Inputs(circuits=[bell()], arrays={"values": np.zeros(36)})
    result = some_result()
    took_s = []
    for index in range(200):
        began_s = time.perf_counter()
        store.create(f"{index}", "estimator", "null", CREATED_S, None, (), {}, inputs)
        store.status(f"{index}", JobStatus.RUNNING, at_s=CREATED_S)
        finish(store, f"{index}", result)
        took_s.append(time.perf_counter() - began_s)
    assert float(np.median(took_s)) < 1e-3
