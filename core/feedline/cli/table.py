# SPDX-License-Identifier: Apache-2.0
"""Plain tables: aligned columns that read well in a terminal and survive a pipe."""

from __future__ import annotations

from collections.abc import Sequence

import click


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, right: frozenset[int] = frozenset()) -> str:
    """Align columns, two spaces apart.

    Args:
        head: Column titles.
        rows: Cells, as many as titles; a cell may hold colours.
        right: Columns that are aligned to the right (numbers).

    Returns:
        Lines of text, the first one the titles.
    """
    columns = list(zip(head, *rows, strict=True))
    widths = [max(len(click.unstyle(cell)) for cell in column) for column in columns]
    lines = []
    for row in (head, *rows):
        cells = []
        for index, (cell, width) in enumerate(zip(row, widths, strict=True)):
            space = " " * (width - len(click.unstyle(cell)))
            cells.append(space + cell if index in right else cell + space)
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def facts(pairs: Sequence[tuple[str, str]]) -> str:
    """Lines of ``name  value``, values aligned; empty values are left out."""
    shown = [(name, value) for name, value in pairs if value]
    width = max((len(name) for name, _ in shown), default=0)
    return "\n".join(f"{name:<{width}}  {value}" for name, value in shown)


def duration(seconds: float) -> str:
    """Seconds as people read them: ``23 us``, ``12 ms``, ``3.4 s``, ``5 min 20 s``, ``2 h 05 min``."""
    if 0 < seconds < 1e-3:
        return f"{seconds * 1e6:.3g} us"
    if 0 < seconds < 1:
        return f"{seconds * 1000:.3g} ms"
    if not seconds:
        return "0 s"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"
