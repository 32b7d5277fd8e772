# SPDX-License-Identifier: Apache-2.0
"""Pictures of racks: what ``feedline rack show`` draws."""

from __future__ import annotations

import io
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from feedline_hal.export.text_file import write_text

from .palette import CAPTURE_COLOUR, I_COLOUR, INK, LINE, PALE, SOFT
from .picture_file import check_picture, save
from .wiring_layout import wiring_scene
from .wiring_scene import IN, OUT, PORT, SIDE, TRIGGER, BoxItem, MixerItem, WireItem, WiringScene, WordItem

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from feedline_hal.rack.schema import RackSpec

_COLOURS = {OUT: I_COLOUR, IN: CAPTURE_COLOUR, TRIGGER: "#c4701f"}
_RADIUS = 0.17
_SMALL, _PLAIN = 7.0, 8.5
_ROOM = 0.0154
"""Inches that a character of one point takes, with some slack."""
_STUB = 0.1
"""Inches at the end of a wire that its arrow is drawn along."""
_BLANKS, _FIRM = "  ", "\N{NO-BREAK SPACE}" * 2
"""Blanks between words, and those that SVG keeps: of several plain ones it shows one."""

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>body {{ margin: 1rem; }} svg {{ max-width: 100%; height: auto; }}</style></head>
<body>
{svg}
</body></html>
"""


def draw_rack(spec: RackSpec, path: str | os.PathLike[str] | None = None) -> Figure:
    """Draw the wiring of a rack: instruments, channels, mixers and their local oscillators, ports, triggers.

    Args:
        spec: The rack file.
        path: File to write; the suffix is the format: .svg, .png, .pdf, or .html.

    Returns:
        Matplotlib's figure.

    Raises:
        InputError: If the file cannot be written.
        MissingExtraError: If matplotlib is not installed.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    checked = None if path is None else Path(path)
    is_page = checked is not None and checked.suffix.lower() == ".html"
    check_picture(checked.with_suffix(".svg") if is_page and checked is not None else checked)
    scene = wiring_scene(spec)
    with mpl.rc_context({"font.size": _PLAIN, "svg.fonttype": "none", "svg.hashsalt": "feedline"}):
        figure = Figure(figsize=(scene.width, scene.height))
        axis = figure.add_axes((0, 0, 1, 1))
        _paint(axis, scene)
    if is_page and checked is not None:
        write_text(checked, _PAGE.format(title=scene.title, svg=_svg(figure)))
    elif checked is not None:
        save(figure, checked)
    return figure


def _svg(figure: Figure) -> str:
    import matplotlib as mpl

    text = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "feedline"}):
        figure.savefig(text, format="svg", metadata={"Date": None})
    drawn = text.getvalue()
    return drawn[drawn.index("<svg") :]  # without the head of a file of its own


def _paint(axis: Axes, scene: WiringScene) -> None:
    axis.set_xlim(0, scene.width)
    axis.set_ylim(0, scene.height)
    axis.set_axis_off()
    axis.text(0.35, scene.height - 0.36, scene.title, fontsize=13, weight="bold", color=INK, va="center")
    axis.text(
        scene.width - 0.35, scene.height - 0.36, scene.subtitle, fontsize=_PLAIN, color=SOFT, va="center", ha="right"
    )
    for wire in scene.wires:
        _wire(axis, wire)
    for box in scene.boxes:
        _box(axis, box)
    for mixer in scene.mixers:
        _mixer(axis, mixer)
    for word in scene.words:
        _word(axis, word)
    for text in axis.texts:
        text.set_text(text.get_text().replace(_BLANKS, _FIRM))
    _legend(axis, scene)


def _wire(axis: Axes, wire: WireItem) -> None:
    colour = _COLOURS[wire.kind]
    xs, ys = zip(*wire.points, strict=True)
    width = 1.0 if wire.kind == TRIGGER else 1.4
    axis.plot(xs, ys, color=colour, lw=width, solid_joinstyle="round", zorder=2)
    if wire.has_arrow:
        (x, y), (back_x, back_y) = wire.points[-1], wire.points[-2]
        share = _STUB / max(_STUB, math.hypot(back_x - x, back_y - y))
        start = (x + share * (back_x - x), y + share * (back_y - y))
        axis.annotate(
            "", wire.points[-1], start, zorder=2,
            arrowprops={"arrowstyle": "-|>,head_length=0.35,head_width=0.16", "color": colour, "lw": width,
                        "shrinkA": 0, "shrinkB": 0},
        )  # fmt: skip


