# SPDX-License-Identifier: Apache-2.0
"""A job as the store knows it: of an earlier process, or of another one that still runs it."""

from __future__ import annotations

import json
import math
import sqlite3
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from feedline.errors import InputError, JobError, NotFoundError, StoreError, WaitTimeoutError
from feedline.work import Inputs, Partial

from .codec import decode, load_arrays, load_circuit
from .event import FINAL, JobStatus
from .home import Owner

if TYPE_CHECKING:
    from feedline.execution import Chunk

    from .store import Store

POLL_S = 0.05
"""How often the file is looked at while another process runs the job that is waited for."""


class StoredJob:
    """What a job was asked and what came of it, read from the store.

    Reads like the job that `Sampler.run` returns; made by `RuntimeService`.
    """

    def __init__(self, store: Store, row: sqlite3.Row) -> None:
        self._store = store
        self._row = row
        self._result: Any = None

    def job_id(self) -> str:
        """The job's id."""
        return str(self._row["id"])

    @property
    def primitive(self) -> str:
        """``sampler``, ``estimator``, ``executor`` or ``run``."""
        return str(self._row["primitive"])

    @property
    def backend_name(self) -> str:
        """Where it ran."""
        return str(self._row["backend"])

    @property
    def session_id(self) -> str | None:
        """The session or batch that it belongs to."""
        session: str | None = self._row["session"]
        return session

    @property
    def tags(self) -> list[str]:
        """The user's labels."""
        return [str(tag) for tag in json.loads(self._row["tags"])]

    @property
    def creation_date(self) -> datetime:
        """When it was made, UTC."""
        return datetime.fromtimestamp(self._row["created_s"], UTC)

    @property
    def owner(self) -> Owner:
        """The process that runs it, or ran it."""
        return Owner(self._row["host"], self._row["pid"], self._row["born"])

    @property
    def problem(self) -> str | None:
        """What of the job could not be stored, and why; ``None`` if all was."""
        problem: str | None = self._row["problem"]
        return problem

    def status(self) -> JobStatus:
        """Where the job is in its life; looks again if that may have changed."""
        if self._row["status"] not in FINAL:
            self._store.sweep()
            self._row = fetch(self._store, self.job_id())
        return JobStatus(self._row["status"])

    def result(self, timeout: float | None = None) -> Any:
        """The result.

        Args:
            timeout: How long to wait, in seconds, if another process still runs the job.

        Raises:
            JobError: If the job failed, was cancelled, or its process died.
            StoreError: If the result could not be stored, or cannot be read.
            WaitTimeoutError: If the job is not done in time.
        """
        self.wait_for_final_state(timeout)
        if self._row["status"] != JobStatus.DONE:
            raise self._failure()
        if self._result is None:
            self._result = self._load_result()
        return self._result

    def wait_for_final_state(self, timeout: float | None = None) -> None:
        """Wait until the status is final, whichever it is, if another process still runs the job.

        Raises:
            WaitTimeoutError: If the time is over first.
        """
        deadline_s = math.inf if timeout is None else time.monotonic() + timeout
        while not self.in_final_state():
            if time.monotonic() >= deadline_s:
                raise WaitTimeoutError(
                    f"Waited {timeout:g} s for job {self.job_id()}, which is {self._row['status']} "
                    f"in process {self.owner.pid} on {self.owner.host}.",
                    remedy="Give a longer timeout, or come back later: the result will be stored.",
                )
            time.sleep(POLL_S)

    def error_message(self) -> str | None:
        """Why the job has no result; ``None`` if it has one, or is not done."""
        self.status()
        error: str | None = self._row["error"]
        return error

    def metrics(self) -> dict[str, Any]:
        """Where the time went, and the shots; empty until the job has ended."""
        self.status()
        if not self._row["metrics"]:
            return {}
        stored = decode(self._row["metrics"])
        return {**stored, "usage": {"quantum_seconds": stored.get("execute_s", 0.0)}}

    def usage(self) -> float:
        """Seconds that the device worked on it."""
        return float(self.metrics().get("execute_s", 0.0))

    def partial(self) -> list[Partial | Chunk]:
        """What has arrived so far, in order: results of pubs, and chunks of executions.

        Once the job is done these are its pubs' results. A stored pub's share is ``nan``: not known.
        """
        if self.status() is JobStatus.DONE:
            result = self.result()
            pubs = list(result) if hasattr(result, "__iter__") else []
            return [Partial(pub=index, result=pub, share=1.0) for index, pub in enumerate(pubs)]
        rows = self._read("SELECT data, arrays FROM part WHERE job = ? ORDER BY number")
        return [_part(part) for row in rows for part in self._decode(row)]

    @property
    def options(self) -> dict[str, Any]:
        """The options it was asked with."""
        return dict(decode(self._asked()["options"]))

    @property
    def inputs(self) -> Inputs:
        """What was asked: circuits, arrays, everything else.

        Raises:
            StoreError: If a part of it could not be stored.
        """
        row = self._asked()
        query = "SELECT position, problem, qpy FROM job_circuit LEFT JOIN circuit ON circuit = hash WHERE job = ?"
        circuits = self._read(query + " ORDER BY position")
        for circuit in circuits:
            if circuit["qpy"] is None:
                raise StoreError(
                    f"Job {self.job_id()}: circuit {circuit['position']} is not stored: {circuit['problem']}",
                    remedy="Instructions and annotations are stored if they can be written as QPY.",
                )
        return Inputs(
            circuits=[load_circuit(circuit["qpy"]) for circuit in circuits],
            arrays=load_arrays(row["arrays"]),
            data=decode(row["data"]),
        )

    def done(self) -> bool:
        """Whether it has a result."""
        return self.status() is JobStatus.DONE

    def running(self) -> bool:
        """Whether another process is running it."""
        return self.status() is JobStatus.RUNNING

    def cancelled(self) -> bool:
        """Whether it was cancelled."""
        return self.status() is JobStatus.CANCELLED

    def errored(self) -> bool:
        """Whether it failed."""
        return self.status() is JobStatus.ERROR

    def in_final_state(self) -> bool:
        """Whether its status will never change again."""
        return self.status() in FINAL

    def update_tags(self, new_tags: Sequence[str]) -> list[str]:
        """Replace the labels.

        Raises:
            InputError: If they are not a list of texts.
        """
        if isinstance(new_tags, str) or not all(isinstance(tag, str) for tag in new_tags):
            raise InputError(f"Tags of job {self.job_id()} are {new_tags!r}.", remedy="Give a list of texts.")
        self._store.tags(self.job_id(), list(new_tags))
        self._row = fetch(self._store, self.job_id())
        return self.tags

    def cancel(self) -> bool:
        """Nothing for a job that has ended (``False``); refused for one that another process runs.

        Raises:
            JobError: If another process runs it.
        """
        if self.in_final_state():
            return False
        raise JobError(
            f"Job {self.job_id()} is {self._row['status']} in process {self.owner.pid} on {self.owner.host}, "
            "and only that process can cancel it.",
            remedy=f"Press Ctrl-C there, or end that process: kill {self.owner.pid}.",
        )

    def __repr__(self) -> str:
        return f"<StoredJob '{self.job_id()}', {self.primitive} on '{self.backend_name}', {self._row['status']}>"

    def _failure(self) -> JobError:
        """The error that the job ended with."""
        what, _, remedy = str(self._row["error"] or "No reason was stored.").partition("\n  -> ")
        return JobError(
            f"Job {self.job_id()} on '{self.backend_name}' is {self._row['status']}: {what}",
            remedy=remedy or "partial() has what had arrived by then; run the job again for the rest.",
        )

    def _load_result(self) -> Any:
        rows = self._read("SELECT data, arrays FROM result WHERE job = ?")
        if not rows:
            what, _, remedy = str(self.problem or "it is missing.").partition("\n  -> ")
            raise StoreError(
                f"Job {self.job_id()} is done, but its result was not stored: {what}",
                remedy=remedy or "Run the job again.",
            )
        return self._decode(rows[0])

    def _asked(self) -> sqlite3.Row:
        rows = self._read("SELECT options, data, arrays FROM input WHERE job = ?")
        if not rows:
            what, _, remedy = str(self.problem or "they are missing.").partition("\n  -> ")
            raise StoreError(
                f"Job {self.job_id()}: its inputs were not stored: {what}",
                remedy=remedy or "Its process ended before they were written; the job can still be deleted.",
            )
        return rows[0]

    def _read(self, sql: str) -> list[sqlite3.Row]:
        return self._store.read(sql, (self.job_id(),))

    def _decode(self, row: sqlite3.Row) -> Any:
        return decode(row["data"], load_arrays(row["arrays"]))


def fetch(store: Store, job_id: str) -> sqlite3.Row:
    """A job's row as it now is."""
    rows = store.read("SELECT * FROM job WHERE id = ?", (job_id,))
    if not rows:
        raise NotFoundError(
            f"Job {job_id} is not in {store.path}: it was deleted.",
            remedy="RuntimeService().jobs() lists what there is.",
        )
    return rows[0]


def _part(part: Any) -> Partial | Chunk:
    if isinstance(part, dict):
        return Partial(pub=part["pub"], result=part["result"], share=math.nan)
    chunk: Chunk = part
    return chunk
