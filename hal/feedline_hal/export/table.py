# SPDX-License-Identifier: Apache-2.0
"""The port level as a table: every play, capture and phase change, a row each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feedline_hal.lowering.bind import Tables, bind_blocks
from feedline_hal.lowering.isa import flow_dict
from feedline_hal.lowering.port_program import Block, PortProgram
from feedline_hal.pulse.frame import Frame

from .frame_phase import frame_phases
from .point import Values, point_of
from .section import bit_names, sections

CHANGES = ("shift_phase", "set_phase", "shift_frequency", "set_frequency")
"""Kinds of phase and frequency changes, by their number in `PhaseChanges`."""

Row = dict[str, Any]
_INDICES = ("port_index", "waveform_index", "bit_index")


def rows(program: PortProgram, values: Values | None = None, *, bits: Sequence[str] = ()) -> list[Row]:
    """Every play, capture and phase change, by block, then by time, then in the order of the ports.

    Args:
        program: The program.
        values: Its parameters by name or in order.
        bits: Names of the classical bits; without, they are ``c0``, ``c1`` and so on.

    Returns:
        Rows with ``kind`` (``play``, ``capture``, ``shift_phase`` ...), ``block`` (counted from 0),
        ``caption`` (the decision that leads to it), ``start_ns`` from the start of the block,
        ``duration_ns``, ``port``, ``frame``, ``gate``, ``qubits``; and by kind: ``waveform`` (a name) and
        its index, ``amplitude`` (complex if it has an imaginary part), ``phase_rad`` (of the
        carrier relative to the port's local oscillator), ``frame_phase_rad`` (what virtual-Z and other
        phase changes gave since the block began), ``frequency_hz``, ``bit``, its index and the ``mode`` of captures,
        ``value`` (radians or hertz) of changes. Phases of plays and captures lie in (-pi, pi].

    Raises:
        PulseError: If a parameter has no value.
        LimitError: If a value takes an amplitude, a frequency or an angle beyond its bounds.
    """
    point = point_of(program, values)
    names = bits or bit_names(program.num_clbits)
    captions = {section.number: section.caption for section in sections(program.flow, names)}
    out: list[Row] = []
    for index, (block, tables) in enumerate(bind_blocks(program, point[np.newaxis])):
        found = [
            *_changes(program, block, point),
            *_captures(program, block, frame_phases(block, point, block.captures), tables=tables, bits=names),
            *_plays(program, block, frame_phases(block, point, block.plays), tables),
        ]
        found.sort(key=lambda row: (row["start_ns"], row["port_index"]))  # stable: changes come before plays
        out += [{"block": index, "caption": captions[index], **row} for row in found]
    return out


def to_dict(program: PortProgram, values: Values | None = None, *, bits: Sequence[str] = ()) -> Row:
    """The program as JSON-able values: head, ports, frames, waveforms, and `rows`.

    Complex numbers are ``[real, imaginary]``.
    """
    point = point_of(program, values)
    laid = sections(program.flow, bits or bit_names(program.num_clbits))
    return {
        "name": program.name,
        "stage": "port",
        "dt_s": program.dt_s,
        "num_qubits": program.num_qubits,
        "num_clbits": program.num_clbits,
        "calibration_id": program.calibration_id,
        "parameters": dict(zip(program.parameters, map(float, point), strict=True)),
        "ports": [
            {"name": port.name, "qubits": list(port.qubits), "lo_frequency_hz": program.lo_hz(index)}
            for index, port in enumerate(program.ports)
        ],
        "frames": [_frame(frame) for frame in program.frames],
        "waveforms": [_waveform(program, index) for index in range(len(program.waveforms))],
        "flow": flow_dict(program.flow),
        "blocks": [
            {"caption": section.caption, "duration_ns": _ns(program, section.duration_ticks)}
            for section in laid
            if section.block is not None
        ],
        "rows": [_json(row) for row in rows(program, values, bits=bits)],
    }


def _frame(frame: Frame) -> Row:
    return {
        "name": frame.name,
        "port": frame.port.name,
        "frequency_hz": _plain(frame.frequency_hz),
        "phase_rad": _plain(frame.phase_rad),
    }


def _waveform(program: PortProgram, index: int) -> Row:
    waveform = program.waveforms[index]
    return {
        "name": waveform_name(program, index),
        "shape": waveform.shape,
        "duration_s": _plain(waveform.duration_s),
        "parameters": {name: _plain(value) for name, value in waveform.parameters},
    }


def waveform_name(program: PortProgram, index: int) -> str:
    """Shape and number: ``drag_3``."""
    return f"{program.waveforms[index].shape}_{index}"


def _plays(program: PortProgram, block: Block, turned: NDArray[np.float64], tables: Tables) -> Iterator[Row]:
    plays = block.plays
    for row, head in enumerate(_timed(program, block, plays)):
        yield {
            "kind": "play",
            **head,
            "waveform": waveform_name(program, int(plays.waveform[row])),
            "waveform_index": int(plays.waveform[row]),
            "amplitude": _number(tables.amplitude[0, row]),
            "phase_rad": _wrapped(tables.phase_rad[0, row]),
            "frame_phase_rad": _wrapped(turned[row]),
            "frequency_hz": float(tables.frequency_hz[0, row]),
        }


def _captures(
    program: PortProgram, block: Block, turned: NDArray[np.float64], *, tables: Tables, bits: Sequence[str]
) -> Iterator[Row]:
    captures = block.captures
    for row, head in enumerate(_timed(program, block, captures)):
        kernel, bit = int(captures.kernel[row]), int(captures.clbit[row])
        yield {
            "kind": "capture",
            **head,
            "waveform": waveform_name(program, kernel) if kernel >= 0 else None,
            "waveform_index": kernel,
            "mode": f"capture_v{int(captures.kind[row])}",
            "bit": bits[bit] if bit >= 0 else None,
            "bit_index": bit,
            "phase_rad": _wrapped(tables.capture_phase_rad[0, row]),
            "frame_phase_rad": _wrapped(turned[row]),
            "frequency_hz": float(tables.capture_frequency_hz[0, row]),
        }


def _changes(program: PortProgram, block: Block, point: NDArray[np.float64]) -> Iterator[Row]:
    changes = block.changes
    amounts = changes.value.at(point)
    port_of = _port_of_frame(program)
    for row in range(len(changes)):
        frame = int(changes.frame[row])
        yield {
            "kind": CHANGES[int(changes.kind[row])],
            "start_ns": _ns(program, changes.start_ticks[row]),
            "duration_ns": 0.0,
            "port_index": port_of[frame],
            "port": program.frames[frame].port.name,
            "frame": program.frames[frame].name,
            **_source(block, int(changes.source[row])),
            "value": float(np.real(amounts[row])),
        }


def _timed(program: PortProgram, block: Block, table: Any) -> Iterator[Row]:
    """What plays and captures have in common."""
    for row in range(len(table)):
        port, frame = int(table.port[row]), int(table.frame[row])
        yield {
            "start_ns": _ns(program, table.start_ticks[row]),
            "duration_ns": _ns(program, table.duration_ticks[row]),
            "port_index": port,
            "port": program.ports[port].name,
            "frame": program.frames[frame].name,
            **_source(block, int(table.source[row])),
        }


def _source(block: Block, index: int) -> Row:
    source = block.sources[index] if 0 <= index < len(block.sources) else None
    return {"gate": source.name if source else "", "qubits": list(source.qubits) if source else []}


def _port_of_frame(program: PortProgram) -> list[int]:
    place = {port.name: index for index, port in enumerate(program.ports)}
    return [place.get(frame.port.name, len(place)) for frame in program.frames]


def _ns(program: PortProgram, ticks: Any) -> float:
    """Nanoseconds without the dust of floating point."""
    return float(np.round(int(ticks) * program.dt_s * 1e9, 6))


def _wrapped(phase_rad: Any) -> float:
    turned = float(np.real(phase_rad)) % (2 * np.pi)
    return float(turned - 2 * np.pi if turned > np.pi else turned)


def _number(value: Any) -> float | complex:
    exact = complex(value)
    return exact if exact.imag else exact.real


def _plain(value: Any) -> Any:
    """A number as JSON has it; an expression as text."""
    if isinstance(value, complex):
        return [value.real, value.imag]
    return float(value) if isinstance(value, int | float | np.floating) else str(value)


def _json(row: Mapping[str, Any]) -> Row:
    return {
        key: [value.real, value.imag] if isinstance(value, complex) else value
        for key, value in row.items()
        if key not in _INDICES
    }
