# SPDX-License-Identifier: Apache-2.0
"""Whatever happens to the store, the job runs on and somebody is told."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Annotation

from feedline.errors import StoreError
from feedline.runtime import schema
from feedline.runtime.event import JobStatus
from feedline.runtime.store import Store
from feedline.work import Inputs

from .stored import bell, count, create, finish, job, run, some_result


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "data", idle_s=0.3)
    yield store
    store.close()


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


def test_result_without_codec_is_said_and_other_jobs_are_stored(store: Store, caplog: pytest.LogCaptureFixture) -> None:
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


def test_folder_that_cannot_be_made_leaves_the_job_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("in the way")
    store = Store(tmp_path / "file" / "data")
    run(store, "a")
    run(store, "b")
    store.flush()
    assert f"Make {tmp_path / 'file' / 'data'} a writable folder" in str(store.problem)
    assert list(store.lost) == ["a", "b"]
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    "content", [b"no database at all, " * 100, b"SQLite format 3\0" + b"\xff" * 4096], ids=["text", "torn"]
)
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
    assert "written by a newer Feedline: its schema is version 7, this one knows up to 1" in str(store.problem)
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
