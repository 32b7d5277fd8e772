# SPDX-License-Identifier: Apache-2.0
"""The file that ``--plot`` names."""

from __future__ import annotations

from pathlib import Path

from feedline.errors import InputError


def check_picture(file: str | None) -> Path | None:
    """Refuse a file that could not be drawn; ``None`` if none is named.

    Raises:
        InputError: If the name is empty, its format unknown, or its folder does not exist.
        MissingExtraError: If matplotlib is not installed.
    """
    if file is None:
        return None
    from feedline.plot import SUFFIXES, check_plot_file

    if Path(file).suffix.lower() not in SUFFIXES:
        raise InputError(
            f"--plot '{file}' is not a kind of picture that can be drawn.",
            remedy=f"Name a file that ends in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}.",
        )
    return check_plot_file(file)
