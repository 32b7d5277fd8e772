# SPDX-License-Identifier: Apache-2.0
"""Pictures of port programs: the circuit on top, below it what each port emits and records."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from .picture_file import check_picture, painted

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from feedline_hal.export.point import Values
    from feedline_hal.lowering.port_program import PortProgram


def draw(
    program: PortProgram,
    circuit: QuantumCircuit | None = None,
    *,
    path: str | os.PathLike[str] | None = None,
    values: Values | None = None,
    window_ns: tuple[float | None, float | None] | None = None,
) -> Any:
    """Draw a program: gates as long as they take, envelopes, captures, phase and frequency changes.

    An envelope is drawn with the phase of its frame: blue is along the carrier (I), orange a quarter turn
    ahead (Q). Each lane has its own scale, which stands on its right.

    Args:
        program: What is drawn; blocks of control flow one after another, each with its condition.
        circuit: The circuit that it comes from; gives the measured bits their names.
        path: File to write; the suffix is the format: .png, .svg, .pdf, or .html for one that zooms.
        values: The program's parameters by name or in order.
        window_ns: From and to, in ns of the picture; ``None`` for the beginning and the end.

    Returns:
        Matplotlib's figure, or plotly's for .html.

    Raises:
        PulseError: If a parameter has no value, or nothing lies in the window.
        InputError: If the file cannot be written.
        MissingExtraError: If matplotlib or plotly is not installed.
    """
    from .program_scene import program_scene

    checked = check_picture(path)
    return painted(program_scene(program, circuit, values), checked, window_ns)
