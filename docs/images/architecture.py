# SPDX-License-Identifier: Apache-2.0
"""Draws architecture.svg, the picture in the README.  python docs/images/architecture.py [FILE]"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

INK, SOFT, PAPER = "#1d2b3a", "#5b6b7b", "#ffffff"
BLUE, BLUE_LIGHT = "#1f5fa8", "#e8f0f9"
GREEN, GREEN_LIGHT = "#2b8a6e", "#e6f4ef"
ORANGE, ORANGE_LIGHT = "#c4701f", "#fbf0e4"
GREY, GREY_LIGHT = "#9aa5b1", "#f5f6f8"


def box(axis: Axes, x: float, y: float, w: float, h: float, *, edge: str, face: str, later: bool = False) -> None:
    """A rounded box; dashed if it is not built yet."""
    style = "round,pad=0,rounding_size=0.9"
    line = {"ls": (0, (4, 3)), "lw": 1.0} if later else {"lw": 1.4}
    axis.add_patch(FancyBboxPatch((x, y), w, h, boxstyle=style, ec=edge, fc=face, **line))


def words(axis: Axes, x: float, y: float, head: str, text: str = "", *, colour: str = INK, size: float = 10.5) -> None:
    """A bold line and smaller ones below it, centred at (x, y)."""
    lines = text.split("\n") if text else []
    top = y + 1.05 * len(lines)
    axis.text(x, top, head, ha="center", va="center", fontsize=size, weight="bold", color=colour)
    for number, line in enumerate(lines):
        axis.text(x, top - 2.3 - 2.0 * number, line, ha="center", va="center", fontsize=8.4, color=SOFT)


def arrow(axis: Axes, start: tuple[float, float], end: tuple[float, float], label: str = "") -> None:
    """An arrow with a word beside it."""
    style = {
        "arrowstyle": "-|>,head_width=0.22,head_length=0.42",
        "lw": 1.3,
        "color": SOFT,
        "shrinkA": 0,
        "shrinkB": 0,
    }
    axis.annotate("", xy=end, xytext=start, arrowprops=style)
    if label:
        x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
        side = (0, 1.3) if start[1] == end[1] else (1.2, 0)
        align = "center" if start[1] == end[1] else "left"
        axis.text(x + side[0], y + side[1], label, fontsize=8.4, color=SOFT, ha=align, va="center", style="italic")


def draw(axis: Axes) -> None:
    """Draw everything, from what users import down to what is on the wire."""
    box(axis, 18, 59.5, 64, 6.5, edge=INK, face=PAPER)
    words(axis, 50, 62.7, "from feedline import Sampler, Estimator, Executor, Session, Batch")
    arrow(axis, (50, 59.5), (50, 55.2), "circuits, pubs, quantum programs")

    box(axis, 2, 34.5, 96, 20.5, edge=BLUE, face=BLUE_LIGHT)
    axis.text(3.6, 52.7, "core", fontsize=10.5, weight="bold", color=BLUE, va="center")
    steps = [
        ("primitives", "check, transpile once,\ngroup terms, make a plan"),
        ("plan", "executions (template \u00d7\nvalues \u00d7 shots) and a fold"),
        ("passes", "widen it on the way down,\nfold on the way up; plugins"),
        ("runtime", "lanes, sessions, batches,\njobs, partial results"),
        ("job store", "SQLite: jobs outlive\nthe process"),
    ]
    for index, (head, text) in enumerate(steps):
        x, later = 3.4 + 18.9 * index, head == "passes"
        box(axis, x, 37, 17.6, 13, edge=GREY if later else BLUE, face=PAPER, later=later)
        words(axis, x + 8.8, 42.8, head, text, colour=SOFT if later else BLUE)
        if index:
            arrow(axis, (x - 1.3, 43.5), (x, 43.5))

    arrow(axis, (34, 34.5), (34, 30.2))
    arrow(axis, (66, 34.5), (66, 30.2), "executions down, chunks up")
    box(axis, 20, 22.5, 28, 7.5, edge=INK, face=PAPER)
    words(axis, 34, 25.9, "Backend", "describes: target, capabilities; no I/O")
    box(axis, 52, 22.5, 28, 7.5, edge=INK, face=PAPER)
    words(axis, 66, 25.9, "Device", "acts: exclusive, warm; one lane each")
    arrow(axis, (48, 26.2), (52, 26.2), "open()")

    axis.plot([2, 98], [20.4, 20.4], color=SOFT, lw=1, ls=(0, (1, 2)))
    label = "made by plugins: entry points, pluggy hooks, nothing imported before it is used"
    axis.text(
        50,
        20.4,
        f"  {label}  ",
        fontsize=8.4,
        color=SOFT,
        ha="center",
        va="center",
        style="italic",
        backgroundcolor=PAPER,
    )
    providers = [
        ("feedline_aer", "Qiskit Aer: ideal,\nnoisy, or like a device", False),
        ("feedline_qiskit", "any Qiskit BackendV2\nof any vendor", False),
        ("your provider", "an afternoon: one package,\none contract test", False),
        ("feedline_rack", "your rack: pulses, drivers,\nemulated instruments", False),
    ]
    for index, (head, text, later) in enumerate(providers):
        x = 2 + 24.4 * index
        own = head.startswith("your")
        edge, face = (ORANGE, ORANGE_LIGHT) if own else (GREY, GREY_LIGHT) if later else (GREEN, GREEN_LIGHT)
        box(axis, x, 8.6, 22.8, 9.8, edge=edge, face=face, later=later)
        words(axis, x + 11.4, 13.3, head, text, colour=SOFT if later else edge)
        arrow(axis, (x + 11.4, 8.6), (x + 11.4, 5.2))
    for index, text in enumerate(["simulator", "vendor's SDK", "your electronics", "VISA, serial"]):
        axis.text(13.4 + 24.4 * index, 3.4, text, ha="center", va="center", fontsize=9.5, color=INK)


def main(path: Path) -> None:
    """Write the picture."""
    with mpl.rc_context({"font.family": "DejaVu Sans", "svg.fonttype": "path", "svg.hashsalt": "feedline"}):
        figure = Figure(figsize=(11, 7.4))
        axis = figure.add_axes((0, 0, 1, 1))
        axis.set(xlim=(0, 100), ylim=(0, 67.3))
        axis.axis("off")
        draw(axis)
        metadata = {"Date": None} if path.suffix == ".svg" else None
        figure.savefig(path, dpi=130, facecolor=PAPER, metadata=metadata)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("architecture.svg"))
