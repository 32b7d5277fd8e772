# SPDX-License-Identifier: Apache-2.0
"""``feedline backends``: what there is to run on, and what one backend can do."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from .completion import complete_backend
from .table import facts, table

if TYPE_CHECKING:
    from qiskit.transpiler import Target

    from feedline.processor import Backend

_WIDEST = 78


@click.command()
@click.argument("name", required=False, shell_complete=complete_backend)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead.")
def backends(name: str | None, as_json: bool) -> None:
    """List all backends; with NAME, describe that one.

    Nothing is opened: a backend describes itself without touching an instrument.

    \b
    Examples:
      feedline backends
      feedline backends aer
      feedline backends aer --json | jq .capabilities
    """
    if name is None:
        _list(as_json)
    else:
        from .made import make_backend

        _describe(make_backend(name), as_json)


def _list(as_json: bool) -> None:
    from feedline.front_door import host
    from feedline.registry import install_line, missing_modules

    rows = []
    for entry in sorted(host().backends.values(), key=lambda entry: entry.name):
        lacks = install_line(entry) if missing_modules(entry) else ""
        shown = f"{entry.name}:{entry.argument}" if entry.argument else entry.name
        rows.append({"name": shown, "plugin": host().owner(entry), "summary": entry.summary, "install": lacks})
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    if not rows:
        click.echo("No plugin offers a backend; `feedline plugins` says why.")
        return
    cells = []
    for row in rows:
        install = click.style(f"run: {row['install']}", fg="yellow") if row["install"] else ""
        cells.append((row["name"], row["plugin"], install or row["summary"]))
    click.echo(table(["backend", "plugin", ""], cells))
    failed = ", ".join(sorted(host().failures))
    if failed:
        click.secho(f"not loaded: {failed}; `feedline plugins` says why", fg="yellow")


def _describe(backend: Backend, as_json: bool) -> None:
    description = _description(backend)
    if as_json:
        click.echo(json.dumps(description, indent=2))
        return
    capabilities = description["capabilities"]
    pairs = [
        ("backend", click.style(backend.name, bold=True)),
        ("what", backend.description or ""),
        ("version", backend.backend_version or ""),
        ("qubits", _number(description["qubits"], "any number")),
        ("instructions", _wrapped(row["name"] for row in description["instructions"])),
        ("coupling", description["coupling"]),
        ("time step", f"{description['dt_s'] * 1e9:g} ns" if description["dt_s"] else ""),
        ("measurements", _wrapped(capabilities["meas_levels"])),
        ("control flow", _wrapped(capabilities["control_flow"]) or "none"),
        ("exact values", _yes(capabilities["exact_expectation"])),
        ("pulse gates", _yes(capabilities["pulse_gates"])),
        ("single shots", _yes(capabilities["ordered_shots"])),
        ("seed", _yes(capabilities["seeded"])),
        ("max shots", _number(capabilities["max_shots"], "no limit")),
        ("max circuits", _number(capabilities["max_circuits"], "no limit")),
        ("options", _wrapped(f"execution.{name}" for name in capabilities["settings"])),
        ("for passes", _wrapped(capabilities["tokens"])),
    ]
    click.echo(facts(pairs))
    timed = [row for row in description["instructions"] if row["duration_s"] or row["error"]]
    if timed:
        head = ["instruction", "places", "duration", "error"]
        cells = [
            (
                row["name"],
                str(row["places"]),
                _range(row["duration_s"], 1e9, " ns"),
                _range(row["error"], 1, ""),
            )
            for row in timed
        ]
        click.echo("\n" + table(head, cells, right=frozenset({1, 2, 3})))


def _description(backend: Backend) -> dict[str, Any]:
    """Everything that a backend says of itself, as JSON."""
    import attrs

    target = backend.target
    capabilities = {
        field.name: sorted(value) if isinstance(value, frozenset) else value
        for field in attrs.fields(type(backend.capabilities))
        for value in [getattr(backend.capabilities, field.name)]
    }
    return {
        "name": backend.name,
        "description": backend.description or "",
        "version": backend.backend_version or "",
        "qubits": target.num_qubits,
        "coupling": _coupling(target),
        "dt_s": target.dt,
        "instructions": [_instruction(target, name) for name in sorted(target.operation_names)],
        "capabilities": capabilities,
    }


def _instruction(target: Target, name: str) -> dict[str, Any]:
    """Where an instruction is and its smallest and largest duration and error."""
    properties = [item for item in (target[name] or {}).values() if item is not None]
    durations = [item.duration for item in properties if item.duration is not None]
    errors = [item.error for item in properties if item.error is not None]
    return {
        "name": name,
        "places": len([qubits for qubits in (target[name] or {}) if qubits is not None]),
        "duration_s": [min(durations), max(durations)] if durations else None,
        "error": [min(errors), max(errors)] if errors else None,
    }


def _coupling(target: Target) -> str:
    coupling = target.build_coupling_map()
    if coupling is None:
        return "all to all"
    pairs = {tuple(sorted(edge)) for edge in coupling.get_edges()}
    return f"{len(pairs)} pairs"


def _range(bounds: Sequence[float] | None, scale: float, unit: str) -> str:
    if not bounds:
        return ""
    low, high = (f"{bound * scale:.3g}" for bound in bounds)
    return f"{low}{unit}" if low == high else f"{low} to {high}{unit}"


def _number(value: int | None, none: str) -> str:
    return none if value is None else str(value)


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _wrapped(words: Any) -> str:
    """Words with commas, folded into lines that the column of values holds."""
    import textwrap

    return ("\n" + " " * 14).join(textwrap.wrap(", ".join(words), _WIDEST - 14))
