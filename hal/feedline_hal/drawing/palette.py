# SPDX-License-Identifier: Apache-2.0
"""Colours and sizes of the pictures: those of Feedline's charts; told apart without seeing red or green."""

from __future__ import annotations

INK, SOFT, LINE, PALE = "#1d2b3a", "#5b6b7b", "#c3cad2", "#f5f6f8"
I_COLOUR, Q_COLOUR = "#1f5fa8", "#d9822b"
PHASE_COLOUR, FREQUENCY_COLOUR = "#a83279", "#7a5cc7"
CAPTURE_COLOUR, CAPTURE_FACE = "#2b8a6e", "#e6f4ef"

GATE_COLOURS: dict[str, tuple[str, str]] = {
    "one": ("#1f5fa8", "#e8f0f9"),
    "many": ("#7a5cc7", "#efebf9"),
    "measure": (CAPTURE_COLOUR, CAPTURE_FACE),
    "reset": ("#5b6b7b", "#e4e8ec"),
    "pulse": ("#c4701f", "#fbf0e4"),
    "delay": ("#c3cad2", "#f9fafb"),
}
"""Edge and face of a gate's box, by its family."""

LANE_SCALE = 0.36
"""Height of the largest envelope of a lane, of the distance between two lanes."""


def family(gate: str, qubits: int) -> str:
    """Which colours a gate has."""
    if gate in ("measure", "reset", "delay", "pulse"):
        return gate
    return "one" if qubits == 1 else "many"
