# SPDX-License-Identifier: Apache-2.0
"""The circuit on the time axis of its pulses: a line per qubit, a box per gate as long as the gate takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .palette import GATE_COLOURS, INK, LINE, PHASE_COLOUR, SOFT
from .scene import BARRIER, GATE, MOMENT, Item, Scene
from .view import View, frame_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HALF = 0.34
_LETTER = 0.6
"""Width of a letter, of its size."""


def draw_circuit(axis: Axes, scene: Scene, view: View) -> None:
    """Draw qubit lines, gates, what takes no time, and barriers."""
    from matplotlib.collections import LineCollection

    frame_of(axis, view)
    axis.spines["bottom"].set_visible(False)
    lines = len(scene.qubits)
    axis.set_ylim(lines - 0.45, -0.75)
    axis.set_yticks(range(lines), scene.qubits)
    axis.set_xticks([])
    wires = [[(view.start_ns, line), (view.end_ns, line)] for line in range(lines)]
    axis.add_collection(LineCollection(wires, colors=LINE, lw=0.9, zorder=1), autolim=False)
    _boxes(axis, scene.of_kind(GATE), view)
    _moments(axis, scene.of_kind(MOMENT), view)
    barriers = [
        [(item.start_ns, line - 0.48), (item.start_ns, line + 0.48)]
        for item in scene.of_kind(BARRIER)
        for line in item.lanes
    ]
    axis.add_collection(LineCollection(barriers, colors=SOFT, lw=0.8, ls=(0, (2, 2)), zorder=2), autolim=False)


def _boxes(axis: Axes, gates: Sequence[Item], view: View) -> None:
    """A collection of boxes per family, and the lines between the boxes of one gate."""
    from matplotlib.collections import LineCollection, PolyCollection

    joined = [_link(gate) for gate in gates if len(gate.lanes) > 1]
    axis.add_collection(LineCollection(joined, colors=GATE_COLOURS["many"][0], lw=1.2, zorder=2), autolim=False)
    for family, (edge, face) in GATE_COLOURS.items():
        shown = [(gate, lane) for gate in gates if gate.family == family for lane in gate.lanes]
        corners = [_corners(gate, lane) for gate, lane in shown]
        axis.add_collection(PolyCollection(corners, ec=edge, fc=face, lw=0.9, zorder=3), autolim=False)
    size = min(8.0, 0.45 * view.line_points)
    for gate in gates:
        begin, end = max(gate.start_ns, view.start_ns), min(gate.start_ns + gate.duration_ns, view.end_ns)
        room = (end - begin) * view.points_per_ns - 2
        if _LETTER * size * len(gate.label) > room:
            continue
        for lane in gate.lanes:
            axis.text(
                (begin + end) / 2,
                lane,
                gate.label,
                fontsize=size,
                color=INK,
                ha="center",
                va="center_baseline",
                zorder=4,
            )


def _corners(gate: Item, lane: int) -> list[tuple[float, float]]:
    begin, end = gate.start_ns, gate.start_ns + gate.duration_ns
    return [(begin, lane - _HALF), (end, lane - _HALF), (end, lane + _HALF), (begin, lane + _HALF)]


def _link(gate: Item) -> list[tuple[float, float]]:
    middle = gate.start_ns + gate.duration_ns / 2
    return [(middle, min(gate.lanes)), (middle, max(gate.lanes))]


def _moments(axis: Axes, moments: Sequence[Item], view: View) -> None:
    """Gates that take no time: a tick through the line, named where the next one leaves room."""
    from matplotlib.collections import LineCollection

    ticks = [[(item.start_ns, lane - 0.44), (item.start_ns, lane + 0.44)] for item in moments for lane in item.lanes]
    axis.add_collection(LineCollection(ticks, colors=PHASE_COLOUR, lw=1.6, zorder=5, capstyle="round"), autolim=False)
    size = min(6.5, 0.3 * view.line_points)
    by_lane: dict[int, dict[float, list[str]]] = {}
    for item in moments:
        for lane in item.lanes:
            by_lane.setdefault(lane, {}).setdefault(item.start_ns, []).append(item.label)
    for lane, at in by_lane.items():
        times = np.array(sorted(at))
        rooms = np.diff([*times, view.end_ns]) * view.points_per_ns
        for time, room in zip(times, rooms, strict=True):
            label = " ".join(dict.fromkeys(at[time]))
            if _LETTER * size * len(label) + 3 <= room:
                axis.annotate(
                    label, (time, lane - 0.36), xytext=(2.2, 0), textcoords="offset points", fontsize=size,
                    color=PHASE_COLOUR, va="bottom", ha="left", zorder=6,
                )  # fmt: skip
