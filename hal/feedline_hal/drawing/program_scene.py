# SPDX-License-Identifier: Apache-2.0
"""A port program as a scene: its gates on qubit lines, what its ports emit and record on lanes below."""

from __future__ import annotations

import cmath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from feedline_hal.export.angle import angle_text
from feedline_hal.export.point import Values, point_of
from feedline_hal.export.section import Section, bit_names, sections
from feedline_hal.export.table import Row, rows
from feedline_hal.pulse.value import number, parameters_of

from .envelope import NOTHING, Outline, outline
from .palette import family
from .scene import BARRIER, CAPTURE, FREQUENCY, GATE, MOMENT, PHASE, PLAY, Item, Scene

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from qiskit import QuantumCircuit

    from feedline_hal.lowering.port_program import PortProgram, Source
    from feedline_hal.pulse.frame import Frame

_LETTER = 0.011
"""Room of a letter in a caption, of the time of all blocks: a block is drawn as long as its caption at least."""


def program_scene(program: PortProgram, circuit: QuantumCircuit | None, values: Values | None) -> Scene:
    """What a picture of a program shows; blocks follow one another.

    Args:
        program: The program.
        circuit: Gives the classical bits their names, or ``None``.
        values: The program's parameters.
    """
    point = point_of(program, values)
    bits = bit_names(program.num_clbits, circuit)
    laid = sections(program.flow, bits)
    table = rows(program, point, bits=bits)
    starts, end_ns = _starts(program, laid)
    lane_of = {name: lane for lane, name in enumerate(_used_ports(program, table))}
    qubit_of = {qubit: line for line, qubit in enumerate(sorted(_used_qubits(laid)))}
    items = [
        item for section, start in zip(laid, starts, strict=True) for item in _gates(program, section, start, qubit_of)
    ]
    begin_of = {section.number: start for section, start in zip(laid, starts, strict=True)}
    items += [_item(row, begin_of[row["block"]], lane_of[row["port"]]) for row in table if not _is_change(row)]
    items += _merged(table, begin_of, lane_of)
    stops = [*starts[1:], end_ns]
    captions = tuple(
        (start, stop, caption_of(section, index))
        for index, (section, start, stop) in enumerate(zip(laid, starts, stops, strict=True))
    )
    return Scene(
        title=program.name,
        ports=tuple(lane_of),
        notes=tuple(_note(program, name) for name in lane_of),
        qubits=tuple(f"q{qubit}" for qubit in qubit_of),
        items=tuple(items),
        envelopes=_envelopes(program, table, point),
        sections=captions if len(laid) > 1 else (),
        duration_ns=end_ns,
    )


def _starts(program: PortProgram, laid: Sequence[Section]) -> tuple[list[float], float]:
    """Where blocks begin in the picture, in ns, and where the last one ends; captions have room."""
    lengths = [round(section.duration_ticks * program.dt_s * 1e9, 6) for section in laid]
    if len(lengths) > 1:
        letter = max(_LETTER * sum(lengths), 1.0)
        lengths = [
            max(length, letter * (3 + len(caption_of(section, index))))
            for index, (length, section) in enumerate(zip(lengths, laid, strict=True))
        ]
    starts = [0.0]
    for length in lengths:
        starts.append(starts[-1] + length)
    return starts[:-1], starts[-1]


def caption_of(section: Section, index: int) -> str:
    """What stands above a block: how the program gets there."""
    return section.caption or ("then" if index else "")


def _used_ports(program: PortProgram, table: Iterable[Row]) -> list[str]:
    used = {row["port"] for row in table}
    return [port.name for port in program.ports if port.name in used]


def _used_qubits(laid: Iterable[Section]) -> set[int]:
    return {qubit for section in laid for source in sources_of(section) for qubit in source.qubits}


def sources_of(section: Section) -> tuple[Source, ...]:
    """The operations of the circuit in a section."""
    return () if section.block is None else section.block.sources


def _note(program: PortProgram, port: str) -> str:
    return frequency_note(frame for frame in program.frames if frame.port.name == port)


def frequency_note(frames: Iterable[Frame]) -> str:
    """Frequencies of frames at the start of a program, in GHz; those that depend on parameters are left out."""
    known = {number(frame.frequency_hz, frame.name) for frame in frames if not parameters_of(frame.frequency_hz)}
    shown = ", ".join(f"{frequency / 1e9:.4g}" for frequency in sorted(known)[:3])
    return "baseband" if known == {0.0} else f"{shown} GHz" if shown else ""


