# SPDX-License-Identifier: Apache-2.0
"""A lane per port: envelopes, captures, phase and frequency changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .envelope import thinned
from .palette import (
    CAPTURE_COLOUR,
    CAPTURE_FACE,
    FREQUENCY_COLOUR,
    I_COLOUR,
    LANE_SCALE,
    LINE,
    PHASE_COLOUR,
    Q_COLOUR,
    SOFT,
)
from .scene import CAPTURE, FREQUENCY, PHASE, PLAY, Item, Scene
from .view import View, frame_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DIAL = 3.2
"""Radius of a phase change's dial, in points."""
_DIAL_ROW = 0.46
"""Height of the dials above the middle of a lane."""
_LETTER = 0.58
_VISIBLE = 1e-3
"""Parts of an envelope below this, of the lane's peak, are not drawn."""


def draw_ports(axis: Axes, scene: Scene, view: View) -> None:
    """Draw all lanes."""
    from matplotlib.collections import LineCollection

    frame_of(axis, view)
    lanes = len(scene.ports)
    axis.set_ylim(max(lanes, 1) - 0.45, -0.6)
    axis.set_yticks(range(lanes), scene.ports)
    axis.grid(visible=True, axis="x", color="#e9ecef", lw=0.7)
    axis.set_axisbelow(True)
    middles = [[(view.start_ns, lane), (view.end_ns, lane)] for lane in range(lanes)]
    axis.add_collection(LineCollection(middles, colors=LINE, lw=0.7, zorder=1), autolim=False)
    _notes(axis, scene, view)
    _captures(axis, scene.of_kind(CAPTURE), view)
    _envelopes(axis, scene, view)
    _dials(axis, scene.of_kind(PHASE), view)
    _frequencies(axis, scene.of_kind(FREQUENCY), view)


def _notes(axis: Axes, scene: Scene, view: View) -> None:
    """Left below the name the frequency, right the amplitude that the lane's height stands for."""
    played = {item.lanes[0] for item in scene.of_kind(PLAY)}
    peaks = scene.peaks()
    for lane, note in enumerate(scene.notes):
        axis.annotate(
            note, (0, lane), xycoords=("axes fraction", "data"), xytext=(-7, -10.5), textcoords="offset points",
            fontsize=6.5, color=SOFT, ha="right", va="center", annotation_clip=False,
        )  # fmt: skip
        if lane in played:
            axis.annotate(
                f"±{peaks[lane]:.3g}", (1, lane), xycoords=("axes fraction", "data"), xytext=(5, 0), fontsize=7,
                textcoords="offset points", color=SOFT, ha="left", va="center", annotation_clip=False,
            )  # fmt: skip


def _envelopes(axis: Axes, scene: Scene, view: View) -> None:
    """All real parts in one collection, all imaginary parts in another."""
    from matplotlib.collections import PolyCollection

    peaks, parts = scene.peaks(), ([], [])  # type: tuple[Any, tuple[list[Any], list[Any]]]
    shapes: dict[tuple[int, float], Any] = {}
    for item in scene.of_kind(PLAY):
        key = (item.envelope, item.duration_ns)
        if key not in shapes:
            points = int(np.clip(3 * item.duration_ns * view.points_per_ns, 6, 400))
            shapes[key] = thinned(scene.envelopes[item.envelope], points)
        places, values = shapes[key]
        lane = item.lanes[0]
        times, heights = item.start_ns + places * item.duration_ns, item.factor * values / peaks[lane]
        for part, height in zip(parts, (heights.real, heights.imag), strict=True):
            if np.abs(height).max(initial=0.0) > _VISIBLE:
                part.append(polygon(times, lane - LANE_SCALE * height, lane))
    for part, colour in zip(parts, (I_COLOUR, Q_COLOUR), strict=True):
        collection = PolyCollection(part, fc=_faded(colour), ec=colour, lw=0.7, zorder=3, joinstyle="round")
        axis.add_collection(collection, autolim=False)


def polygon(times: Any, heights: Any, lane: int) -> Any:
    """An envelope closed along the middle of its lane, shape ``(points + 2, 2)``."""
    x = np.concatenate([times[:1], times, times[-1:]])
    y = np.concatenate([[lane], heights, [lane]])
    return np.column_stack([x, y])


def _faded(colour: str) -> tuple[float, float, float, float]:
    from matplotlib.colors import to_rgba

    return to_rgba(colour, 0.55)


