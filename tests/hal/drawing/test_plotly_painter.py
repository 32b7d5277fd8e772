# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from tests.hal.export.lab import Lab, decisions, layers, turns

from feedline_hal.drawing.program_picture import draw
from feedline_hal.lowering.lower import lower


def page(circuit, path: Path):
    return draw(lower(circuit, Lab(circuit.num_qubits)), circuit, path=path)


def hovers(figure) -> str:
    return "\n".join(text for trace in figure.data if trace.hovertext is not None for text in trace.hovertext)


def test_page_needs_no_network(tmp_path: Path) -> None:
    page(turns(0.5), tmp_path / "a.html")
    text = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "<script src=" not in text
    assert "Plotly.newPlot" in text


def test_pointing_at_a_pulse_says_gate_time_amplitude_phase_and_frequency(tmp_path: Path) -> None:
    said = hovers(page(turns(math.pi / 2), tmp_path / "a.html"))
    assert "sx q0<br>40 ns to 80 ns (40 ns)<br>amplitude 0.125<br>phase π/2, 6 GHz" in said
    assert "shift phase of q0_drive_frame: +π/2<br>at 40 ns" in said
    assert "capture_v2 on q0_capture_frame<br>measure q0" in said


def test_circuit_and_ports_share_the_time_axis_and_zoom_only_in_time(tmp_path: Path) -> None:
    figure = page(turns(0.5), tmp_path / "a.html")
    assert figure.layout.xaxis.matches == "x2"
    assert figure.layout.yaxis.fixedrange is True
    assert figure.layout.yaxis2.fixedrange is True
    assert figure.layout.yaxis2.ticktext[0].startswith("q0_drive<br>")


def test_number_of_traces_does_not_grow_with_the_program(tmp_path: Path, rng: np.random.Generator) -> None:
    small, large = (page(layers(qubits, 3, rng), tmp_path / "a.html") for qubits in (2, 8))
    assert len(small.data) == len(large.data)
    assert large.layout.height > small.layout.height


def test_blocks_have_captions(tmp_path: Path) -> None:
    figure = page(decisions(), tmp_path / "a.html")
    said = [note.text for note in figure.layout.annotations]
    assert "<i>if c[0] == 1</i>" in said
    assert "<i>else</i>" in said


def test_legend_and_marks_at_the_edge_are_inside_the_picture(tmp_path: Path) -> None:
    """Anchored above its container the legend was outside the page; marks at time 0 were cut in half."""
    figure = page(turns(0.5), tmp_path / "a.html")
    legend = figure.layout.legend
    assert (legend.yref, legend.y, legend.yanchor) == ("container", 0, "bottom")
    start, end = figure.layout.xaxis.range
    assert -0.01 * end < start < 0