def _envelopes(program: PortProgram, table: Iterable[Row], point: NDArray[np.float64]) -> tuple[Outline, ...]:
    """Outlines of the waveforms that are played; others stay empty, so that indices are the program's."""
    played = {row["waveform_index"] for row in table if row["kind"] == "play"}
    values = dict(zip(program.vector.parameters, map(float, point), strict=True))
    return tuple(
        outline(waveform.bind(values), 1 / program.dt_s) if index in played else NOTHING
        for index, waveform in enumerate(program.waveforms)
    )


def _gates(program: PortProgram, section: Section, start_ns: float, line_of: dict[int, int]) -> Iterator[Item]:
    for source in sources_of(section):
        begin = start_ns + source.start_ticks * program.dt_s * 1e9
        length = source.duration_ticks * program.dt_s * 1e9
        kind = BARRIER if source.name == "barrier" else GATE if source.duration_ticks else MOMENT
        where = " ".join(f"q{qubit}" for qubit in source.qubits)
        yield Item(
            kind=kind,
            lanes=tuple(line_of[qubit] for qubit in source.qubits),
            start_ns=begin,
            duration_ns=length,
            label=source.name,
            hover=(f"{source.name} {where}", span_text(begin - start_ns, length)),
            family=family(source.name, len(source.qubits)),
        )


def _item(row: Row, start_ns: float, lane: int) -> Item:
    """A play or a capture."""
    begin, length = start_ns + row["start_ns"], row["duration_ns"]
    where = " ".join(f"q{qubit}" for qubit in row["qubits"])
    place = (f"{row['gate']} {where}".strip(), span_text(row["start_ns"], length))
    turned = f"phase {angle_text(row['frame_phase_rad'], pi='π')}, {row['frequency_hz'] / 1e9:.6g} GHz"
    if row["kind"] == "capture":
        hover = (f"{row['mode']} on {row['frame']}", *place, turned)
        return Item(
            kind=CAPTURE,
            lanes=(lane,),
            start_ns=begin,
            duration_ns=length,
            label=row["bit"] or row["mode"],
            hover=hover,
        )
    return Item(
        kind=PLAY,
        lanes=(lane,),
        start_ns=begin,
        duration_ns=length,
        hover=(f"{row['waveform']} on {row['frame']}", *place, f"amplitude {row['amplitude']:.5g}", turned),
        envelope=row["waveform_index"],
        factor=complex(row["amplitude"]) * cmath.exp(1j * row["frame_phase_rad"]),
    )


def _is_change(row: Row) -> bool:
    return row["kind"] not in ("play", "capture")


def _merged(table: Iterable[Row], starts: Mapping[int, float], lane_of: Mapping[str, int]) -> Iterator[Item]:
    """Phase and frequency changes; shifts of one frame at one time are drawn as one."""
    found: dict[tuple[Any, ...], list[Row]] = {}
    for row in table:
        if _is_change(row):
            key = (row["block"], row["frame"], row["start_ns"], row["kind"].endswith("phase"))
            found.setdefault(key, []).append(row)
    for (block, frame, start, is_phase), group in found.items():
        total, is_set = 0.0, False
        for row in group:
            total, is_set = (row["value"], True) if row["kind"].startswith("set") else (total + row["value"], is_set)
        yield change_item(
            lane_of[group[0]["port"]], starts[block] + start, total, is_phase=is_phase, is_set=is_set, frame=frame
        )


def change_item(lane: int, time_ns: float, value: float, *, is_phase: bool, is_set: bool, frame: str) -> Item:
    """A mark for a phase or frequency change."""
    sign = "=" if is_set else "+" if value >= 0 else "\N{MINUS SIGN}"
    size = value if is_set else abs(value)
    text = angle_text(size, pi="π") if is_phase else _frequency_text(size, is_set)
    word = f"{'set' if is_set else 'shift'} {'phase' if is_phase else 'frequency'} of {frame}"
    return Item(
        kind=PHASE if is_phase else FREQUENCY,
        lanes=(lane,),
        start_ns=time_ns,
        label=f"{sign}{text}",
        hover=(f"{word}: {sign}{text}", f"at {time_ns:.10g} ns"),
        factor=cmath.exp(1j * value) if is_phase else 0.0,
    )


def _frequency_text(value: float, is_set: bool) -> str:
    return f"{value / 1e9:.6g} GHz" if is_set else f"{value / 1e6:.6g} MHz"


def span_text(begin_ns: float, length_ns: float) -> str:
    """``40 ns to 80 ns (40 ns)``."""
    return f"{begin_ns:.10g} ns to {begin_ns + length_ns:.10g} ns ({length_ns:.10g} ns)"
