# SPDX-License-Identifier: Apache-2.0
"""The table of the port level as text: a heading per block, columns that survive a pipe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from feedline.cli.table import facts, table
from feedline_hal.lowering.port_program import PortProgram

from .angle import angle_text
from .point import Values, point_of
from .section import Section, bit_names, sections
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
    names = bits or bit_names(program.num_clbits)
    laid = sections(program.flow, names)
    made: dict[int, list[Row]] = {}
    for row in rows(program, point, bits=names):
        made.setdefault(row["block"], []).append(row)
    parameters = ", ".join(f"{name}={value:.6g}" for name, value in zip(program.parameters, point, strict=True))
    is_one = len(laid) == 1
    yield facts(
        [
            ("program", program.name),
            ("parameters", parameters),
            ("calibrations", program.calibration_id),
            ("blocks", "" if is_one else str(sum(section.block is not None for section in laid))),
            ("duration", _length(program.dt_s, laid[0]) if is_one else ""),
        ]
    )
    for section in laid:
        found = made.get(section.number, [])
        body = table(_HEAD, [_cells(row) for row in found], right=_RIGHT) if found else ""
        yield "\n".join(filter(None, ["" if is_one else section_head(section, program.dt_s), body]))


def section_head(section: Section, dt_s: float) -> str:
    """``block 1, if c0 == 1, 40 ns``; of a ``break`` what leads to it."""
    if section.block is None:
        return section.caption
    return ", ".join(filter(None, [f"block {section.number}", section.caption, _length(dt_s, section)]))


def _length(dt_s: float, section: Section) -> str:
    return f"{section.duration_ticks * dt_s * 1e9:.10g} ns"


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
