# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from qiskit.circuit import Parameter
from tests.hal.export.lab import Lab, decisions, layers, turns

from feedline_hal.drawing.palette import I_COLOUR, Q_COLOUR
from feedline_hal.drawing.program_picture import draw
from feedline_hal.errors import PulseError
from feedline_hal.lowering.lower import lower

SIGNATURES = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF", ".html": b"<!doctype html>"}


def lowered(circuit):
    return lower(circuit, Lab(circuit.num_qubits))


def words(figure) -> set[str]:
    texts = [text.get_text() for axis in figure.axes for text in axis.texts] + [
        text.get_text() for text in figure.texts
    ]
    labels = [label.get_text() for axis in figure.axes for label in axis.get_yticklabels()]
    return {*texts, *labels, *(axis.get_xlabel() for axis in figure.axes)}


def polygons(axis, colour: str) -> list[np.ndarray]:
    from matplotlib.colors import to_rgb

    found = [item for item in axis.collections if isinstance(item, PolyCollection) and len(item.get_edgecolor())]
    return [
        path.vertices
        for item in found
        if tuple(item.get_edgecolor()[0][:3]) == to_rgb(colour)
        for path in item.get_paths()
    ]


@pytest.mark.parametrize("suffix", SIGNATURES)
def test_program_is_drawn_in_the_format_of_the_suffix(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"picture{suffix}"
    draw(lowered(turns(0.5)), path=path)
    assert path.read_bytes().startswith(SIGNATURES[suffix])


@pytest.mark.parametrize("suffix", SIGNATURES)
def test_same_program_gives_the_same_file(suffix: str, tmp_path: Path) -> None:
    for name in "ab":
        draw(lowered(turns(0.5)), path=tmp_path / f"{name}{suffix}")
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


def test_picture_names_gates_ports_bits_angles_and_scales() -> None:
    circuit = turns(math.pi / 2)
    circuit.rz(-0.3, 0)
    found = words(draw(lowered(circuit), circuit))
    assert {"turns", "1080 ns", "q0", "sx", "measure", "q0_drive", "q0_readout", "→ c[0]", "+π/2", "time (ns)"} <= found
    assert "6 GHz" in found
    assert "±0.25" in found


def test_envelopes_lie_where_the_plays_are_and_turn_with_the_frame() -> None:
    """Half a turn of virtual Z between two pulses turns the second upside down; a quarter makes it orange."""
    figure = draw(lowered(turns(math.pi)))
    first, second = sorted(polygons(figure.axes[0], I_COLOUR), key=lambda vertices: vertices[0, 0])[:2]
    assert (first[:, 0].min(), first[:, 0].max(), second[:, 0].max()) == (0.0, 40.0, 80.0)
    assert first[:, 1].min() < -0.3  # the axis points down
    assert second[:, 1].max() > 0.3
    figure = draw(lowered(turns(math.pi / 2)))
    tallest = max(polygons(figure.axes[0], Q_COLOUR), key=lambda vertices: np.ptp(vertices[:, 1]))
    assert (tallest[:, 0].min(), tallest[:, 0].max()) == (40.0, 80.0)


def test_blocks_have_captions_and_times_of_their_own() -> None:
    circuit = decisions()
    figure = draw(lowered(circuit), circuit)
    found = words(figure)
    assert {"if c[0] == 1", "else", "repeat 2 times", "while c[0] == 1, break", "then"} <= found
    assert "blocks drawn one after another" in found
    ticks = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert ticks.count("0") == 6


def test_window_shows_a_part_and_leaves_out_ports_that_do_nothing_in_it(rng: np.random.Generator) -> None:
    program = lowered(layers(3, 4, rng))
    whole, part = draw(program), draw(program, window_ns=(0, 80))
    assert "q0_q1_coupler" in words(whole)
    assert "q0_drive" in words(part)
    assert not {"q0_q1_coupler", "q0_readout"} & words(part)
    low, high = part.axes[0].get_xlim()
    assert low == pytest.approx(0, abs=3)
    assert high == pytest.approx(80, abs=3)


@pytest.mark.parametrize("window", [(2000, None), (50, 50), (None, -1), (80, 20)])
def test_window_without_anything_in_it_is_refused(window) -> None:
    with pytest.raises(PulseError, match=r"(?s)there is nothing to draw.*'turns' lasts from 0 ns to 1080 ns"):
        draw(lowered(turns(0.5)), window_ns=window)


def test_picture_grows_with_the_number_of_qubits_and_has_few_artists(rng: np.random.Generator) -> None:
    small, large = draw(lowered(layers(2, 2, rng))), draw(lowered(layers(20, 10, rng)))
    assert large.get_figheight() > 5 * small.get_figheight()
    assert max(len(axis.collections) for axis in large.axes) == max(len(axis.collections) for axis in small.axes)
    assert small.get_figwidth() <= large.get_figwidth() <= 26


def test_unbound_parameters_are_named() -> None:
    with pytest.raises(PulseError, match="Program 'turns' needs a value for theta"):
        draw(lowered(turns(Parameter("theta"))))
    assert draw(lowered(turns(Parameter("theta"))), values={"theta": 0.3}) is not None
