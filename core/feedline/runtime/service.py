# SPDX-License-Identifier: Apache-2.0
"""The service: jobs of this and earlier processes, and the backends that plugins offer."""

from __future__ import annotations

import difflib
import logging
import sqlite3
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from feedline.errors import (
    CapabilityError,
    FeedlineError,
    InputError,
    JobError,
    MissingExtraError,
    NotFoundError,
    StoreError,
)

from .codec import decode
from .event import FINAL
from .record import StoredJob
from .store import Store, default_store

if TYPE_CHECKING:
    from feedline.processor import Backend

    from .job import Job

log = logging.getLogger("feedline.service")

_FINAL = "('DONE', 'CANCELLED', 'ERROR', 'INTERRUPTED')"


class RuntimeService:
    """Jobs and backends of this machine; needs no server.

    Args:
        url: Address of a Feedline service; not part of this version.

    Raises:
        CapabilityError: If a URL is given.
    """

    def __init__(self, url: str | None = None) -> None:
        if url is not None:
            raise CapabilityError(
                f"RuntimeService('{url}'): the HTTP service is not part of this version of Feedline.",
                remedy="RuntimeService() without an address has the jobs and backends of this machine.",
            )

    def jobs(
        self,
        limit: int | None = 10,
        skip: int = 0,
        backend_name: str | None = None,
        pending: bool | None = None,
        *,
        primitive: str | None = None,
        program_id: str | None = None,
        job_tags: Sequence[str] | None = None,
        session_id: str | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        descending: bool = True,
    ) -> list[Job | StoredJob]:
        """Jobs of this and earlier processes, those that fit every condition.

        Args:
            limit: How many at most; ``None`` for all.
            skip: How many of the first to leave out.
            backend_name: Only of this backend.
            pending: Only jobs that have not ended (``True``), or that have (``False``).
            primitive: Only ``sampler``, ``estimator``, ``executor`` or ``run`` jobs.
            program_id: Another word for `primitive`.
            job_tags: Only jobs with all of these tags.
            session_id: Only of this session or batch.
            created_after, created_before: Only made then; without time zone, local time.
            descending: Newest first.

        Raises:
            InputError: If `limit` or `skip` is negative.
            StoreError: If the store cannot be read.
        """
        for name, number in (("limit", limit), ("skip", skip)):
            if number is not None and number < 0:
                raise InputError(f"jobs(): {name} is {number}.", remedy=f"Give {name} as 0 or more.")
        tags = [job_tags] if isinstance(job_tags, str) else list(job_tags or ())
        conditions: list[tuple[str, Any]] = [
            ("backend = ?", backend_name),
            ("primitive = ?", primitive if primitive is not None else program_id),
            ("session = ?", session_id),
            ("created_s >= ?", None if created_after is None else created_after.timestamp()),
            ("created_s <= ?", None if created_before is None else created_before.timestamp()),
            (f"(status NOT IN {_FINAL}) = ?", pending),
            *(("EXISTS (SELECT 1 FROM json_each(job.tags) WHERE value = ?)", tag) for tag in tags),
        ]
        used = [(sql, value) for sql, value in conditions if value is not None]
        where = " AND ".join(sql for sql, _ in used) or "1"
        order = "DESC" if descending else "ASC"
        store = default_store()
        store.sweep()
        rows = store.read(
            f"SELECT * FROM job WHERE {where} ORDER BY created_s {order}, number {order} LIMIT ? OFFSET ?",
            (*(value for _, value in used), -1 if limit is None else limit, skip),
        )
        return [_job(store, row) for row in rows]

    def job(self, job_id: str) -> Job | StoredJob:
        """A job by its id, or by as much of its beginning as no other job has.

        Raises:
            NotFoundError: If there is none, or several; names the nearest.
            StoreError: If the job ran in this process but could not be stored.
        """
        live = _live(job_id)
        if live is not None:
            return live
        store = default_store()
        rows = self._matches(store, job_id)
        if len(rows) == 1:
            store.sweep()
            return _job(store, self._matches(store, rows[0]["id"])[0])
        if rows:
            some = ", ".join(row["id"] for row in rows[:5])
            raise NotFoundError(f"Job '{job_id}' may be any of {len(rows)}: {some}.", remedy="Give more of its id.")
        if job_id in store.lost:
            problem = store.lost[job_id]
            raise StoreError(f"Job {job_id} ran, but was not stored. {problem.what}", remedy=problem.remedy)
        raise NotFoundError(f"Job '{job_id}' is not in {store.path}.", remedy=_closest(store, job_id))

    def delete_job(self, job_id: str) -> None:
        """Forget a job that has ended: inputs, results, record.

        Raises:
            NotFoundError: If there is none.
            JobError: If it has not ended.
            StoreError: If the store cannot be written.
        """
        job = self.job(job_id)
        if job.status() not in FINAL:
            raise JobError(
                f"Job {job.job_id()} is {job.status()} and cannot be deleted.",
                remedy="Wait for it, or cancel it where it runs; then delete it.",
            )
        default_store().delete(job.job_id())

    def backends(
        self,
        name: str | None = None,
        min_num_qubits: int | None = None,
        dynamic_circuits: bool | None = None,
        filters: Callable[[Backend], bool] | None = None,
    ) -> list[Backend]:
        """The backends of all installed plugins that can be made without an argument.

        Args:
            name: Only the one of this name.
            min_num_qubits: Only those with as many qubits.
            dynamic_circuits: Only those with control flow (``True``), or without.
            filters: Only those for which this returns ``True``.
        """
        from feedline.front_door import host

        made = []
        for entry in host().backends.values():
            if entry.argument or name not in (None, entry.name):
                continue
            try:
                made.append(self.backend(entry.name))
            except (MissingExtraError, InputError):
                continue  # `feedline backends` says what to install, or what it cannot do without
            except FeedlineError as error:
                log.warning("Backend '%s' is left out: %s", entry.name, error)
        return [
            backend
            for backend in made
            if (min_num_qubits is None or _num_qubits(backend) >= min_num_qubits)
            and (dynamic_circuits is None or bool(backend.capabilities.control_flow) is dynamic_circuits)
            and (filters is None or filters(backend))
        ]

    def backend(self, name: str, **options: Any) -> Backend:
        """A backend by name, as `feedline.backend` makes it."""
        from feedline.front_door import backend as make

        return make(name, **options)

    def least_busy(
        self, min_num_qubits: int | None = None, filters: Callable[[Backend], bool] | None = None
    ) -> Backend:
        """The backend with the fewest jobs waiting or running, in all processes; the first of equals.

        Raises:
            NotFoundError: If no backend fits.
        """
        fitting = self.backends(min_num_qubits=min_num_qubits, filters=filters)
        if not fitting:
            wish = "" if min_num_qubits is None else f" with {min_num_qubits} qubits or more"
            raise NotFoundError(
                f"least_busy(): no backend{wish} fits.",
                remedy="'feedline backends' lists all, and what those that are missing need.",
            )
        waiting = _waiting(default_store())
        return min(fitting, key=lambda backend: waiting.get(str(backend.name), 0))

    def usage(self) -> dict[str, Any]:
        """Jobs, shots and seconds of device time in the store, in all and for each backend."""
        rows = default_store().read(
            "SELECT backend, count(*) AS jobs, total(json_extract(metrics, '$.shots')) AS shots, "
            "total(json_extract(metrics, '$.execute_s')) AS execute_s "
            "FROM job GROUP BY backend ORDER BY backend"
        )
        each = {
            row["backend"]: {"jobs": row["jobs"], "shots": int(row["shots"]), "execute_s": row["execute_s"]}
            for row in rows
        }
        kinds = ("jobs", "shots", "execute_s")
        return {**{kind: sum(one[kind] for one in each.values()) for kind in kinds}, "backends": each}

    def sessions(self) -> list[dict[str, Any]]:
        """What sessions and batches last said of themselves, the latest first."""
        rows = default_store().read("SELECT details FROM session ORDER BY changed_s DESC, rowid DESC")
        return [dict(decode(row["details"])) for row in rows]

    @staticmethod
    def _matches(store: Store, job_id: str) -> list[sqlite3.Row]:
        """The job of that id, else those whose ids begin with it."""
        exact = store.read("SELECT * FROM job WHERE id = ?", (job_id,))
        if exact or not job_id:
            return exact
        return store.read("SELECT * FROM job WHERE substr(id, 1, ?) = ? ORDER BY number", (len(job_id), job_id))


