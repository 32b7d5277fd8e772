# SPDX-License-Identifier: Apache-2.0
"""``feedline lower``: a circuit file in, what a stage of lowering makes of it out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click
from click.shell_completion import CompletionItem

from feedline.cli.completion import complete_backend

if TYPE_CHECKING:
    from .circuit import Playable

_STAGES = ("isa", "scheduled", "pulse", "port")
_FURTHER = ("program", "plan")
"""Stages that a rack has besides; a backend of another kind may have others."""
_SHOTS = 4096
_ANY_STAGE, _PORT_ONLY = (".txt", ".json"), (".npz", ".qasm")


@attrs.frozen(kw_only=True, slots=True)
class _Given:
    """The command line as it was given."""

    file: str
    backend: str
    stage: str
    param: tuple[str, ...]
    as_json: bool
    out: str | None
    rate: float | None
    shots: int | None


def _complete_stage(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(stage) for stage in (*_STAGES, *_FURTHER) if stage.startswith(incomplete)]


@click.command(short_help="Show the pulses of a circuit file, at any stage.")
@click.argument("file", type=click.Path())
@click.option(
    "--backend", "-b", default="pulse", show_default=True, metavar="NAME", shell_complete=complete_backend,
    help="Whose pulses; a backend that plays some.",
)  # fmt: skip
@click.option(
    "--stage", "-s", default="port", show_default=True, metavar="STAGE", shell_complete=_complete_stage,
    help="How far down: isa (gates that the device has), scheduled (when they happen), pulse (what they are "
    "made of), port (what each port emits and records); on a rack also program (what each instrument is told) and "
    "plan (how points and shots are packed).",
)  # fmt: skip
@click.option(
    "--param", "-p", multiple=True, metavar="NAME=VALUE",
    help="Value of a parameter: 0.3, -pi/2. May be repeated. Needed from stage port on; above, parameters may stay. "
    "Below port it may be a sweep: theta=0:pi:21.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead.")
@click.option(
    "--out", metavar="FILE", type=click.Path(),
    help="Write it instead: .txt, .json; at stage port also .npz (samples of each port) and .qasm (OpenPulse).",
)  # fmt: skip
@click.option(
    "--rate", type=click.FloatRange(min=0, min_open=True), metavar="HZ",
    help="Samples per second of an .npz file, 2e9 for instance.  [one per tick]",
)  # fmt: skip
@click.option(
    "--shots", type=click.IntRange(min=1), metavar="N", help="Shots of every point, below stage port.  [4096]"
)
def lower(**given: Any) -> None:
    """Show what becomes of the circuit of FILE on its way to pulses.

    FILE is OpenQASM 2, OpenQASM 3 (with cal and defcal too) or QPY. The circuit is transpiled for the
    backend; nothing is run, and no instrument is connected.

    \b
    Examples:
      feedline lower bell.qasm
      feedline lower bell.qasm --stage scheduled
      feedline lower bell.qasm --stage pulse --json | jq '.blocks[0].events[0]'
      feedline lower ansatz.qasm -p theta=pi/4 --out samples.npz
      feedline lower ansatz.qasm -p theta=0:pi:101 --backend rack:lab.toml --stage plan --shots 1000
    """
    _lower(_Given(**given))


def _lower(given: _Given) -> None:
    is_further = given.stage not in _STAGES
    if is_further:
        _check_further(given.stage, given.backend)
    elif given.shots is not None:
        raise click.UsageError(f"--shots is for stages below port, and --stage is {given.stage}.")
    out = _check_out(given)

    from .circuit import playable

    is_port = given.stage == "port"
    found = playable(given.file, given.backend, given.param, is_bound=is_port or is_further, is_swept=is_further)
    if is_further:
        record, text = _below(found, given.stage, given.shots or _SHOTS)
    else:
        record, text = (_port if is_port else _above)(found, given.stage)
    if out is not None:
        _write(out, given.rate, found, (record, text))
        click.secho(f"written: {out}", dim=True, err=given.as_json)
    if given.as_json:
        import json

        click.echo(json.dumps(record(), indent=2))
    elif out is None:
        click.echo(text())


def _check_further(stage: str, backend_name: str) -> None:
    """Refuse a stage that the backend does not have."""
    from feedline.cli.made import make_backend
    from feedline.errors import InputError, nearest
    from feedline_hal.lowering.lower import pulse_backend

    further = pulse_backend(make_backend(backend_name)).further_stages
    if stage in further:
        return
    if stage in _FURTHER:
        raise InputError(
            f"Backend '{backend_name}' has no stage '{stage}'.",
            remedy="Its last stage is port; below it are the instruments of a rack: --backend rack:lab.toml.",
        )
    raise InputError(f"There is no stage '{stage}'.", remedy=nearest(stage, (*_STAGES, *further)))


def _check_out(given: _Given) -> Path | None:
    """Refuse a file that could not be written, before anything is computed."""
    if given.rate is not None and not (given.out or "").lower().endswith(".npz"):
        raise click.UsageError("--rate is for samples: it needs --out FILE.npz.")
    if given.out is None:
        return None
    from feedline.errors import InputError
    from feedline_hal.export.text_file import check_writable

    if Path(given.out).suffix.lower() in _PORT_ONLY and given.stage != "port":
        raise InputError(
            f"{given.out} is for stage port, and --stage is {given.stage}.", remedy="Leave --stage out, or write .txt."
        )
    return check_writable(given.out, (*_ANY_STAGE, *_PORT_ONLY))


def _above(found: Playable, stage: str) -> tuple[Any, Any]:
    """Record and text of a stage above the port level, each made when it is asked for."""
    from feedline_hal.export.record_text import record_text
    from feedline_hal.export.section import bit_names
    from feedline_hal.lowering.lower import lower as lowered

    program: Any = lowered(found.circuit, found.backend, stage, values=found.values)
    bits = bit_names(found.circuit.num_clbits, found.circuit)
    return program.to_dict, lambda: record_text(program, bits)


def _below(found: Playable, stage: str, shots: int) -> tuple[Any, Any]:
    """Record and text of a stage that the backend itself has."""
    made = found.backend.lower_further(found.circuit, stage, values=found.points, shots=shots)
    return made.to_dict, made.to_text


def _port(found: Playable, _stage: str) -> tuple[Any, Any]:
    from feedline_hal.export.section import bit_names
    from feedline_hal.export.table import to_dict
    from feedline_hal.export.table_text import table_text

    program = port_program(found)
    bits = bit_names(found.circuit.num_clbits, found.circuit)
    return lambda: to_dict(program, bits=bits), lambda: table_text(program, bits=bits)


def port_program(found: Playable) -> Any:
    """The circuit at the port level, its parameters bound."""
    from feedline_hal.lowering.lower import lower_to_port

    return lower_to_port(found.circuit, found.backend, values=found.values)


def _write(path: Path, rate_hz: float | None, found: Playable, forms: tuple[Any, Any]) -> None:
    record, text = forms
    from feedline_hal.export.text_file import write_text

    suffix = path.suffix.lower()
    if suffix == ".npz":
        from feedline_hal.export.samples import save_samples

        save_samples(port_program(found), path, rate_hz=rate_hz)
    elif suffix == ".qasm":
        from feedline_hal.export.openpulse_text import to_openpulse

        write_text(path, to_openpulse(port_program(found)))
    elif suffix == ".json":
        import json

        write_text(path, json.dumps(record(), indent=2) + "\n")
    else:
        write_text(path, text() + "\n")
