# SPDX-License-Identifier: Apache-2.0
"""The store of calibration sets: sets are added and named, the current one changes, nothing is deleted."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from feedline.errors import InputError, NotFoundError, StoreError, nearest
from feedline.runtime.home import home

from .calibration_set import CalibrationSet
from .set_file import cannot, has_set, read_set, set_ids, write_set
from .store_log import History, Record, append, read_history

if TYPE_CHECKING:
    from .difference import Difference

CURRENT, LATEST = "current", "latest"
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:/-]{0,99}")


@attrs.frozen(kw_only=True, slots=True)
class StoredSet:
    """A line of `CalibrationStore.list`.

    Attributes:
        id: Of the set.
        time: When it was last put, UTC, ISO 8601; empty if the log has lost it.
        tags: Names that it has now.
        note: What was said when it was put.
        parent: The set that was current before; empty for the first.
        counts: Numbers of ``calibrations``, ``frames``, ``gates`` and ``qubits``.
        is_current: Whether it is the current one.
        is_missing: Whether its file is gone.
    """

    id: str
    time: str = ""
    tags: tuple[str, ...] = ()
    note: str = ""
    parent: str = ""
    counts: dict[str, int] = attrs.field(factory=dict)
    is_current: bool = False
    is_missing: bool = False


class CalibrationStore:
    """Calibration sets on disk, with their history; several processes may use one at a time.

    Args:
        path: Folder; ``calibrations`` in ``FEEDLINE_HOME`` by default. Made by the first `put`.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.path = home() / "calibrations" if path is None else Path(path).expanduser()

    def __repr__(self) -> str:
        return f"CalibrationStore({str(self.path)!r})"

    def put(self, calibrations: CalibrationSet, *, tag: str | None = None, note: str = "") -> str:
        """Store a set and make it the current one; a set that is there already is not written again.

        Args:
            calibrations: The set.
            tag: A name for it.
            note: Why, for the list.

        Returns:
            Its id.

        Raises:
            StoreError: If the folder cannot be written.
            InputError: If the tag cannot be one.
        """
        if tag is not None:
            check_tag(tag)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise cannot("make", self.path, error) from error
        if not self._is_sound(calibrations):
            write_set(self.path, calibrations)
        history = read_history(self.path)
        current = history.past[-1] if history.past else ""
        if current != calibrations.id or note or (tag is not None and history.tags.get(tag) != calibrations.id):
            parent = current if current != calibrations.id else history.puts[current].parent
            counts = _counts(calibrations)
            append(
                self.path,
                Record(do="put", id=calibrations.id, tag=tag or "", note=note, parent=parent, counts=counts),
            )
        return calibrations.id

    def get(self, name: str = CURRENT) -> CalibrationSet:
        """Load a set, checked against its id.

        Args:
            name: An id or as much of it as no other has, a tag, ``current``, or ``latest`` (the last one put).

        Raises:
            NotFoundError: If there is none of that name, or several.
            StoreError: If its file is damaged.
        """
        return read_set(self.path, self.resolve(name))

    def resolve(self, name: str = CURRENT) -> str:
        """The id that a name stands for; see `get`."""
        history = read_history(self.path)
        known = self._known(history)
        if name in (CURRENT, LATEST):
            if not history.puts:
                raise NotFoundError(
                    f"The calibration store {self.path} is empty.",
                    remedy="Put a set: `feedline calibrations put FILE.qasm`, or CalibrationStore().put(cals).",
                )
            return history.past[-1] if name == CURRENT else next(reversed(history.puts))
        if name in history.tags:
            return history.tags[name]
        if name in known:
            return name
        start = name.removeprefix("cal-")
        found = [one for one in known if start and one.removeprefix("cal-").startswith(start)]
        if len(found) == 1:
            return found[0]
        if found:
            raise NotFoundError(
                f"'{name}' is the beginning of {len(found)} calibration sets.",
                remedy=f"Give more of it: {', '.join(found)}.",
            )
        raise NotFoundError(
            f"There is no calibration set '{name}' in {self.path}.",
            remedy=nearest(name, [CURRENT, LATEST, *history.tags, *known]),
        )

    def current(self) -> CalibrationSet:
        """The set that was put last, or gone back to since."""
        return self.get(CURRENT)

    def list(self) -> tuple[StoredSet, ...]:
        """All sets, the one that was put last first; reads the log only, so damaged sets hide no others."""
        history = read_history(self.path)
        puts, past = history.puts, history.past
        rows = []
        for set_id in self._known(history):
            record = puts.get(set_id)
            tags = tuple(tag for tag, named in history.tags.items() if named == set_id)
            rows.append(
                StoredSet(
                    id=set_id,
                    time=record.time if record else "",
                    tags=tags,
                    note=record.note if record else "",
                    parent=record.parent if record else "",
                    counts=record.counts if record else {},
                    is_current=set_id == (past[-1] if past else ""),
                    is_missing=not has_set(self.path, set_id),
                )
            )
        return tuple(reversed(rows))

    def diff(self, before: str, after: str = CURRENT) -> Difference:
        """What changes from one stored set to another; names as in `get`."""
        return self.get(before).diff(self.get(after))

    def tag(self, name: str, tag: str) -> str:
        """Give a set a name; a name that another set has moves here.

        Args:
            name: The set, as in `get`.
            tag: The new name.

        Returns:
            The set's id.
        """
        check_tag(tag)
        set_id = self.resolve(name)
        if read_history(self.path).tags.get(tag) != set_id:
            append(self.path, Record(do="tag", id=set_id, tag=tag))
        return set_id

    def before_current(self) -> str:
        """The id of the set that was current before the current one.

        Raises:
            NotFoundError: If there is none.
        """
        past = read_history(self.path).past
        if len(past) > 1:
            return past[-2]
        raise NotFoundError(
            f"The calibration store {self.path} has no set before the current one: "
            f"{f'{past[-1]} is the first' if past else 'it is empty'}.",
            remedy="Name one: `feedline calibrations list` shows them.",
        )

    def rollback(self, to: str | None = None, *, note: str = "") -> str:
        """Make an earlier set the current one; what came after it stays in the store.

        Args:
            to: The set, as in `get`; the one that was current before by default. Again, and it goes back
                by one more.
            note: Why.

        Returns:
            Its id.

        Raises:
            NotFoundError: If there is none before the current one.
            StoreError: If its file is damaged: a set that cannot be read does not become current.
        """
        set_id = self.before_current() if to is None else self.resolve(to)
        read_set(self.path, set_id)
        past = read_history(self.path).past
        if past[-1:] != (set_id,):
            append(self.path, Record(do="rollback", id=set_id, note=note, parent=past[-1] if past else ""))
        return set_id

    def history(self) -> History:
        """Everything that happened, oldest first, and the lines of the log that are damaged."""
        return read_history(self.path)

    def _known(self, history: History) -> tuple[str, ...]:
        """Ids in the order in which they were put; those that the log has lost first."""
        lost = (set_id for set_id in set_ids(self.path) if set_id not in history.puts)
        return (*lost, *history.puts)

    def _is_sound(self, calibrations: CalibrationSet) -> bool:
        """Whether the set's files are there and undamaged; a put is what repairs them."""
        if not has_set(self.path, calibrations.id):
            return False
        try:
            read_set(self.path, calibrations.id)
        except StoreError:
            return False
        return True


def check_tag(tag: str) -> None:
    """Refuse what cannot be a tag.

    Raises:
        InputError: If it cannot.
    """
    if not isinstance(tag, str) or not _TAG.fullmatch(tag) or tag in (CURRENT, LATEST) or tag.startswith("cal-"):
        raise InputError(
            f"{tag!r} cannot be a tag.",
            remedy=f"Use letters, digits and _ . : / -, at most 100; not '{CURRENT}', '{LATEST}' or 'cal-...'.",
        )


def _counts(calibrations: CalibrationSet) -> dict[str, int]:
    every = calibrations.calibrations
    return {
        "calibrations": len(every),
        "frames": len(calibrations.frames),
        "gates": len({one.gate for one in every}),
        "qubits": len({qubit for one in every for qubit in one.qubits if qubit is not None}),
    }
