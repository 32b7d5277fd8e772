# SPDX-License-Identifier: Apache-2.0
"""From a calibration set to text that reads as the same set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qiskit.circuit import Parameter

from feedline_hal.calibration.calibration import Calibration
from feedline_hal.pulse.instruction import Instruction
from feedline_hal.pulse.value import number

from .flat_schedule import flat
from .formal_kind import formal_of, kinds_of
from .identifier import checked_name
from .instruction_text import Bits, instruction_text
from .metadata_text import metadata_text
from .value_text import Formal, number_text
from .waveform_text import WaveformText

if TYPE_CHECKING:
    from feedline_hal.calibration.calibration_set import CalibrationSet


def write(calibrations: CalibrationSet) -> str:
    """Write a calibration set as OpenQASM 3 text.

    Metadata are a pragma, see `feedline_hal.openpulse.metadata_text`. Limits of ports are not written: they belong to
    the device.

    Args:
        calibrations: The set.

    Raises:
        OpenPulseError: If something has no text: a name that is no identifier of the language, a bit that is
            not discriminated, an alignment that depends on parameters.
    """
    formal = (item for calibration in calibrations.calibrations for item in calibration.arguments)
    names = {item.name for item in formal if isinstance(item, Parameter)}
    waveforms = WaveformText(taken={*calibrations.ports, *calibrations.frames, *names})
    definitions = [_definition(calibration, calibrations, waveforms) for calibration in calibrations.calibrations]
    lines = [f"port {checked_name(name, 'port')};" for name in calibrations.ports]
    for name, frame in calibrations.frames.items():
        numbers = (number_text(number(value, name)) for value in (frame.frequency_hz, frame.phase_rad))
        start = ", ".join((frame.port.name, *numbers))
        lines.append(f"frame {checked_name(name, 'frame')} = newframe({start});")
    head = ["OPENQASM 3.0;", 'defcalgrammar "openpulse";']
    if calibrations.metadata:
        head.append(metadata_text(calibrations.metadata))
    block = [*waveforms.externs(), *lines, *waveforms.declarations()]
    if block:
        head += ["", "cal {", *(f"  {line}" for line in block), "}"]
    return "\n".join(head) + "\n" + "".join(f"\n{definition}\n" for definition in definitions)


def _definition(calibration: Calibration, calibrations: CalibrationSet, waveforms: WaveformText) -> str:
    label = calibration.label
    items = flat(calibration.schedule, label)
    taken = {*calibrations.ports, *calibrations.frames, *waveforms.names}
    formal = formal_of(calibration, items, taken)
    bits = Bits.of(items, calibration.num_bits, label, {*taken, *formal.names.values()})
    lines = _notes(calibration, formal)
    lines.append(f"defcal {_signature(calibration, formal, items)} {{")
    lines += [f"  {line}" for line in bits.declaration()]
    lines += [f"  {instruction_text(item, formal, waveforms, bits)}" for item in items]
    lines += [f"  {line}" for line in bits.result()]
    return "\n".join([*lines, "}"])


def _notes(calibration: Calibration, formal: Formal) -> list[str]:
    notes = []
    for place, bound in enumerate(calibration.bounds):
        if bound is not None and place in formal.names:
            notes.append(f"@feedline.bounds {formal.names[place]} {number_text(bound[0])} {number_text(bound[1])}")
    if calibration.error is not None:
        notes.append(f"@feedline.error {float(calibration.error)!r}")
    return notes


def _signature(calibration: Calibration, formal: Formal, items: list[Instruction]) -> str:
    kinds = kinds_of(items, formal)
    inside = ", ".join(
        f"{kinds[formal.names[place]]} {formal.names[place]}"
        if isinstance(argument, Parameter)
        else number_text(float(argument))
        for place, argument in enumerate(calibration.arguments)
    )
    wild = iter(f"q{index}" if calibration.qubits.count(None) > 1 else "q" for index in range(len(calibration.qubits)))
    qubits = ", ".join(next(wild) if qubit is None else f"${qubit}" for qubit in calibration.qubits)
    returns = {0: "", 1: " -> bit"}.get(calibration.num_bits, f" -> bit[{calibration.num_bits}]")
    name = checked_name(calibration.gate, "gate", is_gate=True)
    return f"{name}{f'({inside})' if inside else ''} {qubits}{returns}"