def _job(store: Store, row: sqlite3.Row) -> Job | StoredJob:
    return _live(row["id"]) or StoredJob(store, row)


def _live(job_id: str) -> Job | None:
    """The job itself, if this process runs it."""
    submit = sys.modules.get("feedline.runtime.submit")  # not imported: nothing can run here
    if submit is None or not hasattr(submit, "runtime"):
        return None
    job: Job | None = submit.runtime().live(job_id)
    return job


def _waiting(store: Store) -> dict[str, int]:
    """How many jobs wait or run at each backend; nothing is known if the store cannot be read."""
    try:
        store.sweep()
        rows = store.read(f"SELECT backend, count(*) AS jobs FROM job WHERE status NOT IN {_FINAL} GROUP BY backend")
    except StoreError as error:
        log.warning("least_busy() does not know how busy backends are. %s", error)
        return {}
    return {row["backend"]: row["jobs"] for row in rows}


def _closest(store: Store, job_id: str) -> str:
    rows = store.read("SELECT id FROM job ORDER BY number DESC LIMIT 1000")
    close = difflib.get_close_matches(job_id, [row["id"] for row in rows], n=1, cutoff=0.5)
    guess = f"Did you mean '{close[0]}'? " if close else ""
    return f"{guess}RuntimeService().jobs() or 'feedline jobs' lists them."


def _num_qubits(backend: Backend) -> float:
    """Qubits of a backend; a simulator may leave the number open."""
    return float("inf") if backend.num_qubits is None else backend.num_qubits
