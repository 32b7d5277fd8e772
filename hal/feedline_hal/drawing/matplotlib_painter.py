# SPDX-License-Identifier: Apache-2.0
"""Draws a scene with matplotlib: few artists however many pulses, no window, no global state."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from .circuit_panel import draw_circuit
from .palette import CAPTURE_COLOUR, CAPTURE_FACE, FREQUENCY_COLOUR, I_COLOUR, INK, PHASE_COLOUR, Q_COLOUR, SOFT
from .port_panel import draw_ports
from .scene import CAPTURE, FREQUENCY, GATE, PHASE, PLAY, Scene
from .view import View

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_STYLE: dict[Any, Any] = {
    "font.size": 9,
    "svg.fonttype": "none",
    "svg.hashsalt": "feedline",
    "axes.unicode_minus": True,
}
_LEFT_IN, _RIGHT_IN, _TOP_IN, _BOTTOM_IN, _GAP_IN = 1.5, 0.75, 0.42, 0.78, 0.12
_CAPTION_IN = 0.2
_SHORTEST_IN = 0.22
_WIDTHS_IN = (8.0, 26.0)
_PAD_POINTS = 7.0
_TICK_POINTS = 24.0


def paint(scene: Scene, window_ns: tuple[float | None, float | None] | None = None) -> Figure:
    """Draw a scene, or the part of it in a window of time.

    Raises:
        PulseError: If nothing is in the window.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    scene, (start, end) = scene.zoomed(window_ns)
    width = _width_in(scene, end - start)
    inner = width - _LEFT_IN - _RIGHT_IN
    points_per_ns = (72 * inner - 2 * _PAD_POINTS) / (end - start)
    view = View(
        start_ns=start,
        end_ns=end,
        points_per_ns=points_per_ns,
        lane_points=72 * (0.62 if len(scene.ports) <= 12 else 0.5),
        line_points=72 * (0.36 if len(scene.qubits) <= 12 else 0.3),
        pad_ns=_PAD_POINTS / points_per_ns,
    )
    lanes_in, lines_in = view.lane_points * max(len(scene.ports), 1) / 72, view.line_points * len(scene.qubits) / 72
    gap = _GAP_IN if scene.qubits else 0.0
    height = _TOP_IN + (_CAPTION_IN if scene.sections else 0.0) + lines_in + gap + lanes_in + _BOTTOM_IN
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(width, height))
        ports = figure.add_axes((_LEFT_IN / width, _BOTTOM_IN / height, inner / width, lanes_in / height))
        draw_ports(ports, scene, view)
        top = ports
        if scene.qubits:
            place = (_LEFT_IN / width, (_BOTTOM_IN + lanes_in + gap) / height, inner / width, lines_in / height)
            top = figure.add_axes(place)
            draw_circuit(top, scene, view)
        _time_axis(ports, scene, view)
        _sections((ports, top), scene, view)
        _head(figure, scene, height)
        _legend(figure, scene, height)
    return figure


def _width_in(scene: Scene, span_ns: float) -> float:
    """Wide enough for the shortest gate or pulse to be seen, within what a page or screen takes."""
    lengths = [item.duration_ns for item in scene.of_kind(GATE, PLAY) if item.duration_ns > 0]
    wanted = _SHORTEST_IN * span_ns / min(lengths) if lengths else 0.0
    return float(np.clip(wanted + _LEFT_IN + _RIGHT_IN, *_WIDTHS_IN))


def _time_axis(axis: Axes, scene: Scene, view: View) -> None:
    from matplotlib.ticker import MaxNLocator

    is_long = view.end_ns >= 10_000
    unit, divisor = ("µs", 1000.0) if is_long else ("ns", 1.0)
    places: list[float] = []
    labels: list[str] = []
    for start, end, _ in scene.sections or [(0.0, scene.duration_ns, "")]:
        low, high = max(start, view.start_ns), min(end, view.end_ns)
        number = max(1, int((high - low) * view.points_per_ns / 60))
        ticks = MaxNLocator(nbins=number, steps=[1, 2, 2.5, 5, 10]).tick_values(low - start, max(high, low) - start)
        # The label of a tick must not run into that of the next block's start.
        latest = high - _TICK_POINTS / view.points_per_ns if scene.sections else high + 1e-9
        kept = [tick for tick in ticks if low - 1e-9 <= tick + start and (tick + start <= latest or tick == 0)]
        places += [tick + start for tick in kept]
        labels += [f"{tick / divisor:.10g}" for tick in kept]
    axis.set_xticks(places, labels)
    axis.set_xlabel(f"time ({unit}){', from the start of each block' if scene.sections else ''}", color=INK)


def _sections(axes: Iterable[Axes], scene: Scene, view: View) -> None:
    """Dashed lines where blocks meet, every other block tinted, captions on top."""
    panels = list(dict.fromkeys(axes))
    for index, (start, end, caption) in enumerate(scene.sections):
        if end < view.start_ns or start > view.end_ns:
            continue
        for axis in panels:
            if index % 2:
                axis.axvspan(start, end, color="#f3f1ea", lw=0, zorder=0)
            if index:
                axis.axvline(start, color=SOFT, lw=0.8, ls=(0, (4, 3)), zorder=1)
        if caption:
            at = max(start, view.start_ns)
            words = _fitted(caption, (end - at) * view.points_per_ns / 4.9)
            panels[-1].annotate(
                words, (at, 1.0), xycoords=("data", "axes fraction"), xytext=(3, 3), textcoords="offset points",
                fontsize=8, style="italic", color=SOFT, annotation_clip=False,
            )  # fmt: skip


def _fitted(text: str, characters: float) -> str:
    return text if len(text) <= characters else f"{text[: max(int(characters) - 1, 3)]}…"


def _head(figure: Figure, scene: Scene, height: float) -> None:
    at = 1 - 0.2 / height
    x = 0.15 / figure.get_figwidth()
    figure.text(x, at, scene.title, fontsize=11, weight="bold", color=INK, va="center")
    length = f"{scene.duration_ns / 1000:.6g} µs" if scene.duration_ns >= 10_000 else f"{scene.duration_ns:.6g} ns"
    shown = length if not scene.sections else "blocks drawn one after another"
    figure.text(1 - x, at, shown, fontsize=9, color=SOFT, va="center", ha="right")


def _legend(figure: Figure, scene: Scene, height: float) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    shown: list[Any] = [
        Patch(fc=I_COLOUR, alpha=0.75, label="I (real part)"),
        Patch(fc=Q_COLOUR, alpha=0.75, label="Q (imaginary part)"),
    ]
    if scene.of_kind(CAPTURE):
        shown.append(Patch(fc=CAPTURE_FACE, ec=CAPTURE_COLOUR, label="capture"))
    if scene.of_kind(PHASE):
        shown.append(Line2D([], [], marker="o", ls="", mfc="white", mec=PHASE_COLOUR, ms=6, label="phase change"))
    if scene.of_kind(FREQUENCY):
        shown.append(Line2D([], [], marker="^", ls="", color=FREQUENCY_COLOUR, ms=5, label="frequency change"))
    figure.legend(
        handles=shown, loc="lower left", ncols=len(shown), frameon=False, fontsize=8, labelcolor=SOFT,
        bbox_to_anchor=(0.05 / figure.get_figwidth(), 0.03 / height), handlelength=1.2, columnspacing=1.4,
    )  # fmt: skip
