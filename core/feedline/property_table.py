# SPDX-License-Identifier: Apache-2.0
"""What a backend's target says of its qubits and instructions, as rows for tables."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qiskit.transpiler import Target

    from .processor import Backend

_QUBIT_HEAD = ("qubit", "frequency", "T1", "T2", "readout error")
_INSTRUCTION_HEAD = ("instruction", "places", "duration", "error")


def qubit_rows(target: Target) -> list[dict[str, Any]]:
    """What is known of each qubit: ``qubit``, ``frequency_hz``, ``t1_s``, ``t2_s``, ``readout_error``.

    ``None`` for what is not known; no rows if nothing is known of any qubit.
    """
    properties = list(target.qubit_properties or [])
    properties += [None] * ((target.num_qubits or 0) - len(properties))
    measured = target["measure"] if "measure" in target.operation_names else {}
    rows = []
    for number, found in enumerate(properties):
        read = (measured or {}).get((number,))
        rows.append(
            {
                "qubit": number,
                "frequency_hz": getattr(found, "frequency", None),
                "t1_s": getattr(found, "t1", None),
                "t2_s": getattr(found, "t2", None),
                "readout_error": getattr(read, "error", None),
            }
        )
    return rows if any(value is not None for row in rows for key, value in row.items() if key != "qubit") else []


def instruction_rows(target: Target) -> list[dict[str, Any]]:
    """Of each instruction ``name``, ``places``, and smallest and largest ``duration_s`` and ``error``."""
    return [_instruction(target, name) for name in sorted(target.operation_names)]


def _instruction(target: Target, name: str) -> dict[str, Any]:
    properties = [item for item in (target[name] or {}).values() if item is not None]
    durations = [item.duration for item in properties if item.duration is not None]
    errors = [item.error for item in properties if item.error is not None]
    return {
        "name": name,
        "places": len([qubits for qubits in (target[name] or {}) if qubits is not None]),
        "duration_s": [min(durations), max(durations)] if durations else None,
        "error": [min(errors), max(errors)] if errors else None,
    }


def property_tables(
    qubits: Iterable[dict[str, Any]], instructions: Iterable[dict[str, Any]]
) -> list[tuple[Sequence[str], list[Sequence[str]]]]:
    """Heads and cells of the tables of qubits and instructions; a table of which nothing is known is left out."""
    known = [
        (
            f"q{row['qubit']}",
            _one(row["frequency_hz"], 1e-9, " GHz", ".6f"),
            _one(row["t1_s"], 1e6, " us"),
            _one(row["t2_s"], 1e6, " us"),
            _one(row["readout_error"], 1, ""),
        )
        for row in qubits
    ]
    timed = [
        (row["name"], str(row["places"]), _range(row["duration_s"], 1e9, " ns"), _range(row["error"], 1, ""))
        for row in instructions
        if row["duration_s"] or row["error"]
    ]
    tables = ((_QUBIT_HEAD, list(known)), (_INSTRUCTION_HEAD, list(timed)))
    return [(head, list(cells)) for head, cells in tables if cells]


def html_tables(backend: Backend) -> str:
    """A backend as a notebook shows it: what it is, its qubits, its instructions."""
    parts = [f"<b>{html.escape(backend.name)}</b> {html.escape(backend.description or '')}"]
    for head, cells in property_tables(qubit_rows(backend.target), instruction_rows(backend.target)):
        titles = "".join(f"<th>{html.escape(title)}</th>" for title in head)
        rows = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in cells)
        parts.append(f"<table><tr>{titles}</tr>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>")
    return "".join(f"<div>{part}</div>" for part in parts)


def _one(value: float | None, scale: float, unit: str, form: str = ".3g") -> str:
    return "" if value is None else f"{value * scale:{form}}{unit}"


def _range(bounds: Sequence[float] | None, scale: float, unit: str) -> str:
    if not bounds:
        return ""
    low, high = (f"{bound * scale:.4g}" for bound in bounds)
    return f"{low}{unit}" if low == high else f"{low} to {high}{unit}"
