# SPDX-License-Identifier: Apache-2.0
"""The job store: what was asked, what came back, on disk, whatever happens to the process.

Nothing here raises into a running job or keeps it waiting: all goes to the writer, which groups what
comes within some tens of milliseconds, or within a second while writing takes long. `Store.problem`
says what could not be stored.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import logging
import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from feedline.errors import FeedlineError, StoreError

from .codec import pack
from .database import Database
from .event import FINAL
from .home import Owner, home, this_process
from .ledger import Ledger
from .schema import FILE, explain
from .writer import IDLE_S, Item, Writer

if TYPE_CHECKING:
    from feedline.execution import Chunk
    from feedline.work import Inputs

log = logging.getLogger("feedline.store")

BACKLOG_BYTES = 256_000_000
"""Partial results that may wait for the disk; what is beyond is left to the final result."""

_REMEMBERED = 1000
_INTERRUPTED = (
    "The process that ran it (pid {pid} on {host}) ended before the job did.\n"
    "  -> Read what had arrived with partial(); run it again if the rest is needed."
)


class Store:
    """The jobs below one folder; several processes may share it.

    Constructing one touches nothing: the folder, the file and the writer's thread come with the
    first write, thread and file are let go when there is nothing to do.

    Args:
        folder: Where the file is, see `feedline.runtime.home.home`. Not on a network drive.
        idle_s: After how long without news the thread and the file are let go.
    """

    def __init__(self, folder: Path, *, idle_s: float = IDLE_S) -> None:
        self.path = folder / FILE
        self.problem: FeedlineError | None = None
        """The latest reason why something could not be stored."""
        self.lost: dict[str, FeedlineError] = {}
        """Jobs of this process of which something could not be stored, and why."""
        self._idle_s = idle_s
        self._told: set[str] = set()
        self._known_to_exit = False
        self._begin()

    def _begin(self) -> None:
        """Start with nothing queued and nothing open; a forked child does so too."""
        self._database = Database(self.path)
        self._ledger = Ledger(self._database, self._lament)
        self._writer = Writer(self._write, self._database.close, idle_s=self._idle_s)
        self._backlog = 0

    def create(
        self,
        job_id: str,
        primitive: str,
        backend_name: str,
        created_s: float,
        session_id: str | None,
        tags: Sequence[str],
        options: Mapping[str, Any],
        inputs: Inputs,
    ) -> None:
        """Store a new job, QUEUED; it is on disk within some tens of milliseconds, a second at most if much comes.

        Arrays are copied now; circuits must not be changed any more.
        """
        owner = this_process()
        labels = json.dumps(list(tags)) if tags else "[]"
        row = (
            job_id,
            primitive,
            backend_name,
            created_s,
            session_id,
            labels,
            owner.host,
            owner.pid,
            owner.born,
        )
        arrays = {name: np.array(array) for name, array in inputs.arrays.items()}
        if not self._known_to_exit:
            _remember(self)
        self._writer.put((job_id, "row", row))
        self._writer.put((job_id, "asked", (inputs.circuits, arrays, inputs.data, options)))

    def status(
        self,
        job_id: str,
        status: str,
        *,
        at_s: float,
        error: BaseException | str | None = None,
        metrics: Mapping[str, Any] | None = None,
    ) -> None:
        """Store a job's status, and with the last one how it went. DONE waits for the result."""
        fields: dict[str, Any] = {"status": str(getattr(status, "name", status))}
        if fields["status"] == "RUNNING":
            fields["started_s"] = at_s
        elif fields["status"] in FINAL:
            fields["ended_s"] = at_s
        if error is not None:
            fields["error"] = str(error)
        if metrics is not None:
            fields["metrics"] = metrics
        self._writer.put((job_id, "fields", fields))

    def chunk(self, job_id: str, execution_index: int, chunk: Chunk) -> None:
        """Store a part of the answer; dropped when the result makes it superfluous."""
        if chunk.execution != execution_index:
            chunk = attrs.evolve(chunk, execution=execution_index)
        words = chunk.counts.words if chunk.counts else None
        for data in (chunk.bits, chunk.iq, chunk.raw, chunk.expectation, words):
            self._backlog += 0 if data is None else data.nbytes
        if self._backlog < BACKLOG_BYTES:
            self._writer.put((job_id, "part", chunk))

    def pub(self, job_id: str, pub: int, result: Any) -> None:
        """Store a pub's result; dropped when the job's result makes it superfluous."""
        if self._backlog < BACKLOG_BYTES:
            self._writer.put((job_id, "part", {"pub": pub, "result": result}))

    def result(self, job_id: str, result: Any) -> None:
        """Store a job's result as it is now; its parts go."""
        with contextlib.suppress(Exception):  # the writer tries again, and says so if that fails too
            result = pack(result)
        self._writer.put((job_id, "result", result))

    def tags(self, job_id: str, tags: Sequence[str]) -> None:
        """Replace a job's labels."""
        self._writer.put((job_id, "fields", {"tags": json.dumps(list(tags))}))

    def session(self, details: Mapping[str, Any]) -> None:
        """Store what a session says of itself, under ``details["id"]``."""
        if not self._known_to_exit:
            _remember(self)
        self._writer.put((str(details["id"]), "session", dict(details)))

    def flush(self, timeout_s: float = 10.0) -> bool:
        """Write everything that is queued; ``False`` if that took longer."""
        return self._writer.flush(timeout_s)

    def close(self, timeout_s: float = 10.0) -> None:
        """Write everything that is queued and let go of the file; the next write opens it again."""
        self.flush(timeout_s)
        self._database.close()

    def read(self, sql: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Rows of a query, with everything in them that was stored so far.

        Raises:
            StoreError: If the file cannot be read.
        """
        self.flush()
        return self._database.read(sql, values)

    def sweep(self) -> None:
        """Mark the jobs whose process is gone as INTERRUPTED."""
        pending = self.read("SELECT id, host, pid, born FROM job WHERE status IN ('INITIALIZING', 'QUEUED', 'RUNNING')")
        gone = [row for row in pending if Owner(row["host"], row["pid"], row["born"]).is_gone]
        update = (
            "UPDATE job SET status = 'INTERRUPTED', error = ?, ended_s = ? "
            "WHERE id = ? AND status IN ('INITIALIZING', 'QUEUED', 'RUNNING')"
        )
        now_s = time.time()
        rows = [(update, (_INTERRUPTED.format(pid=row["pid"], host=row["host"]), now_s, row["id"])) for row in gone]
        try:
            if rows:
                self._database.transact(rows)
        except StoreError as error:
            self._lament(gone[0]["id"], error)  # those who read can still read

    def delete(self, job_id: str) -> None:
        """Forget a job, and its circuits if no other job has them.

        Raises:
            StoreError: If the file cannot be written.
        """
        self.flush()
        unused = "DELETE FROM circuit WHERE NOT EXISTS (SELECT 1 FROM job_circuit WHERE circuit = hash)"
        self._database.transact([("DELETE FROM job WHERE id = ?", (job_id,)), (unused, ())])

    def _write(self, items: list[Item]) -> None:
        """What the writer does; whatever goes wrong is said, not raised."""
        if self._backlog >= BACKLOG_BYTES:
            self._lament(items[-1][0], _too_fast(self.path))
        self._backlog = 0
        try:
            self._ledger.write(items)
        except Exception as error:  # noqa: BLE001 - the writer outlives any fault
            self._lament(items[-1][0], explain(error, self.path))

    def _lament(self, job_id: str, error: Exception) -> None:
        """Remember what could not be stored, and say each problem once."""
        self.problem = explain(error, self.path)
        self.lost[job_id] = self.problem
        while len(self.lost) > _REMEMBERED:
            del self.lost[next(iter(self.lost))]
        if self.problem.remedy not in self._told:
            self._told.add(self.problem.remedy)
            log.warning("Job %s runs on, but not all of it is stored. %s", job_id, self.problem)


def _too_fast(path: Path) -> StoreError:
    return StoreError(
        f"Job store {path}: partial results come faster than the disk takes them; some were left out.",
        remedy="The final result is stored all the same. A faster disk under FEEDLINE_HOME keeps all parts.",
    )


_stores: dict[Path, Store] = {}
_alive: weakref.WeakSet[Store] = weakref.WeakSet()
_lock = threading.Lock()
_suspended: list[Store] = []
_is_hooked = False


def default_store() -> Store:
    """This process's store, at `home`."""
    folder = home()
    store = _stores.get(folder)
    if store is None:
        with _lock:
            store = _stores.setdefault(folder, Store(folder))
    return store


def _remember(store: Store) -> None:
    """See to it that a store in use is flushed at exit, and that a forked child gets none of it."""
    global _is_hooked
    with _lock:
        _alive.add(store)
        store._known_to_exit = True  # noqa: SLF001 - the store's own module
        if not _is_hooked:
            atexit.register(_at_exit)
            if hasattr(os, "register_at_fork"):
                os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_in_child)
        _is_hooked = True


def _at_exit() -> None:
    for store in list(_alive):
        store._writer.finish(10.0)  # noqa: SLF001 - the store's own module
        store.close()


def _before_fork() -> None:
    """Close every file until the child is there: SQLite's connections and locks do not survive a fork."""
    for store in list(_alive):
        store.flush(1.0)
        store._database.suspend()  # noqa: SLF001 - the store's own module
        _suspended.append(store)


def _after_fork() -> None:
    while _suspended:
        _suspended.pop()._database.resume()  # noqa: SLF001 - the store's own module


def _in_child() -> None:
    while _suspended:
        _suspended.pop()._begin()  # noqa: SLF001 - the thread and the queue stay the parent's
