# SPDX-License-Identifier: Apache-2.0
"""Draws rack-path.svg, the way of a circuit to the wire and back.  python docs/images/rack_path.py [FILE]"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib as mpl
from architecture import BLUE, BLUE_LIGHT, GREEN, GREEN_LIGHT, INK, ORANGE, ORANGE_LIGHT, PAPER, SOFT, arrow, box, words
from matplotlib.axes import Axes
from matplotlib.figure import Figure

STAGES = (
    ("port program", "lowered once;\nvalues over one vector"),
    ("plan", "packs: what fits into\nmemories; periods, runs"),
    ("program", "samples of each channel,\nunique waveforms, steps"),
    ("assemble", "bytes of each sequencer,\nin parts named by content"),
    ("execute", "load what is missing,\narm, trigger, read"),
)
LANES = (
    ("settables", "LOs, biases: once", "values"),
    ("coordinator", "load \u00b7 arm, start last", "triggers"),
    ("sequencers", "load \u00b7 arm \u00b7 start", "samples"),
    ("digitizers", "load \u00b7 arm \u00b7 results", "records"),
)


def _stages(axis: Axes) -> None:
    box(axis, 2, 42.5, 96, 16.5, edge=BLUE, face=BLUE_LIGHT)
    axis.text(3.6, 57, "feedline_rack", fontsize=10.5, weight="bold", color=BLUE, va="center")
    for index, (head, text) in enumerate(STAGES):
        x = 3.4 + 18.9 * index
        box(axis, x, 44.2, 17.6, 10.6, edge=BLUE, face=PAPER)
        words(axis, x + 8.8, 49, head, text, colour=BLUE)
        if index:
            arrow(axis, (x - 1.3, 49.5), (x, 49.5))


def _lanes(axis: Axes) -> None:
    for index, (head, text, what) in enumerate(LANES):
        x = 3.4 + 19.6 * index
        box(axis, x, 20, 17.6, 17.6, edge=GREEN, face=GREEN_LIGHT)
        words(axis, x + 8.8, 33.4, head, text, colour=GREEN)
        box(axis, x + 1.2, 25.6, 15.2, 4.2, edge=ORANGE, face=ORANGE_LIGHT)
        axis.text(x + 8.8, 27.7, "gate", ha="center", va="center", fontsize=9.5, weight="bold", color=ORANGE)
        axis.text(x + 8.8, 22.6, "transport", ha="center", va="center", fontsize=9.5, color=INK)
        up = head == "digitizers"
        arrow(axis, *(((x + 8.8, 12.8), (x + 8.8, 20)) if up else ((x + 8.8, 20), (x + 8.8, 12.8))), what)
        arrow(axis, (x + 8.8, 42.5), (x + 8.8, 37.6))
    axis.text(13.4, 40, "a lane each", fontsize=8.4, color=SOFT, style="italic", va="center")


def draw(axis: Axes) -> None:
    """Draw the stages, a lane for each kind of instrument, the bench below, and the way back of the records."""
    words(axis, 50, 62, "Device.execute: template \u00d7 values \u00d7 shots")
    arrow(axis, (50, 61), (50, 59))
    _stages(axis)
    _lanes(axis)
    box(axis, 82.6, 20, 15.4, 17.6, edge=BLUE, face=BLUE_LIGHT)
    words(
        axis,
        90.3,
        29.6,
        "readout",
        "demodulate, integrate,\ncompare with a threshold,\nwhile the rest arrives",
        colour=BLUE,
    )
    arrow(axis, (79.8, 24), (82.6, 24))
    arrow(axis, (90.3, 37.6), (90.3, 42.5), "chunks")
    box(axis, 2, 5.6, 78.8, 7.2, edge=INK, face=PAPER)
    words(axis, 41.4, 9.2, "instruments on the bench, or emulators at their addresses", size=9.5)


def main(path: Path) -> None:
    """Write the picture."""
    with mpl.rc_context({"font.family": "DejaVu Sans", "svg.fonttype": "path", "svg.hashsalt": "feedline"}):
        figure = Figure(figsize=(11, 6.6))
        axis = figure.add_axes((0, 0, 1, 1))
        axis.set(xlim=(0, 100), ylim=(4, 64))
        axis.axis("off")
        draw(axis)
        metadata = {"Date": None} if path.suffix == ".svg" else None
        figure.savefig(path, dpi=130, facecolor=PAPER, metadata=metadata)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("rack-path.svg"))
