# SPDX-License-Identifier: Apache-2.0
"""Draws a scene as a web page that zooms: plotly, everything in one file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .palette import (
    CAPTURE_COLOUR,
    FREQUENCY_COLOUR,
    GATE_COLOURS,
    I_COLOUR,
    INK,
    LANE_SCALE,
    PHASE_COLOUR,
    Q_COLOUR,
    SOFT,
)
from .port_panel import polygon
from .scene import BARRIER, CAPTURE, FREQUENCY, GATE, MOMENT, PHASE, PLAY, Item, Scene

_FONT = "DejaVu Sans, Helvetica, Arial, sans-serif"
_LANE_PX, _LINE_PX = 52, 30
_MARGIN = {"l": 130, "r": 60, "t": 56, "b": 84}


def paint(scene: Scene, window_ns: tuple[float | None, float | None] | None = None) -> Any:
    """Draw a scene; the window is what is shown at first, the rest is there to be zoomed to.

    Raises:
        PulseError: If nothing is in the window.
    """
    from plotly.subplots import make_subplots

    _, window = scene.zoomed(window_ns)
    rows = 2 if scene.qubits else 1
    heights = [_LINE_PX * (len(scene.qubits) + 1), _LANE_PX * max(len(scene.ports), 1) + 10][2 - rows :]
    figure = make_subplots(
        rows=rows, cols=1, shared_xaxes=True, vertical_spacing=12 / (sum(heights) + 12) if rows > 1 else 0,
        row_heights=heights,
    )  # fmt: skip
    if rows > 1:
        for trace in _circuit(scene):
            figure.add_trace(trace, row=1, col=1)
    for trace in _ports(scene):
        figure.add_trace(trace, row=rows, col=1)
    _axes(figure, scene, rows, window)
    _sections(figure, scene)
    figure.update_layout(
        title={"text": scene.title, "x": 0.01, "font": {"size": 16, "color": INK}},
        height=sum(heights) + 12 + _MARGIN["t"] + _MARGIN["b"], margin=_MARGIN, barmode="overlay", plot_bgcolor="white",
        font={"family": _FONT, "size": 12, "color": INK}, hovermode="closest", dragmode="zoom",
        uniformtext={"minsize": 9, "mode": "hide"},
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 0, "yanchor": "bottom", "yref": "container"},
        hoverlabel={"align": "left", "bgcolor": "white", "font": {"family": _FONT}},
    )  # fmt: skip
    return figure


def page(figure: Any) -> str:
    """The figure as one HTML document that needs no network; plotly's 4.5 MB of code are in it."""
    text: str = figure.to_html(include_plotlyjs=True, full_html=True, div_id="feedline", config=_CONFIG)
    return text


_CONFIG = {"scrollZoom": True, "displaylogo": False, "responsive": True}


def _circuit(scene: Scene) -> list[Any]:
    import plotly.graph_objects as go

    traces: list[Any] = []
    gates = scene.of_kind(GATE)
    joined = [
        (gate.start_ns + gate.duration_ns / 2, min(gate.lanes), max(gate.lanes))
        for gate in gates
        if len(gate.lanes) > 1
    ]
    traces.append(_lines(joined, GATE_COLOURS["many"][0]))
    for family, colours in GATE_COLOURS.items():
        shown = [(gate, lane) for gate in gates if gate.family == family for lane in gate.lanes]
        if shown:
            traces.append(_bars(shown, colours, 0.7))
    moments = [(item, lane) for item in scene.of_kind(MOMENT) for lane in item.lanes]
    if moments:
        traces.append(
            _points(moments, {"symbol": "line-ns-open", "size": 16, "color": PHASE_COLOUR, "line": {"width": 2}}, 0.0)
        )
    barriers = [(item.start_ns, lane - 0.5, lane + 0.5) for item in scene.of_kind(BARRIER) for lane in item.lanes]
    traces.append(_lines(barriers, SOFT))
    return [trace for trace in traces if not isinstance(trace, go.Scatter) or len(trace.x)]


def _ports(scene: Scene) -> list[Any]:
    traces = []
    captures = [(item, item.lanes[0]) for item in scene.of_kind(CAPTURE)]
    if captures:
        traces.append(_bars(captures, (CAPTURE_COLOUR, "rgba(43,138,110,0.12)"), 0.94))
    traces += _envelopes(scene)
    plays = [(item, item.lanes[0]) for item in scene.of_kind(PLAY)]
    if plays:
        traces.append(_bars(plays, ("rgba(0,0,0,0)", "rgba(0,0,0,0)"), 0.8))
    changes = [(item, item.lanes[0]) for item in scene.of_kind(PHASE)]
    if changes:
        angles = [90 - np.degrees(np.angle(item.factor)) for item, _ in changes]
        marker = {
            "symbol": "arrow",
            "size": 9,
            "color": PHASE_COLOUR,
            "angle": [float(round(angle, 3)) for angle in angles],
        }
        traces.append(_points(changes, marker, -0.36, name="phase change"))
    jumps = [(item, item.lanes[0]) for item in scene.of_kind(FREQUENCY)]
    if jumps:
        marker = {"symbol": "triangle-up", "size": 9, "color": FREQUENCY_COLOUR}
        traces.append(_points(jumps, marker, 0.36, name="frequency change"))
    return traces


