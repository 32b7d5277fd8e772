# SPDX-License-Identifier: Apache-2.0
"""The job store's connection: one statement or transaction of this process at a time."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from feedline.errors import StoreError

from .schema import BUSY_S, cannot_write, connect, explain, is_busy

PAGE = 4096
CHECKPOINT = 1000 * PAGE
"""Bytes in the log after which it is worth moving them to the file."""

READ_S = 5.0
"""How long a reader waits for whoever mends the file after a kill."""

Statement = tuple[str, tuple[Any, ...]]


class Database:
    """The file, opened on first use; one statement or transaction of this process at a time.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._name = str(path)
        self._gate = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._inode = -1
        self._unchecked = 0

    def transact(self, statements: Sequence[Statement], *, size: int = 0, timeout_s: float = 30.0) -> None:
        """Execute statements all or none; waits for other processes.

        Args:
            statements: What to execute.
            size: About how many bytes that writes.
            timeout_s: How long other processes may hold the file.

        Raises:
            StoreError: If the file cannot be written.
            sqlite3.IntegrityError: If a row refers to one that is gone.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                with self._gate:
                    self._transact(statements)
                    self._unchecked += size + PAGE * len(statements)
                return
            except sqlite3.IntegrityError:
                raise
            except (sqlite3.Error, OverflowError, StoreError) as error:
                if not is_busy(error) or time.monotonic() > deadline:
                    self.close()  # the next try sees the file as it then is
                    raise explain(error, self.path) from error
            time.sleep(BUSY_S)

    def read(self, sql: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Rows of a query, on a connection of its own; none if there is no file yet.

        Raises:
            StoreError: If the file cannot be read.
        """
        if _inode(self._name) == -1:
            return []
        deadline_s = time.monotonic() + READ_S
        while True:
            try:
                with contextlib.closing(connect(self.path, create=False)) as connection:
                    connection.row_factory = sqlite3.Row
                    return connection.execute(sql, values).fetchall()
            except (sqlite3.Error, StoreError) as error:
                with contextlib.suppress(sqlite3.Error):
                    if cannot_write(error):
                        return self._read_as_it_lies(sql, values)
                if not is_busy(error) or time.monotonic() > deadline_s:
                    raise explain(error, self.path) from error
            time.sleep(BUSY_S)

    def _read_as_it_lies(self, sql: str, values: Sequence[Any]) -> list[sqlite3.Row]:
        """Rows from a file on a disk that is full or read-only; what is still in the log is missing."""
        where = f"{self.path.absolute().as_uri()}?mode=ro&immutable=1"
        with contextlib.closing(sqlite3.connect(where, uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute(sql, values).fetchall()

    def checkpoint(self) -> None:
        """Move what was written from the log to the file, once it is worth it; nobody waits for it."""
        if self._unchecked < CHECKPOINT:
            return
        self._unchecked = 0
        with contextlib.closing(connect(self.path, create=False)) as connection:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def close(self) -> None:
        """Let go of the file; the next use opens it again."""
        with self._gate:
            self._close()

    def suspend(self) -> None:
        """Let go of the file, and open it for nobody until `resume`."""
        self._gate.acquire(timeout=5.0)
        self._close()

    def resume(self) -> None:
        """Open it again for the next use."""
        if self._gate.locked():
            self._gate.release()

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _open(self) -> sqlite3.Connection:
        """The connection; a new one if the file was moved away meanwhile."""
        if self._inode != _inode(self._name):
            self._close()
        if self._connection is None:
            self._connection = connect(self.path)
            self._inode = _inode(self._name)
        return self._connection

    def _transact(self, statements: Sequence[Statement]) -> None:
        connection = self._open()
        connection.execute("BEGIN IMMEDIATE")
        try:
            for sql, values in statements:
                connection.execute(sql, values)
            connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise


def _inode(path: str) -> int:
    try:
        return os.stat(path).st_ino
    except OSError:
        return -1
