# SPDX-License-Identifier: Apache-2.0
"""Files to write: refused before anything is computed for them, and errors of the disk in words."""

from __future__ import annotations

import os
from pathlib import Path

from feedline.errors import InputError, nearest


def check_writable(path: str | os.PathLike[str], suffixes: tuple[str, ...]) -> Path:
    """Refuse a file of another kind, or in a folder that does not exist.

    Raises:
        InputError: Names the kinds that there are.
    """
    path = Path(path)
    if path.suffix.lower() not in suffixes:
        raise InputError(
            f"{path} is not a kind of file that can be written here.", remedy=nearest(path.suffix.lower(), suffixes)
        )
    if path.is_dir() or not path.parent.is_dir():
        raise InputError(f"{path} cannot be written.", remedy="Name a file in a folder that exists.")
    return path


def write_text(path: Path, text: str) -> None:
    """Write text as UTF-8.

    Raises:
        InputError: If the disk refuses.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise unwritable(path, error) from error


def unwritable(path: Path, error: OSError) -> InputError:
    """A file that the disk refuses."""
    return InputError(f"{path} cannot be written: {error.strerror}.", remedy="Check the folder and the disk.")
