# SPDX-License-Identifier: Apache-2.0
"""Outcomes shown: as text for people, as JSON for programs, as a picture for papers."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

import click
import numpy as np

from feedline.histogram import Style, histogram

from .outcome import Counted, Estimated, Outcome, Raw
from .table import table

_MOST_HISTOGRAMS = 8
_MOST_VALUES = 40
_MOST_PANELS = 8


def show_json(head: Mapping[str, Any], rows: Sequence[Outcome]) -> None:
    """Print one JSON document: the head, and ``results``, a list of flat objects."""
    click.echo(json.dumps({**head, "results": [row.row() for row in rows]}, indent=2))


def show_text(rows: Sequence[Outcome]) -> None:
    """Print histograms of counts, a table of values, a line for anything else."""
    counted = [row for row in rows if isinstance(row, Counted)]
    many = len(counted) > 1
    for row in counted[:_MOST_HISTOGRAMS]:
        if many:
            click.secho(_title(row), bold=True)
        click.echo(histogram(row.counts, row.registers, style=terminal_style()))
        if many:
            click.echo()
    _show_rest(len(counted), _MOST_HISTOGRAMS, "histograms")
    estimated = [row for row in rows if isinstance(row, Estimated)]
    if estimated:
        click.echo(_value_table(estimated[:_MOST_VALUES]))
        _show_rest(len(estimated), _MOST_VALUES, "values")
    for raw in [row for row in rows if isinstance(row, Raw)]:
        data = np.asarray(raw.data)
        mean = f", mean {data.mean():.4g}" if data.size and data.dtype.kind in "fci" else ""
        click.echo(f"{raw.circuit}  {raw.name}: {data.dtype} of shape {data.shape}{mean}; see --json")


def draw(rows: Sequence[Outcome], path: Path, *, title: str) -> str:
    """Draw a picture; return what to say about it."""
    from feedline.errors import InputError
    from feedline.plot import plot_counts

    estimated = [row for row in rows if isinstance(row, Estimated)]
    counted = [row for row in rows if isinstance(row, Counted)]
    if estimated:
        _draw_values(estimated, path, title)
    elif counted:
        panels = [(_title(row), row.counts) for row in counted[:_MOST_PANELS]]
        plot_counts(panels, path, title=title)
        if len(counted) > _MOST_PANELS:
            return f"{path} (the first {_MOST_PANELS} of {len(counted)} histograms)"
    else:
        raise InputError("There are no counts or values to draw.", remedy="Use --json for other data.")
    return str(path)


def terminal_style() -> Style:
    """Width of the terminal and the characters that it can show."""
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    try:
        "█▏".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return Style(width=_width(), blocks=False)
    return Style(width=_width())


def _width() -> int:
    return min(100, shutil.get_terminal_size().columns)


def _show_rest(number: int, shown: int, what: str) -> None:
    if number > shown:
        click.echo(f"and {number - shown} more {what}; --json prints all of them")


def _title(row: Counted) -> str:
    return "  ".join(filter(None, [row.circuit, _point(row.parameters)]))


def _point(parameters: Mapping[str, float]) -> str:
    return ", ".join(f"{name}={value:.6g}" for name, value in parameters.items())


def _value_table(rows: Sequence[Estimated]) -> str:
    columns: list[tuple[str, Callable[[Estimated], str], bool]] = []
    if len({row.circuit for row in rows}) > 1:
        columns.append(("circuit", lambda row: row.circuit, False))
    for name in rows[0].parameters:
        columns.append((name, partial(_parameter, name), True))
    if any(row.observable for row in rows):
        columns.append(("observable", lambda row: row.observable, False))
    columns.append(("value", lambda row: f"{row.value: .6f}", True))
    columns.append(("standard error", lambda row: f"{row.standard_error:.6f}", True))
    cells = [[read(row) for _, read, _ in columns] for row in rows]
    right = frozenset(index for index, column in enumerate(columns) if column[2])
    return table([name for name, _, _ in columns], cells, right=right)


def _parameter(name: str, row: Estimated) -> str:
    value = row.parameters.get(name)
    return "" if value is None else f"{value:.6g}"


def _draw_values(rows: Sequence[Estimated], path: Path, title: str) -> None:
    """A curve per circuit, observable and value of every parameter but the last; else points side by side."""
    from feedline.plot import Curve, plot_curves

    names = list(rows[0].parameters)
    if not names:
        error = np.array([row.standard_error for row in rows])
        curve = Curve(y=np.array([row.value for row in rows]), error=error)
        plot_curves(range(len(rows)), [curve], path, labels=("index", "expectation value"), title=title)
        return

    def family(row: Estimated) -> tuple[str, str, str]:
        return row.circuit, row.observable, _point({name: row.parameters[name] for name in names[:-1]})

    curves, x = [], [0.0]
    several = len({row.circuit for row in rows}) > 1
    for key, members in groupby(rows, family):
        group = list(members)
        x = [row.parameters[names[-1]] for row in group]
        label = "  ".join(filter(None, key if several else key[1:]))
        error = np.array([row.standard_error for row in group])
        curves.append(Curve(y=np.array([row.value for row in group]), error=error, label=label))
    plot_curves(x, curves, path, labels=(names[-1], "expectation value"), title=title)
