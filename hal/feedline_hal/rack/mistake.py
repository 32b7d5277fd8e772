# SPDX-License-Identifier: Apache-2.0
"""Mistakes in a file, and the error that holds all of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import attrs

from feedline.errors import InputError


@attrs.frozen(slots=True)
class Mistake:
    """One mistake in a rack file, or another that is read like one.

    Attributes:
        path: Where in the file: ``instruments.lo1.safe.power_dbm``; empty for the file as a whole.
        what: What is wrong, with the value; a sentence that goes on from the path.
        remedy: What to do about it; a sentence.
        line: Line of the file, from 1; 0 if it is not known.
    """

    path: str
    what: str
    remedy: str
    line: int = 0

    @property
    def statement(self) -> str:
        """Where and what, without the remedy."""
        line = f"line {self.line}" if self.line else ""
        place = f"{self.path} ({line})" if self.path and line else self.path or line
        return f"{place}: {self.what}" if place else self.what

    def __str__(self) -> str:
        return f"{self.statement} {self.remedy}"


class FileError(InputError):
    """A file with mistakes: all that were found.

    Args:
        path: The file.
        mistakes: At least one.
    """

    def __init__(self, path: str | Path, mistakes: Iterable[Mistake]) -> None:
        self.path = Path(path)
        self.mistakes = tuple(mistakes)
        if len(self.mistakes) == 1:
            only = self.mistakes[0]
            super().__init__(f"{path}: {only.statement}", remedy=only.remedy)
        else:
            lines = "\n".join(f"  {mistake}" for mistake in self.mistakes)
            what = f"{path} has {len(self.mistakes)} mistakes:\n{lines}"
            super().__init__(what, remedy="Correct them, then check the file again.")

    def __reduce__(self) -> tuple[object, ...]:
        """Rebuild with the mistakes."""
        return type(self), (self.path, self.mistakes)


class RackFileError(FileError):
    """A rack file with mistakes: all that were found."""
