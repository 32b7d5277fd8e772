# SPDX-License-Identifier: Apache-2.0
"""What the writer makes of the news of jobs: rows, so that no job is done on disk before its result is."""

from __future__ import annotations

import hashlib
import sqlite3
import time
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from feedline.errors import StoreError

from .codec import Arrays, Packed, encode, pack, save_arrays, save_circuit, write
from .database import Database, Statement
from .event import FINAL
from .writer import Item

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
GROUP_BYTES = 8_000_000
"""Size above which a transaction is ended, so that nobody waits for the file for long."""

INSERT_JOB = (
    "INSERT OR IGNORE INTO job (id, primitive, backend, created_s, session, tags, status, host, pid, born) "
    "VALUES (?, ?, ?, ?, ?, ?, 'QUEUED', ?, ?, ?)"
)
_NOTHING = object()


@attrs.define(slots=True, eq=False)
class Change:
    """What is new about one job, or about the session of that id."""

    job: str
    row: tuple[Any, ...] | None = None
    asked: tuple[Sequence[QuantumCircuit], Arrays, Mapping[str, Any], Mapping[str, Any]] | None = None
    fields: dict[str, Any] = attrs.field(factory=dict)
    parts: list[Any] = attrs.field(factory=list)
    result: Any = _NOTHING
    session: Mapping[str, Any] | None = None

    def add(self, kind: str, value: Any) -> None:
        """Take one piece of news; later ones win."""
        if kind == "fields":
            self.fields.update(value)
        elif kind == "part":
            self.parts.append(value)
        else:
            setattr(self, kind, value)


