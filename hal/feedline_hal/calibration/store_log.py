# SPDX-License-Identifier: Apache-2.0
"""What happened in a calibration store: lines that are only ever added."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs

from .set_file import cannot

NAME = "log.jsonl"


@attrs.frozen(kw_only=True, slots=True)
class Record:
    """One line of the log.

    Attributes:
        do: ``put``, ``tag`` or ``rollback``.
        id: The set that it is about.
        time: When, UTC, ISO 8601.
        tag: Name that was given, if any.
        note: What the user said.
        parent: The set that was current before; empty for none.
        counts: Numbers of calibrations, frames, gates and qubits.
    """

    do: str
    id: str
    time: str = attrs.field(factory=lambda: datetime.now(UTC).isoformat(timespec="milliseconds"))
    tag: str = ""
    note: str = ""
    parent: str = ""
    counts: dict[str, int] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True, slots=True)
class History:
    """What the log says.

    Attributes:
        records: Its readable lines, oldest first.
        damaged: Numbers of lines that cannot be read, from 1.
    """

    records: tuple[Record, ...] = ()
    damaged: tuple[int, ...] = ()

    @property
    def past(self) -> tuple[str, ...]:
        """Sets that were current and are not gone back behind, the current one last."""
        stack: list[str] = []
        for record in self.records:
            if record.do == "rollback" and record.id in stack:
                while stack[-1] != record.id:
                    stack.pop()
            elif record.do in ("put", "rollback") and stack[-1:] != [record.id]:
                stack.append(record.id)
        return tuple(stack)

    @property
    def puts(self) -> dict[str, Record]:
        """The last time that each set was put, in that order."""
        found: dict[str, Record] = {}
        for record in self.records:
            if record.do == "put":
                found.pop(record.id, None)
                found[record.id] = record
        return found

    @property
    def tags(self) -> dict[str, str]:
        """The set that each name was last given to."""
        return {record.tag: record.id for record in self.records if record.tag}


def read_history(folder: Path) -> History:
    """Read the log; lines that cannot be read are counted, and hide no others.

    Raises:
        StoreError: If the file is there and cannot be read.
    """
    path = folder / NAME
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return History()
    except OSError as error:
        raise cannot("read", path, error) from error
    return _history(lines)


def append(folder: Path, record: Record) -> None:
    """Add a line, on disk when this returns.

    Each line is one write to the end of the file and begins with a line end: lines of two processes do not
    mix, and half a line of a process that was killed does not spoil the next.

    Raises:
        StoreError: If it cannot be written.
    """
    path = folder / NAME
    kept = {name: value for name, value in attrs.asdict(record).items() if value}
    data = f"\n{json.dumps(kept, ensure_ascii=False)}\n".encode()
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o666)
        try:
            if os.write(handle, data) != len(data):
                raise OSError(None, "the disk is full")
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise cannot("write", path, error) from error


def _history(lines: Iterable[bytes]) -> History:
    records, damaged = [], []
    for number, line in enumerate(lines, 1):
        if line.strip():
            record = _record(line)
            if record is None:
                damaged.append(number)
            else:
                records.append(record)
    return History(records=tuple(records), damaged=tuple(damaged))


def _record(line: bytes) -> Record | None:
    """The record of a line, ``None`` for a damaged one; what a later version adds is left aside."""
    try:
        read = json.loads(line)
    except ValueError:
        return None
    if not isinstance(read, dict) or not {"do", "id", "time"} <= read.keys():
        return None
    known: dict[str, Any] = {field.name: read[field.name] for field in attrs.fields(Record) if field.name in read}
    texts = all(isinstance(value, str) for name, value in known.items() if name != "counts")
    return Record(**known) if texts and isinstance(known.get("counts", {}), dict) else None
