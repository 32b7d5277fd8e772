# SPDX-License-Identifier: Apache-2.0
"""Files of pictures: which formats there are, and how a scene gets into one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from feedline.errors import InputError, MissingExtraError, nearest
from feedline_hal.export.text_file import unwritable, write_text

if TYPE_CHECKING:
    from .scene import Scene

SUFFIXES = (".html", ".pdf", ".png", ".svg")
"""What can be drawn: matplotlib draws all but .html, which is plotly's."""

_DPI, _MOST_DOTS = 150, 60_000


def check_picture(path: str | os.PathLike[str] | None) -> Path | None:
    """Refuse a file that could not be drawn, before anything is computed.

    Raises:
        InputError: If the format is unknown or the folder does not exist.
        MissingExtraError: If what draws it is not installed.
    """
    if path is None:
        _need("matplotlib")
        return None
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(
            f"{path} is not a kind of picture that can be drawn.", remedy=nearest(path.suffix.lower(), SUFFIXES)
        )
    if path.is_dir() or not path.parent.is_dir():
        raise InputError(f"{path} cannot be written.", remedy="Name a file in a folder that exists.")
    _need("plotly" if path.suffix.lower() == ".html" else "matplotlib")
    return path


def painted(scene: Scene, path: Path | None, window_ns: tuple[float | None, float | None] | None) -> Any:
    """Draw a scene, write it if there is a path, and return the figure."""
    if path is not None and path.suffix.lower() == ".html":
        from .plotly_painter import page
        from .plotly_painter import paint as paint_page

        figure = paint_page(scene, window_ns)
        write_text(path, page(figure))
        return figure
    from .matplotlib_painter import paint

    figure = paint(scene, window_ns)
    if path is not None:
        save(figure, path)
    return figure


def save(figure: Any, path: Path) -> None:
    """Write a figure; without dates, so that the same program gives the same file."""
    import matplotlib as mpl

    dates = {".pdf": "CreationDate", ".svg": "Date"}.get(path.suffix.lower())
    try:
        with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "feedline"}):
            figure.savefig(path, dpi=_dpi(figure), metadata={dates: None} if dates else None)
    except OSError as error:
        raise unwritable(path, error) from error


def _dpi(figure: Any) -> float:
    """Dots per inch: fewer for pictures that would have more dots than can be drawn."""
    return float(min(_DPI, _MOST_DOTS / max(figure.get_size_inches())))


def _need(name: str) -> None:
    from importlib import import_module

    try:
        import_module(name)
    except ImportError:
        raise MissingExtraError(
            f"This picture needs {name}, which is not installed.", remedy="pip install 'feedline[plot]'"
        ) from None
