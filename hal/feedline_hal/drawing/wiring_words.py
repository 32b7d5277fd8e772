# SPDX-License-Identifier: Apache-2.0
"""Words of a rack's picture and tree: frequencies, times, corrections as people write them."""

from __future__ import annotations

from feedline_hal.rack.schema import InstrumentSpec, MixerSpec, PortSpec, RackSpec

LO_COLOURS = ("#7a5cc7", "#a83279", "#c4701f", "#2b8a6e", "#1f5fa8", "#5b6b7b", "#b5463c", "#7d7a1f")
"""Colours of local oscillators, in the order in which ports name them."""

_SUFFIXES = (("_hz", "Hz"), ("_dbm", "dBm"), ("_db", "dB"), ("_v", "V"), ("_a", "A"), ("_deg", "deg"), ("_s", "s"))


def frequency_words(frequency_hz: float) -> str:
    """A frequency: ``5.2 GHz``."""
    for factor, unit in ((1e9, "GHz"), (1e6, "MHz"), (1e3, "kHz")):
        if abs(frequency_hz) >= factor:
            return f"{frequency_hz / factor:.7g} {unit}"
    return f"{frequency_hz:g} Hz"


def time_words(time_s: float) -> str:
    """A time: ``25 ns``."""
    for factor, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")):
        if abs(time_s) >= factor * (1 - 1e-9):
            return f"{time_s / factor:.6g} {unit}"
    return f"{time_s * 1e12:.6g} ps" if time_s else "0 s"


def mixer_words(mixer: MixerSpec) -> str:
    """Corrections of a mixer that has some: gain, phase, offsets of I and Q."""
    parts = []
    if mixer.gain != 1.0:
        parts.append(f"\N{MULTIPLICATION SIGN}{mixer.gain:g}")
    if mixer.phase_rad:
        parts.append(f"{mixer.phase_rad * 1e3:.4g} mrad")
    if mixer.offset_i_v or mixer.offset_q_v:
        parts.append(f"{mixer.offset_i_v * 1e3:.4g}, {mixer.offset_q_v * 1e3:.4g} mV")
    return "   ".join(parts)


def port_lines(port: PortSpec) -> tuple[str, ...]:
    """What a port acts on, and where its frames may be."""
    parts = [" ".join(f"q{qubit}" for qubit in port.qubits)]
    if port.frequency_range_hz is not None:
        low, high = port.frequency_range_hz
        parts.append(f"{frequency_words(low)} – {frequency_words(high)}".replace(" GHz –", " –"))  # noqa: RUF001 - a range
    elif port.lo is None:
        parts.append("baseband")
    return ("   ".join(part for part in parts if part),)


def value_words(name: str, value: float) -> str:
    """A setting: ``power 10 dBm``."""
    if name.endswith("is_on"):
        return f"{name.removesuffix('is_on').replace('_', ' ')}{'on' if value else 'off'}"
    for suffix, unit in _SUFFIXES:
        if name.endswith(suffix):
            label = name.removesuffix(suffix).replace("_", " ")
            return f"{label} {frequency_words(value) if unit == 'Hz' else f'{value:g} {unit}'}"
    return f"{name.replace('_', ' ')} {value:g}"


def side_lines(instrument: InstrumentSpec, spec: RackSpec) -> tuple[str, ...]:
    """What a local oscillator or bias does: frequencies that ports ask of it, and its settings."""
    asked = {
        f"{port.lo.output} {frequency_words(port.lo_frequency_hz)}".strip(): None
        for port in spec.ports.values()
        if port.lo is not None and port.lo.instrument == instrument.name
    }
    settings = [value_words(name, value) for name, value in instrument.settings.items()]
    return tuple("  ".join(part) for part in (list(asked), settings) if part)


def size_words(spec: RackSpec) -> str:
    """How large a rack is: ``2 qubits, 8 instruments``."""
    counts = ((spec.num_qubits, "qubit"), (len(spec.instruments), "instrument"))
    return ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts)
