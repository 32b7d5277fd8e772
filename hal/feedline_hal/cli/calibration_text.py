# SPDX-License-Identifier: Apache-2.0
"""A calibration set as tables for people."""

from __future__ import annotations

from typing import Any

import click

from feedline.cli.jobs import local_time
from feedline.cli.table import facts, table

_SHOWN = 3


def described_text(described: dict[str, Any]) -> str:
    """Facts, frames and calibrations of a set, from the JSON of ``feedline calibrations show``."""
    head = facts(
        [
            ("set", click.style(described["id"], bold=True)),
            ("put", local_time(described["put"]) if described["put"] else ""),
            ("tags", ", ".join(described["tags"])),
            ("note", described["note"]),
            ("current", "yes" if described["is_current"] else "no"),
            *((str(name), str(value)) for name, value in described["metadata"].items()),
        ]
    )
    frames = [
        (row["frame"], row["port"], *(_number(what, row[what]) for what in ("frequency_hz", "phase_rad")))
        for row in described["frames"]
    ]
    parts = [head]
    if frames:
        parts.append(table(["frame", "port", "frequency", "phase"], frames, right=frozenset({2, 3})))
    if described["calibrations"]:
        parts.append(_calibrations(described["calibrations"]))
    return "\n\n".join(parts)


def _calibrations(rows: list[dict[str, Any]]) -> str:
    cells = [
        (
            _call(row),
            " ".join("any" if qubit is None else str(qubit) for qubit in row["qubits"]),
            "" if row["duration_s"] is None else _number("duration_s", row["duration_s"]),
            _few([_number("amplitude", value) for value in row["amplitudes"]]),
            _few(row["shapes"]),
            "" if row["error"] is None else f"{row['error']:.2g}",
        )
        for row in rows
    ]
    head = ["gate", "qubits", "duration", "amplitude", "shape", "error"]
    if not any(row[-1] for row in cells):
        head, cells = head[:-1], [row[:-1] for row in cells]  # type: ignore[misc]  # narrower rows
    return table(head, cells, right=frozenset({2, 3}))


def _call(row: dict[str, Any]) -> str:
    """The gate with its arguments: ``rx(theta)``."""
    inside = ", ".join(item if isinstance(item, str) else f"{item:.12g}" for item in row["arguments"])
    return f"{row['gate']}({inside})" if inside else str(row["gate"])


def _number(what: str, value: Any) -> str:
    from feedline_hal.calibration.change_text import value_text

    return value_text(what, complex(value["re"], value["im"]) if isinstance(value, dict) else value)


def _few(texts: list[str]) -> str:
    """Texts without repetition; of many, the first."""
    different = list(dict.fromkeys(texts))
    more = f" and {len(different) - _SHOWN} more" if len(different) > _SHOWN else ""
    return ", ".join(different[:_SHOWN]) + more