def _captures(axis: Axes, captures: Sequence[Item], view: View) -> None:
    from matplotlib.collections import PolyCollection

    half = 0.4
    boxes = []
    for item in captures:
        begin, end, lane = item.start_ns, item.start_ns + item.duration_ns, item.lanes[0]
        boxes.append([(begin, lane - half), (end, lane - half), (end, lane + half), (begin, lane + half)])
    axis.add_collection(PolyCollection(boxes, fc=CAPTURE_FACE, ec=CAPTURE_COLOUR, lw=0.9, zorder=2), autolim=False)
    together: dict[tuple[float, int], list[Item]] = {}  # that end in one place, several qubits on one feedline
    for item in captures:
        end = min(item.start_ns + item.duration_ns, view.end_ns)
        together.setdefault((end, item.lanes[0]), []).append(item)
    for (end, lane), items in together.items():
        room_ns = end - max(view.start_ns, *(item.start_ns for item in items))
        label = "→ " + ", ".join(sorted(item.label for item in items))
        if _LETTER * 7.5 * len(label) <= room_ns * view.points_per_ns:
            axis.annotate(
                label, (end, lane + half), xytext=(-3, 2.5), textcoords="offset points",
                fontsize=7.5, color=CAPTURE_COLOUR, ha="right", va="bottom", zorder=6,
            )  # fmt: skip


def _dials(axis: Axes, changes: Sequence[Item], view: View) -> None:
    """A small dial per phase change, its hand at the angle, counter-clockwise from the right."""
    from matplotlib.collections import EllipseCollection, LineCollection
    from matplotlib.transforms import Affine2D

    if not changes:
        return
    figure = axis.figure
    places = np.array([(item.start_ns, item.lanes[0] - _DIAL_ROW) for item in changes])
    stems = [[(item.start_ns, item.lanes[0] - _DIAL_ROW), (item.start_ns, item.lanes[0])] for item in changes]
    axis.add_collection(LineCollection(stems, colors=PHASE_COLOUR, lw=0.6, alpha=0.7, zorder=4), autolim=False)
    size = np.full(len(changes), 2 * _DIAL)
    dials = EllipseCollection(
        size, size, np.zeros(len(changes)), units="points", offsets=places, offset_transform=axis.transData, fc="white",
        ec=PHASE_COLOUR, lw=0.8, zorder=5,
    )  # fmt: skip
    axis.add_collection(dials, autolim=False)
    hands = [[(0.0, 0.0), (_DIAL * item.factor.real, _DIAL * item.factor.imag)] for item in changes]
    points = Affine2D().scale(1 / 72) + figure.dpi_scale_trans
    needles = LineCollection(
        hands, offsets=places, offset_transform=axis.transData, colors=PHASE_COLOUR, lw=1.1, zorder=6, capstyle="round"
    )
    needles.set_transform(points)
    axis.add_collection(needles, autolim=False)
    _angles(axis, changes, view)


def _angles(axis: Axes, changes: Sequence[Item], view: View) -> None:
    """The angle beside a dial, where the next dial of the lane leaves room."""
    size = 6.5
    by_lane: dict[int, list[Item]] = {}
    for item in sorted(changes, key=lambda item: item.start_ns):
        by_lane.setdefault(item.lanes[0], []).append(item)
    for lane, row in by_lane.items():
        rooms = np.diff([*(item.start_ns for item in row), view.end_ns]) * view.points_per_ns
        for item, room in zip(row, rooms, strict=True):
            if _LETTER * size * len(item.label) + 2 * _DIAL + 2 <= room:
                axis.annotate(
                    item.label, (item.start_ns, lane - _DIAL_ROW), xytext=(_DIAL + 1.5, 0), textcoords="offset points",
                    fontsize=size, color=PHASE_COLOUR, va="center", ha="left", zorder=6,
                )  # fmt: skip


def _frequencies(axis: Axes, changes: Sequence[Item], view: View) -> None:
    """A triangle per frequency change below the middle, its size beside it."""
    if not changes:
        return
    axis.plot(
        [item.start_ns for item in changes], [item.lanes[0] + 0.4 for item in changes], ls="", marker="^", ms=5,
        mfc=FREQUENCY_COLOUR, mec="white", mew=0.5, zorder=5,
    )  # fmt: skip
    for item in changes:
        if view.start_ns <= item.start_ns <= view.end_ns:
            axis.annotate(
                item.label, (item.start_ns, item.lanes[0] + 0.4), xytext=(4, 0), textcoords="offset points",
                fontsize=6.5, color=FREQUENCY_COLOUR, va="center", ha="left", zorder=6, annotation_clip=False,
            )  # fmt: skip