def _envelopes(scene: Scene) -> list[Any]:
    """Two traces whatever the number of plays: all real parts, all imaginary parts."""
    import plotly.graph_objects as go

    peaks, parts = scene.peaks(), ([], [])  # type: tuple[Any, tuple[list[Any], list[Any]]]
    gap = np.full((1, 2), np.nan)
    for item in scene.of_kind(PLAY):
        lane = item.lanes[0]
        places, values = scene.envelopes[item.envelope]
        heights = item.factor * values / peaks[lane]
        for part, height in zip(parts, (heights.real, heights.imag), strict=True):
            if np.abs(height).max(initial=0.0) > 1e-3:
                part += [polygon(item.start_ns + places * item.duration_ns, lane - LANE_SCALE * height, lane), gap]
    traces = []
    for part, colour, name in zip(parts, (I_COLOUR, Q_COLOUR), ("I (real part)", "Q (imaginary part)"), strict=True):
        if part:
            x, y = np.round(np.concatenate(part), 4).T
            traces.append(
                go.Scatter(
                    x=x,
                    y=y,
                    mode="lines",
                    fill="toself",
                    line={"color": colour, "width": 1},
                    name=name,
                    hoverinfo="skip",
                    opacity=0.8,
                )
            )
    return traces


def _bars(shown: Sequence[tuple[Item, int]], colours: tuple[str, str], width: float) -> Any:
    """Boxes with words that appear as soon as they fit."""
    import plotly.graph_objects as go

    edge, face = colours
    return go.Bar(
        orientation="h", x=[item.duration_ns for item, _ in shown], base=[item.start_ns for item, _ in shown],
        y=[lane for _, lane in shown], width=width, text=[item.label for item, _ in shown], textposition="inside",
        insidetextanchor="middle", textangle=0, textfont={"color": INK}, showlegend=False,
        marker={"color": face, "line": {"color": edge, "width": 1}},
        hovertext=["<br>".join(item.hover) for item, _ in shown], hoverinfo="text",
    )  # fmt: skip


def _points(shown: Sequence[tuple[Item, int]], marker: dict[str, Any], above: float, *, name: str = "") -> Any:
    import plotly.graph_objects as go

    return go.Scatter(
        x=[item.start_ns for item, _ in shown], y=[lane + above for _, lane in shown], mode="markers", marker=marker,
        hovertext=["<br>".join(item.hover) for item, _ in shown], hoverinfo="text", showlegend=bool(name), name=name,
    )  # fmt: skip


def _lines(segments: Sequence[tuple[float, float, float]], colour: str) -> Any:
    """Upright lines: time, from, to."""
    import plotly.graph_objects as go

    x = [value for time, _, _ in segments for value in (time, time, None)]
    y = [value for _, low, high in segments for value in (low, high, None)]
    return go.Scatter(x=x, y=y, mode="lines", line={"color": colour, "width": 1.5}, hoverinfo="skip", showlegend=False)


def _axes(figure: Any, scene: Scene, rows: int, window: tuple[float, float]) -> None:
    common = {"fixedrange": True, "zeroline": False, "showgrid": True, "gridcolor": "#e1e5e9", "tickmode": "array"}
    names = [
        f"{port}<br><span style='font-size:9px;color:{SOFT}'>{note}</span>"
        for port, note in zip(scene.ports, scene.notes, strict=True)
    ]
    figure.update_yaxes(
        row=rows,
        col=1,
        tickvals=list(range(len(names))),
        ticktext=names,
        range=[max(len(names), 1) - 0.45, -0.55],
        **common,
    )
    if rows > 1:
        lines = list(range(len(scene.qubits)))
        figure.update_yaxes(
            row=1, col=1, tickvals=lines, ticktext=list(scene.qubits), range=[len(lines) - 0.45, -0.7], **common
        )
    edge_ns = 0.006 * (window[1] - window[0])  # half a mark: what happens at the edge is seen whole
    figure.update_xaxes(
        range=[window[0] - edge_ns, window[1] + edge_ns], showgrid=True, gridcolor="#f0f2f4", zeroline=False
    )
    figure.update_xaxes(title="time (ns)", row=rows, col=1)
    if scene.sections:
        places, labels = _section_ticks(scene)
        figure.update_xaxes(tickmode="array", tickvals=places, ticktext=labels)
        figure.update_xaxes(title="time (ns), from the start of each block", row=rows, col=1)


def _section_ticks(scene: Scene) -> tuple[list[float], list[str]]:
    """Ticks that count from the start of each block, about forty in all."""
    step = 10.0 ** np.ceil(np.log10(max(scene.duration_ns, 1.0) / 40))
    places, labels = [], []
    for start, end, _ in scene.sections:
        for tick in np.arange(0.0, max(end - start - step / 2, step / 2), step):
            places.append(float(start + tick))
            labels.append(f"{tick:.10g}")
    return places, labels


def _sections(figure: Any, scene: Scene) -> None:
    for index, (start, end, caption) in enumerate(scene.sections):
        if index % 2:
            figure.add_vrect(x0=start, x1=end, fillcolor="#f3f1ea", layer="below", line_width=0)
        if index:
            figure.add_vline(x=start, line={"color": SOFT, "width": 1, "dash": "dash"})
        if caption:
            figure.add_annotation(
                x=start, y=1, xref="x", yref="paper", text=f"<i>{caption}</i>", showarrow=False, xanchor="left",
                yanchor="bottom", font={"size": 11, "color": SOFT},
            )  # fmt: skip