class Ledger:
    """Makes rows of news, so that a job is never done on disk before its result is.

    Args:
        database: Where they go.
        lament: Told what could not be stored: the job's id and why.
    """

    def __init__(self, database: Database, lament: Callable[[str, Exception], None]) -> None:
        self._database = database
        self._lament = lament
        self._held: dict[str, Change] = {}
        self._resulted: set[str] = set()
        self._parted: set[str] = set()
        self._unborn: dict[str, tuple[Any, ...]] = {}
        self._digests: dict[int, tuple[weakref.ref[QuantumCircuit], bytes]] = {}

    def write(self, items: Iterable[Item]) -> None:
        """Store a group of news, as few transactions as is polite. Never raises."""
        group: list[Change] = []
        statements: list[Statement] = []
        size = 0
        for change in self._fold(items):
            rows = self._rows(change)
            group.append(change)
            statements += rows
            size += _size(rows)
            if size > GROUP_BYTES:
                self._commit(group, statements, size)
                group, statements, size = [], [], 0
        self._commit(group, statements, size)
        try:
            self._database.checkpoint()
        except (StoreError, sqlite3.Error):
            return  # the next one will do, and a lasting problem shows when something is written

    def _fold(self, items: Iterable[Item]) -> list[Change]:
        """One change per job; what the result makes superfluous is dropped, what is too early is held."""
        changes, self._held = self._held, {}
        for job, kind, value in items:
            change = changes.get(job)
            if change is None:
                change = changes[job] = Change(job, row=self._unborn.pop(job, None))
            change.add(kind, value)
        for change in changes.values():
            if change.result is not _NOTHING:
                self._resulted.add(change.job)
            if change.job in self._resulted:
                change.parts.clear()
            elif change.fields.get("status") == "DONE":
                self._held[change.job] = Change(change.job, fields=change.fields)
                change.fields = {}
        return list(changes.values())

    def _rows(self, change: Change) -> list[Statement]:
        """Statements for one job; a piece that no codec can write is left out, and the job says so."""
        rows: list[Statement] = [(INSERT_JOB, change.row)] if change.row else []
        for piece in (self._inputs, self._parts, self._result):
            try:
                rows += piece(change)
            except Exception as error:  # noqa: BLE001 - codecs are anybody's code
                failure = StoreError(
                    f"Job {change.job}: its {piece.__name__[1:]} cannot be stored: {type(error).__name__}: {error}",
                    remedy="feedline.runtime.codec.register_codec teaches the store new types.",
                )
                change.fields["problem"] = str(failure)
                self._lament(change.job, failure)
        if change.session is not None:
            rows.append(
                (
                    "INSERT OR REPLACE INTO session VALUES (?, ?, ?)",
                    (change.job, time.time(), encode(change.session)),
                )
            )
        if change.fields:
            columns = ", ".join(f"{name} = ?" for name in change.fields)
            values = tuple(encode(value) if name == "metrics" else value for name, value in change.fields.items())
            rows.append((f"UPDATE job SET {columns} WHERE id = ?", (*values, change.job)))
        return rows

    def _inputs(self, change: Change) -> list[Statement]:
        if change.asked is None:
            return []
        circuits, arrays, data, options = change.asked
        rows: list[Statement] = []
        for position, circuit in enumerate(circuits):
            digest, qpy, problem = self._digest(circuit)
            if qpy:
                rows.append(("INSERT OR IGNORE INTO circuit VALUES (?, ?)", (digest, qpy)))
            rows.append(
                (
                    "INSERT OR REPLACE INTO job_circuit VALUES (?, ?, ?, ?)",
                    (change.job, position, digest, problem),
                )
            )
        asked = (change.job, encode(options), encode(data), save_arrays(arrays))
        rows.append(("INSERT OR REPLACE INTO input VALUES (?, ?, ?, ?)", asked))
        return rows

    def _digest(self, circuit: QuantumCircuit) -> tuple[bytes | None, bytes | None, str | None]:
        """Hash of a circuit's QPY, the QPY if it is not known to be stored, and why there is none."""
        known = self._digests.get(id(circuit))
        if known and known[0]() is circuit:
            return known[1], None, None
        try:
            qpy = save_circuit(circuit)
        except Exception as error:  # noqa: BLE001 - instructions and annotations are anybody's code
            return None, None, f"'{circuit.name}' has no QPY: {type(error).__name__}: {error}"
        digest = hashlib.blake2b(qpy, digest_size=20).digest()
        place, digests = id(circuit), self._digests
        digests[place] = (weakref.ref(circuit, lambda _: digests.pop(place, None) and None), digest)
        return digest, qpy, None

    def _parts(self, change: Change) -> list[Statement]:
        if not change.parts:
            return []
        self._parted.add(change.job)
        return [("INSERT INTO part (job, data, arrays) VALUES (?, ?, ?)", (change.job, *write(pack(change.parts))))]

    def _result(self, change: Change) -> list[Statement]:
        if change.result is _NOTHING:
            return []
        packed = change.result if isinstance(change.result, Packed) else pack(change.result)
        rows: list[Statement] = [("INSERT OR REPLACE INTO result VALUES (?, ?, ?)", (change.job, *write(packed)))]
        if change.job in self._parted:
            rows.append(("DELETE FROM part WHERE job = ?", (change.job,)))
        return rows

    def _commit(self, group: Sequence[Change], statements: list[Statement], size: int) -> None:
        """Write a group; if that fails, each job alone, so that one cannot harm the others."""
        if not statements:
            return
        try:
            self._database.transact(statements, size=size)
        except (sqlite3.IntegrityError, StoreError) as error:
            self._digests.clear()  # circuits may have been deleted with another job, or not been stored now
            if len(group) > 1:
                for change in group:
                    rows = self._rows(change)
                    self._commit([change], rows, _size(rows))
                return
            self._rescue(group[0], error)
        for change in group:
            if change.fields.get("status") in FINAL:
                self._resulted.discard(change.job)
                self._parted.discard(change.job)

    def _rescue(self, change: Change, error: Exception) -> None:
        """Store at least how the job ended, and say what is missing."""
        if isinstance(error, sqlite3.IntegrityError):
            try:
                self._database.transact(self._rows(change))
            except sqlite3.IntegrityError:
                return  # the user deleted the job while it ran
            except StoreError as again:
                error = again
            else:
                return
        self._lament(change.job, error)
        lost = Change(change.job, row=change.row, fields={**change.fields, "problem": str(error)})
        try:
            self._database.transact(self._rows(lost))
        except (sqlite3.IntegrityError, StoreError):
            if change.row and change.fields.get("status") not in FINAL:
                self._unborn[change.job] = change.row  # the disk may have room again when it is done


def _size(rows: Iterable[Statement]) -> int:
    return sum(len(value) for _, values in rows for value in values if isinstance(value, bytes | str))
