# SPDX-License-Identifier: Apache-2.0
"""The table of the port level as text: a heading per block, columns that survive a pipe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from feedline.cli.table import facts, table
from feedline_hal.lowering.port_program import PortProgram

from .angle import angle_text
from .point import Values, point_of
from .section import sections
from .table import Row, rows

_HEAD = ("start/ns", "length/ns", "port", "what", "amplitude", "phase", "GHz", "gate")
_RIGHT = frozenset({0, 1, 4, 5, 6})


def table_text(program: PortProgram, values: Values | None = None, *, bits: Sequence[str] = ()) -> str:
    """Head, and a table per block of what each port emits and records.

    Args:
        program: The program.
        values: Its parameters by name or in order.
        bits: Names of the classical bits; without, they are ``c0``, ``c1`` and so on.

    Returns:
        Lines of text. Amplitudes are of full scale; phases are the frames', as virtual-Z and phase changes made
        them since the start of the block.

    Raises:
        PulseError: If a parameter has no value.
    """
    return "\n\n".join(_parts(program, values, bits))


def _parts(program: PortProgram, values: Values | None, bits: Sequence[str]) -> Iterator[str]:
    point = point_of(program, values)
    laid = sections(program, bits)
    made = {index: list(found) for index, found in groupby(rows(program, point, bits=bits), lambda row: row["block"])}
    parameters = ", ".join(f"{name}={value:.6g}" for name, value in zip(program.parameters, point, strict=True))
    yield facts(
        [
            ("program", program.name),
            ("parameters", parameters),
            ("calibrations", program.calibration_id),
            ("blocks", str(len(laid)) if len(laid) > 1 else ""),
            ("duration", "" if len(laid) > 1 else f"{laid[0].duration_ticks * program.dt_s * 1e9:.10g} ns"),
        ]
        if laid
        else [("program", program.name)]
    )
    for index, section in enumerate(laid):
        body = table(_HEAD, [_cells(row) for row in made.get(index, [])], right=_RIGHT)
        if len(laid) > 1:
            length = section.duration_ticks * program.dt_s * 1e9
            head = ", ".join(filter(None, [f"block {index}", section.caption, f"{length:.10g} ns"]))
            body = f"{head}\n{body}" if index in made else head
        yield body


def _cells(row: Row) -> tuple[str, ...]:
    """A row as text; what does not apply is empty."""
    kind = row["kind"]
    amplitude = phase = frequency = ""
    if kind == "play":
        what = row["waveform"]
        amplitude = _amplitude(row["amplitude"])
        phase, frequency = angle_text(row["frame_phase_rad"]), f"{row['frequency_hz'] / 1e9:.6g}"
    elif kind == "capture":
        what = f"{row['mode']}{' -> ' + row['bit'] if row['bit'] else ''}"
        phase, frequency = angle_text(row["frame_phase_rad"]), f"{row['frequency_hz'] / 1e9:.6g}"
    elif kind.endswith("phase"):
        what, phase = (
            kind.replace("_", " "),
            f"{'+' if row['value'] >= 0 and kind == 'shift_phase' else ''}{angle_text(row['value'])}",
        )
    else:
        what, frequency = kind.replace("_", " "), f"{row['value'] / 1e9:{'+' if kind == 'shift_frequency' else ''}.6g}"
    gate = f"{row['gate']} {' '.join(f'q{qubit}' for qubit in row['qubits'])}".strip()
    length = f"{row['duration_ns']:.10g}" if row["duration_ns"] else ""
    return f"{row['start_ns']:.10g}", length, row["port"], what, amplitude, phase, frequency, gate


def _amplitude(value: float | complex) -> str:
    if isinstance(value, complex):
        return f"{value.real:.5g}{value.imag:+.5g}j"
    return f"{value:.5g}"
