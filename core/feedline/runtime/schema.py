# SPDX-License-Identifier: Apache-2.0
"""The job store's file: tables, settings, versions, and what its errors mean."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from feedline.errors import StoreError

FILE = "jobs.db"
"""Name of the file below `feedline.runtime.home.home`."""

BUSY_S = 0.05
"""How long one statement waits for another process; the writer tries again, a caller does not."""

SETTINGS = (
    "PRAGMA synchronous=NORMAL",  # with WAL: safe against kill -9; the last moments may go with the power
    "PRAGMA foreign_keys=ON",
    "PRAGMA wal_autocheckpoint=0",  # the writer does it, so that no caller waits for the disk
)

MIGRATIONS = (
    """
    CREATE TABLE job (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        primitive TEXT NOT NULL,
        backend TEXT NOT NULL,
        session TEXT,
        status TEXT NOT NULL,
        created_s REAL NOT NULL,
        started_s REAL,
        ended_s REAL,
        tags TEXT NOT NULL,
        error TEXT,
        metrics TEXT,
        problem TEXT,
        host TEXT NOT NULL,
        pid INTEGER NOT NULL,
        born TEXT NOT NULL
    );
    CREATE INDEX job_created ON job (created_s);
    CREATE INDEX job_pending ON job (status) WHERE status IN ('INITIALIZING', 'QUEUED', 'RUNNING');
    CREATE TABLE input (
        job TEXT PRIMARY KEY REFERENCES job (id) ON DELETE CASCADE,
        options TEXT NOT NULL,
        data TEXT NOT NULL,
        arrays BLOB
    );
    CREATE TABLE circuit (hash BLOB PRIMARY KEY, qpy BLOB NOT NULL);
    CREATE TABLE job_circuit (
        job TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        circuit BLOB REFERENCES circuit (hash),
        problem TEXT,
        PRIMARY KEY (job, position)
    ) WITHOUT ROWID;
    CREATE INDEX circuit_use ON job_circuit (circuit);
    CREATE TABLE part (
        number INTEGER PRIMARY KEY,
        job TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
        data TEXT NOT NULL,
        arrays BLOB
    );
    CREATE INDEX part_job ON part (job);
    CREATE TABLE result (
        job TEXT PRIMARY KEY REFERENCES job (id) ON DELETE CASCADE,
        data TEXT NOT NULL,
        arrays BLOB
    );
    CREATE TABLE session (
        id TEXT PRIMARY KEY,
        changed_s REAL NOT NULL,
        details TEXT NOT NULL
    );
    """,
)
"""What leads from one version of the schema to the next; the number of steps is the version."""

_REMEDIES = {
    "FULL": "Free space on the disk that holds {folder}, or set FEEDLINE_HOME to a folder on another one.",
    "READONLY": "Make {folder} writable, or set FEEDLINE_HOME to a folder that is.",
    "CANTOPEN": "Make {folder} a writable folder, or set FEEDLINE_HOME to one that is.",
    "PERM": "Make {folder} writable, or set FEEDLINE_HOME to a folder that is.",
    "NOTADB": "Move {path} away; a new one is made. 'sqlite3 FILE .recover' may save what is in it.",
    "CORRUPT": "Move {path} away; a new one is made. 'sqlite3 FILE .recover' may save what is in it.",
    "BUSY": "Another process holds {path}; end it, or set FEEDLINE_HOME to a folder of this one's own.",
    "IOERR": "Check the disk that holds {folder} (space, quota), or set FEEDLINE_HOME to another folder.",
    "TOOBIG": "SQLite holds at most 1 GB per result: ask for fewer shots or points per job.",
}


def connect(path: Path, *, create: bool = True) -> sqlite3.Connection:
    """Open the file, made or migrated if need be.

    Args:
        path: The file; its folder is made with it.
        create: Make it if it does not exist.

    Raises:
        StoreError: If it cannot be opened, or is of a newer version.
    """
    try:
        if create:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = "rwc" if create else "rw"
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=BUSY_S,
            isolation_level=None,
            check_same_thread=False,
        )
    except (OSError, sqlite3.Error) as error:
        raise explain(error, path) from error
    try:
        for setting in SETTINGS:
            connection.execute(setting)
        _migrate(connection, path)
    except BaseException as error:
        connection.close()
        if isinstance(error, sqlite3.Error):
            raise explain(error, path) from error
        raise
    return connection


def explain(error: Exception, path: Path) -> StoreError:
    """Say what an error of SQLite or the operating system means for the store."""
    if isinstance(error, StoreError):
        return error
    name = str(getattr(error, "sqlite_errorname", "SQLITE_CANTOPEN" if isinstance(error, OSError) else ""))
    kind = name.removeprefix("SQLITE_").partition("_")[0]
    remedy = _REMEDIES.get(kind, "Check {path}, or set FEEDLINE_HOME to another folder.")
    return StoreError(
        f"Job store {path}: {error or type(error).__name__}.",
        remedy=remedy.format(folder=path.parent, path=path),
    )


def is_busy(error: Exception) -> bool:
    """Whether another process was writing, so that trying again helps."""
    cause = error.__cause__ if isinstance(error, StoreError) else error
    return str(getattr(cause, "sqlite_errorname", "")).startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


def cannot_write(error: Exception) -> bool:
    """Whether the disk is full or read-only, so that the file may still be read as it lies."""
    cause = error.__cause__ if isinstance(error, StoreError) else error
    kinds = ("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_IOERR", "SQLITE_FULL")
    return str(getattr(cause, "sqlite_errorname", "")).startswith(kinds)


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the file to the present version, whoever else may try the same."""
    deadline = time.monotonic() + 5.0
    while True:
        try:
            if _version(connection, path) == len(MIGRATIONS):
                return
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("BEGIN IMMEDIATE")
            break
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
    try:
        for step in range(_version(connection, path), len(MIGRATIONS)):
            for statement in filter(str.strip, MIGRATIONS[step].split(";")):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version={len(MIGRATIONS)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """Version of the file; refuse a newer one, and files that are not ours."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > len(MIGRATIONS):
        raise StoreError(
            f"Job store {path} was written by a newer Feedline: its schema is version {version}, "
            f"this one knows up to {len(MIGRATIONS)}.",
            remedy="Upgrade feedline, or set FEEDLINE_HOME to another folder.",
        )
    if version == 0 and connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise StoreError(
            f"{path} is an SQLite file, but not a job store.",
            remedy="Move it away, or set FEEDLINE_HOME to another folder.",
        )
    return version