def _box(axis: Axes, box: BoxItem) -> None:
    from matplotlib.patches import FancyBboxPatch

    is_port = box.kind == PORT
    rounding = 0.2 if is_port else 0.06
    face = "white" if is_port else PALE
    axis.add_patch(
        FancyBboxPatch(
            (box.left + rounding, box.bottom + rounding), box.width - 2 * rounding, box.height - 2 * rounding,
            boxstyle=f"round,pad={rounding}", fc=face, ec=INK if is_port else LINE, lw=1.1, zorder=3,
        )
    )  # fmt: skip
    if is_port:
        middle = box.left + box.width / 2
        axis.text(middle, box.bottom + 0.355, box.title, ha="center", va="center", weight="bold", color=INK, zorder=5)
        axis.text(
            middle, box.bottom + 0.16, _fitted(box.lines[0], box.width - 0.2), ha="center", va="center",
            fontsize=_SMALL, color=SOFT, zorder=5,
        )  # fmt: skip
        return
    if box.kind == SIDE and box.colour:
        axis.plot(
            [box.left + 0.07] * 2, [box.bottom + 0.12, box.top - 0.12], color=box.colour, lw=3.5, zorder=4,
            solid_capstyle="round",
        )  # fmt: skip
    left = box.left + 0.16
    axis.text(left, box.top - 0.17, box.title, va="center", weight="bold", color=INK, zorder=5, fontsize=9.5)
    for index, line in enumerate(box.lines):
        axis.text(
            left, box.top - 0.36 - 0.155 * index, _fitted(line, box.width - 0.24), va="center", fontsize=_SMALL,
            color=INK if index > 1 else SOFT, zorder=5,
        )  # fmt: skip


def _mixer(axis: Axes, mixer: MixerItem) -> None:
    from matplotlib.patches import Circle

    x, y = mixer.at
    axis.plot([x, x], [y - _RADIUS, y - 0.27], color=mixer.colour, lw=1.4, zorder=2)
    axis.add_patch(Circle((x, y), _RADIUS, fc="white", ec=INK, lw=1.1, zorder=4))
    reach = _RADIUS * 0.62
    for sign in (1, -1):
        axis.plot([x - reach, x + reach], [y - sign * reach, y + sign * reach], color=INK, lw=1.1, zorder=5)
    axis.text(
        x, y - 0.34, f"{mixer.lo}  {mixer.frequency}", ha="center", va="center", fontsize=_SMALL, color="white",
        zorder=6, bbox={"boxstyle": "round,pad=0.25", "fc": mixer.colour, "ec": "none"},
    )  # fmt: skip
    if mixer.note:
        axis.text(x + 0.5, y - 0.34, mixer.note, ha="left", va="center", fontsize=6.5, color=SOFT, zorder=6)


def _word(axis: Axes, word: WordItem) -> None:
    colour = _COLOURS.get(word.kind, SOFT)
    frame: dict[str, Any] | None = None
    if word.is_chip:
        frame = {"boxstyle": "square,pad=0.3", "fc": "white", "ec": colour, "lw": 1.0}
    axis.text(
        *word.at, word.text, ha=word.align, va="center", fontsize=_SMALL, color=INK if word.is_chip else colour,
        zorder=6, bbox=frame,
    )  # fmt: skip


def _legend(axis: Axes, scene: WiringScene) -> None:
    from matplotlib.lines import Line2D

    words = {OUT: "to the device", IN: "from the device", TRIGGER: "trigger"}
    axis.legend(
        handles=[Line2D([], [], color=_COLOURS[kind], lw=1.6, label=text) for kind, text in words.items()],
        loc="lower left", bbox_to_anchor=(0.35 / scene.width, 0.14 / scene.height), borderaxespad=0, borderpad=0,
        ncols=3, frameon=False, fontsize=_SMALL, labelcolor=SOFT,
        handlelength=1.4, columnspacing=1.4,
    )  # fmt: skip


def _fitted(text: str, width: float) -> str:
    """A text that is not wider than its box."""
    most = int(width / (_ROOM * 0.5 * _SMALL))
    return text if len(text) <= most else f"{text[: most - 1]}…"
