# SPDX-License-Identifier: Apache-2.0
"""Pictures of results, drawn with matplotlib into a file; no window, no global state."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import InputError, MissingExtraError, nearest

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SUFFIXES = (".pdf", ".png", ".svg")
_MOST_BARS = 32
_COLOURS = ("#1f5fa8", "#d9822b", "#2b8a6e", "#a83279", "#6b6b6b", "#7a5cc7")
_STYLE: dict[Any, Any] = {  # matplotlib spells the keys out as a type
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e4e4e4",
    "font.size": 10,
    "svg.fonttype": "none",
    "svg.hashsalt": "feedline",
}


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Curve:
    """One line of a plot.

    Attributes:
        y: Values, shape ``(n,)``.
        error: Standard errors, shape ``(n,)``, or ``None``.
        label: Its name in the legend.
    """

    y: NDArray[np.float64] = attrs.field(converter=np.asarray)
    error: NDArray[np.float64] | None = attrs.field(default=None, converter=attrs.converters.optional(np.asarray))
    label: str = ""


def check_plot_file(path: str | os.PathLike[str]) -> Path:
    """Refuse a file that could not be drawn, before shots are spent on it.

    Raises:
        InputError: If the format is unknown or the folder does not exist.
        MissingExtraError: If matplotlib is not installed.
    """
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(
            f"{path} is not a kind of picture that can be drawn.",
            remedy=nearest(path.suffix.lower(), SUFFIXES),
        )
    if path.is_dir() or not path.parent.is_dir():
        raise InputError(f"{path} cannot be written.", remedy="Name a file in a folder that exists.")
    try:
        import matplotlib  # noqa: F401 - only whether it is there
    except ImportError:
        raise MissingExtraError(
            "Pictures need matplotlib, which is not installed.", remedy="pip install 'feedline[plot]'"
        ) from None
    return path


def plot_counts(
    panels: Sequence[tuple[str, Mapping[str, int]]], path: str | os.PathLike[str], *, title: str = ""
) -> None:
    """Draw histograms of counts, one panel below the other.

    Args:
        panels: Title and counts of each panel; beyond 32 outcomes the rest is one bar.
        path: File to write; its suffix is the format (png, svg, pdf).
        title: Title of the whole picture.

    Raises:
        InputError: If the file cannot be written.
    """
    path = check_plot_file(path)
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(7.0, 0.6 + 2.4 * len(panels)), layout="constrained")
        axes = figure.subplots(len(panels), 1, squeeze=False)[:, 0]
        for axis, (name, counts) in zip(axes, panels, strict=True):
            _draw_counts(axis, name, counts)
        if title:
            figure.suptitle(title)
        _save(figure, path)


def plot_curves(
    x: ArrayLike,
    curves: Sequence[Curve],
    path: str | os.PathLike[str],
    *,
    labels: tuple[str, str] = ("", ""),
    reference: tuple[str, float] | None = None,
    title: str = "",
) -> None:
    """Draw values against a swept parameter, with error bars where there are any.

    Args:
        x: Horizontal coordinates, shape ``(n,)``.
        curves: What is drawn.
        path: File to write; its suffix is the format (png, svg, pdf).
        labels: Labels of the two axes.
        reference: Name and height of a horizontal line, the exact value for instance.
        title: Title of the picture.

    Raises:
        InputError: If the file cannot be written.
    """
    path = check_plot_file(path)
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(7.0, 4.0), layout="constrained")
        axis = figure.subplots()
        for index, curve in enumerate(curves):
            colour = _COLOURS[index % len(_COLOURS)]
            axis.errorbar(
                x,
                curve.y,
                yerr=curve.error,
                label=curve.label,
                color=colour,
                marker="o",
                ms=3.5,
                lw=1.2,
                capsize=2,
            )
        if reference is not None:
            axis.axhline(reference[1], label=reference[0], color="#333333", ls="--", lw=1)
        if not np.any(np.mod(x, 1)):
            axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.set(xlabel=labels[0], ylabel=labels[1], title=title)
        if reference is not None or any(curve.label for curve in curves):
            axis.legend(frameon=False)
        _save(figure, path)


def _draw_counts(axis: Axes, name: str, counts: Mapping[str, int]) -> None:
    """Bars in the order of the bit strings; of many outcomes, the most frequent."""
    order = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shown, rest = sorted(order[:_MOST_BARS]), order[_MOST_BARS:]
    labels = [bits for bits, _ in shown] + ([f"{len(rest)} others"] if rest else [])
    heights = [count for _, count in shown] + ([sum(count for _, count in rest)] if rest else [])
    bars = axis.bar(range(len(heights)), heights, color=_COLOURS[0])
    if rest:
        bars[-1].set_color("#b5b5b5")
    longest = max((len(label) for label in labels), default=0)
    axis.set_xticks(range(len(labels)), labels, rotation=90 if longest * len(labels) > 80 else 0, family="monospace")
    axis.grid(visible=False, axis="x")
    axis.set(ylabel="shots", title=name)


def _save(figure: Figure, path: Path) -> None:
    """Write the picture; without dates, so that the same result gives the same file."""
    dates = {".pdf": "CreationDate", ".svg": "Date"}.get(path.suffix.lower())
    try:
        figure.savefig(path, dpi=150, metadata={dates: None} if dates else None)
    except OSError as error:
        raise InputError(
            f"{path} cannot be written: {error.strerror}.", remedy="Check the folder and the disk."
        ) from error
