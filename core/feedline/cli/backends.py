# SPDX-License-Identifier: Apache-2.0
"""``feedline backends``: what there is to run on, and what one backend can do."""

from __future__ import annotations

import json
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
    from feedline.property_table import property_tables

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
        ("calibrations", _wrapped(str(description["calibrations"]).split(", "))),
        ("calibrated", description["calibrated"]),
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
    for head, cells in property_tables(description["properties"], description["instructions"]):
        click.echo("\n" + table(head, cells, right=frozenset(range(1, len(head)))))


def _description(backend: Backend) -> dict[str, Any]:
    """Everything that a backend says of itself, as JSON."""
    import attrs

    from feedline.property_table import instruction_rows, qubit_rows

    target, said = backend.target, backend.describe()
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
        "calibrations": said.get("calibrations") or said.get("calibration_id", ""),
        "calibrated": said.get("calibrated", ""),
        "instructions": instruction_rows(target),
        "properties": qubit_rows(target),
        "capabilities": capabilities,
    }


def _coupling(target: Target) -> str:
    coupling = target.build_coupling_map()
    if coupling is None:
        return "all to all"
    pairs = {tuple(sorted(edge)) for edge in coupling.get_edges()}
    return f"{len(pairs)} pairs"


def _number(value: int | None, none: str) -> str:
    return none if value is None else str(value)


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _wrapped(words: Any) -> str:
    """Words with commas, folded into lines that the column of values holds."""
    import textwrap

    return ("\n" + " " * 14).join(textwrap.wrap(", ".join(words), _WIDEST - 14))
