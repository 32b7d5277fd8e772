# SPDX-License-Identifier: Apache-2.0
"""Records of the stages above the port level as text: what their `to_dict` gives, in columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from feedline.cli.table import facts, table

from .section import bit_names, sections

_LISTS = ("operations", "events")
_TICKS, _SECONDS = "_ticks", "_s"


def record_text(program: Any, bits: Sequence[str] = ()) -> str:
    """Head and tables of a program at stage ``isa``, ``scheduled`` or ``pulse``.

    Args:
        program: With ``flow`` and ``to_dict``.
        bits: Names of the classical bits; without, they are ``c0``, ``c1`` and so on.
    """
    return "\n\n".join(_parts(program, program.to_dict(), bits))


def _parts(program: Any, record: Mapping[str, Any], bits: Sequence[str]) -> Iterator[str]:
    dt_ns = record.get("dt_s", 0.0) * 1e9
    names = bits or bit_names(record["num_clbits"])
    yield facts(
        [
            ("program", record["name"]),
            ("stage", record["stage"]),
            ("parameters", ", ".join(record["parameters"])),
            ("calibrations", record["calibration_id"]),
        ]
    )
    laid = sections(program.flow, names)
    blocks = _blocks(record)
    for section in laid:
        if section.block is None:
            yield section.caption
            continue
        length, rows = blocks.get(section.number, (None, []))
        duration = f"{length * dt_ns:.10g} ns" if length is not None else ""
        number = f"block {section.number}" if len(laid) > 1 else ""
        head = ", ".join(filter(None, [number, section.caption, duration]))
        yield "\n".join(filter(None, [head, _table(rows, dt_ns, names)]))
    for name in ("waveforms", "slots"):
        if record.get(name):
            numbered = [{"": index, **row} for index, row in enumerate(record[name])]
            yield f"{name}\n{_table(numbered, dt_ns, names)}"


def _blocks(record: Mapping[str, Any]) -> dict[int, tuple[int | None, list[dict[str, Any]]]]:
    """Length in ticks and rows of each block, by its number."""
    if "blocks" in record:
        return {
            index: (block.get("duration_ticks"), next((block[name] for name in _LISTS if name in block), []))
            for index, block in enumerate(record["blocks"])
        }
    found: dict[int, tuple[int | None, list[dict[str, Any]]]] = {}
    for row in record.get("operations", []):
        rest = {key: value for key, value in row.items() if key != "block"}
        found.setdefault(row.get("block", 0), (None, []))[1].append(rest)
    return found


def _table(rows: Sequence[Mapping[str, Any]], dt_ns: float, bits: Sequence[str]) -> str:
    """Rows that need not have the same columns; columns that are empty throughout are left out."""
    keys = list(dict.fromkeys(key for row in rows for key in row))
    cells = {key: [_cell(key, row.get(key), dt_ns, bits) for row in rows] for key in keys}
    shown = [key for key in keys if any(cells[key])]
    if not shown:
        return ""
    head = [_title(key) for key in shown]
    right = frozenset(place for place, key in enumerate(shown) if all(_is_number(row.get(key)) for row in rows))
    return table(head, list(zip(*(cells[key] for key in shown), strict=True)), right=right)


def _title(key: str) -> str:
    for unit in (_TICKS, _SECONDS):
        if key.endswith(unit):
            return f"{key.removesuffix(unit)}/ns"
    return key


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _cell(key: str, value: Any, dt_ns: float, bits: Sequence[str]) -> str:
    if value is None or value == []:
        return ""
    if key.endswith(_TICKS):
        return f"{value * dt_ns:.10g}"
    if key.endswith(_SECONDS) and not isinstance(value, str):
        return f"{value * 1e9:.10g}"
    if key in ("qubits", "qubit"):
        return " ".join(f"q{qubit}" for qubit in (value if isinstance(value, list) else [value]))
    if key in ("clbits", "clbit"):
        return " ".join(bits[bit] for bit in (value if isinstance(value, list) else [value]))
    if isinstance(value, list):
        return " ".join(_cell("", item, dt_ns, bits) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
