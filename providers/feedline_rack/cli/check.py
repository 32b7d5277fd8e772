# SPDX-License-Identifier: Apache-2.0
"""``feedline rack check``: is everything in a rack file right? Nothing is connected."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from feedline_hal.rack.mistake import Mistake
    from feedline_hal.rack.schema import RackSpec


@click.command(short_help="Check a rack file, offline.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead.")
@click.pass_context
def check(context: click.Context, file: Path, as_json: bool) -> None:
    """Find every mistake of FILE at once, without connecting to anything; else say what is in it.

    Keys, values, drivers, channels, addresses, safe ranges, levels, local oscillators, sample rates,
    triggers and the calibration set are compared with each other. The exit code is 2 if something is
    wrong.

    \b
    Examples:
      feedline rack check lab.toml
      feedline rack check lab.toml --json
    """
    from feedline_hal.rack.check import check_rack
    from feedline_hal.rack.mistake import RackFileError
    from feedline_hal.rack.reading import read_rack

    try:
        spec = read_rack(file)
        mistakes = check_rack(spec)
        if mistakes:
            raise RackFileError(file, mistakes)
    except RackFileError as error:
        if not as_json:
            raise
        click.echo(json.dumps({"file": str(file), "mistakes": [_row(one) for one in error.mistakes]}, indent=2))
        context.exit(2)
    described = {"file": str(file), "id": spec.id, "name": spec.name, "mistakes": [], **_described(spec)}
    click.echo(json.dumps(described, indent=2) if as_json else _text(described))


def _row(mistake: Mistake) -> dict[str, Any]:
    return {"path": mistake.path, "line": mistake.line, "what": mistake.what, "remedy": mistake.remedy}


def _described(spec: RackSpec) -> dict[str, Any]:
    """What is in a rack file, as JSON."""
    from feedline.front_door import host
    from feedline_hal.rack.bench import benched
    from feedline_hal.rack.rule.calibration import read_calibrations
    from feedline_hal.rack.rule.port import reach_hz

    bench, _ = benched(spec, host().drivers)
    found = read_calibrations(spec)
    return {
        "qubits": spec.num_qubits,
        "instruments": [
            {"name": name, "driver": part.spec.driver, "role": part.role, "address": part.spec.address}
            for name, part in bench.parts.items()
        ],
        "ports": [
            {
                "name": port.name,
                "qubits": list(port.qubits),
                "outputs": [str(channel) for channel in port.outputs],
                "inputs": [str(channel) for channel in port.inputs],
                "lo": None if port.lo is None else str(port.lo),
                "lo_frequency_hz": port.lo_frequency_hz,
                "frequency_range_hz": port.frequency_range_hz or reach_hz(port, spec),
            }
            for port in spec.ports.values()
        ],
        "triggers": {name: str(trigger.source) for name, trigger in spec.triggers.items()},
        "calibrations": None if found is None else {"id": found.id, "count": len(found.calibrations)},
    }


def _text(described: dict[str, Any]) -> str:
    from feedline.cli.table import facts, table

    triggers = described["triggers"]
    instruments = [
        (row["name"], row["role"], row["driver"], row["address"], triggers.get(row["name"], ""))
        for row in described["instruments"]
    ]
    ports = [
        (
            row["name"],
            " ".join(f"q{qubit}" for qubit in row["qubits"]),
            " ".join(row["outputs"]),
            " ".join(row["inputs"]),
            _oscillator(row),
            _reach(row["frequency_range_hz"]),
        )
        for row in described["ports"]
    ]
    found = described["calibrations"]
    head = facts(
        [
            ("rack", click.style(described["name"], bold=True)),
            ("id", described["id"]),
            ("qubits", str(described["qubits"])),
            ("calibrations", "none named" if found is None else f"{found['id']}, {found['count']} gates"),
        ]
    )
    parts = [head]
    if instruments:
        parts.append(table(["instrument", "role", "driver", "address", "trigger"], instruments))
    if ports:
        parts.append(table(["port", "qubits", "plays on", "records with", "oscillator", "frequencies"], ports))
    parts.append(click.style("No mistakes.", fg="green"))
    return "\n\n".join(parts)


def _oscillator(row: dict[str, Any]) -> str:
    from feedline_hal.drawing.wiring_words import frequency_words

    return "" if row["lo"] is None else f"{row['lo']} {frequency_words(row['lo_frequency_hz'])}"


def _reach(reach_hz: Any) -> str:
    from feedline_hal.drawing.wiring_words import frequency_words

    return "" if reach_hz is None else f"{frequency_words(reach_hz[0])} to {frequency_words(reach_hz[1])}"
