# SPDX-License-Identifier: Apache-2.0
"""A chip as TOML, for people to edit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from .chip import Chip

_HEAD = """# A chip for the twin: what its qubits, resonators, couplers and lines are like. Units are in the names;
# every key, and what holds if it is left out: docs/reference/chip-file.md.

name = "{name}"
seed = {seed}   # of everything random: noise, decay, drift
"""
_WORDS = {
    "drift_t1": "spread of log(T1) after an hour",
    "drift_hz": "spread of the frequencies after an hour",
    "age_s": "for how long it has drifted when it is opened",
    "time_factor": "seconds of the chip in one of ours",
    "thermal_population": "of level 1 in equilibrium",
    "rabi_hz_per_v": "Rabi frequency of 1 V at the chip",
    "crosstalk": "what other ports do to it, relative to its own",
    "damping_hz_per_v2": "of 1 V at its reset port",
    "bias": "instrument of the rack that tunes it",
    "bias_period_v": "of one flux quantum",
    "bias_sweet_v": "where its frequency is highest",
    "chi_hz": "lower by this with the qubit in 1",
    "kappa_hz": "linewidth",
    "photons_per_v2": "on resonance, of 1 V at the chip",
    "exchange_hz_per_v": "coupling g of 1 V at the chip",
    "shift_hz_per_v2": "of the first qubit",
    "idle_zz_hz": "left at 0 V",
    "noise_v": "of a sample at the digitizer",
}
_DRIFT = ("drift_t1", "drift_hz", "age_s", "time_factor")
_UNSAID = {"index", "qubits", "resonator"}
"""Fields that the table's name says, or that have a table of their own."""


def chip_text(chip: Chip) -> str:
    """A chip file's text, every number with what it is; `read_chip` makes the same chip of it."""
    parts = [_HEAD.format(name=chip.name, seed=chip.seed)]
    parts[0] += "".join(f"{line}\n" for line in _lines({key: getattr(chip, key) for key in _DRIFT}))
    for qubit in chip.qubits:
        parts.append(_table(f"qubits.q{qubit.index}", qubit))
        if qubit.resonator is not None:
            parts.append(_table(f"qubits.q{qubit.index}.resonator", qubit.resonator))
    parts += [_table(f"couplers.q{one.qubits[0]}_q{one.qubits[1]}", one) for one in chip.couplers]
    parts += [_table(f"lines.{port}", line) for port, line in chip.lines.items()]
    parts += [_table(f"mixers.{port}", mixer) for port, mixer in chip.mixers.items()]
    return "\n".join(parts)


def _table(name: str, record: Any) -> str:
    fields = {
        field.name: value
        for field in attrs.fields(type(record))
        if field.name not in _UNSAID and (value := getattr(record, field.name)) not in ("", None, {})
    }
    return "".join(f"{line}\n" for line in (f"[{name}]", *_lines(fields)))


def _lines(fields: Mapping[str, Any]) -> Iterator[str]:
    for name, value in fields.items():
        words = _WORDS.get(name, "")
        yield f"{name} = {_value(value)}{f'   # {words}' if words else ''}"


def _value(value: Any) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{key} = {_value(item)}' for key, item in value.items())} }}"
    return number_text(value) if isinstance(value, float) else str(value)


def number_text(value: float) -> str:
    """A number as people write it, exactly: ``5.123e9``, ``42e-6``."""
    if 1e-3 <= abs(value) < 1:
        return repr(value)
    for exponent in (0, 9, 6, 3, -3, -6, -9):
        digits = f"{value / 10.0**exponent:.12g}"
        text = f"{digits}e{exponent}" if exponent else digits
        if 1 <= abs(float(digits)) < 1000 and "e" not in digits and float(text) == value:
            return text if exponent or "." in text else f"{text}.0"
    return repr(value)
