# SPDX-License-Identifier: Apache-2.0
"""``feedline run``: a circuit file in, a histogram or expectation values out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from .completion import complete_backend

if TYPE_CHECKING:
    from feedline.processor import Backend

    from .request import Request


@attrs.frozen(kw_only=True, slots=True)
class _Given:
    """The command line of a run, as it was given."""

    file: str
    backend: str
    shots: int | None
    observable: tuple[str, ...]
    precision: float | None
    param: tuple[str, ...]
    seed: int | None
    option: tuple[str, ...]
    emulate: tuple[str, ...]
    as_json: bool
    plot: str | None


@click.command()
@click.argument("file", type=click.Path())
@click.option(
    "--backend", "-b", default="aer", show_default=True, metavar="NAME", shell_complete=complete_backend,
    help="Where to run; `feedline backends` lists what there is.",
)  # fmt: skip
@click.option("--shots", "-n", type=click.IntRange(min=1), help="Shots per circuit and sweep point.  [4096]")
@click.option(
    "--observable", "-o", multiple=True, metavar="SUM",
    help="Estimate this instead of counting: 'ZZ + 0.5*XX'; a letter of I X Y Z 0 1 r l per qubit, the last "
    "one is qubit 0. May be repeated.",
)  # fmt: skip
@click.option(
    "--precision", type=click.FloatRange(min=0), metavar="ERROR",
    help="Standard error to aim at, with --observable; 0 is exact where the backend can.  [0.015625]",
)  # fmt: skip
@click.option(
    "--param", "-p", multiple=True, metavar="NAME=VALUE",
    help="Value of a parameter: 0.3, -pi/2, or a sweep start:stop:points. May be repeated; several sweeps "
    "make a grid.",
)  # fmt: skip
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    help="Seed of the simulator and the transpiler: the same result again.",
)
@click.option(
    "--option", multiple=True, metavar="GROUP.NAME=VALUE",
    help="Option of the primitive (execution.rep_delay=1e-3, max_execution_time=10m) or, as "
    "backend.NAME=VALUE, of the backend. May be repeated.",
)  # fmt: skip
@click.option(
    "--emulate", multiple=True, is_flag=False, flag_value="all", metavar="[NAME,...]",
    help="On a rack: let emulators stand in for these instruments, all of them without names. Give it last.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead.")
@click.option("--plot", metavar="FILE", type=click.Path(), help="Also draw it: .png, .svg or .pdf.")
def run(**given: Any) -> None:
    """Run the circuits of FILE and show what came out.

    FILE is OpenQASM 2, OpenQASM 3 (with OpenPulse if you like) or QPY; its content decides. Circuits
    need not know the backend: they are transpiled for it. A circuit that measures nothing has all its
    qubits measured.

    \b
    Examples:
      feedline run bell.qasm
      feedline run bell.qasm --shots 10000 --seed 7 --plot bell.png
      feedline run bell.qasm --observable ZZ --observable "XX - 0.5*IZ" --precision 0.01
      feedline run ansatz.qasm -p "phi=pi/4" -p "theta=0:2*pi:21" -o ZZ --plot sweep.svg
      feedline run bell.qasm --json | jq '.results[0].counts'

    Ctrl-C, SIGTERM and SIGHUP cancel the job. The job is stored: `feedline job ID` shows it again.
    """
    _run(_Given(**given))


def _run(given: _Given) -> None:
    from .option import merge, parse_options
    from .parameter import parse_parameters
    from .picture import check_picture

    picture = check_picture(given.plot)
    backend_options, options = parse_options(given.option)
    if given.emulate:
        merge(backend_options, "emulate", ",".join(given.emulate), "--emulate")
    parameters = parse_parameters(given.param)
    _check_combination(given)
    given = _merge_flags(given, options)

    from feedline.program_text import load_programs, placed

    from .made import make_backend
    from .outcome import outcomes
    from .request import Request
    from .wait import result_of

    programs = load_programs(given.file)
    here = placed(programs, make_backend(given.backend, **backend_options))
    backend, request = here.backend, Request.of(here.pubs, parameters, given.observable)
    for note in request.notes:
        click.secho(f"note: {note}", err=True, dim=True)
    job, result = result_of(lambda: _submit(given, backend, request, options))
    _show(given, backend, job, outcomes(result, request.labels), picture)


def _check_combination(given: _Given) -> None:
    if given.precision is not None and not given.observable:
        raise click.UsageError("--precision needs --observable; counts take --shots.")
    if given.precision is not None and given.shots is not None:
        raise click.UsageError("--precision and --shots exclude each other.")


def _merge_flags(given: _Given, options: dict[str, Any]) -> _Given:
    """Make options of the flags that stand for options, none in both ways; the seed is the one that is used."""
    from .option import merge, option_at

    if given.seed is not None:
        merge(options, "simulator.seed_simulator", given.seed, "--seed")
        merge(options, "transpilation.seed_transpiler", given.seed, "--seed")
    if given.shots is not None:
        merge(options, "default_shots", given.shots, "--shots")
        _check_other(options, "default_precision", f"--shots {given.shots}")
    if given.precision is not None:
        merge(options, "default_precision", given.precision, "--precision")
        _check_other(options, "default_shots", f"--precision {given.precision:g}")
    return attrs.evolve(given, seed=option_at(options, "simulator.seed_simulator"))


def _check_other(options: dict[str, Any], name: str, flag: str) -> None:
    if name in options:
        raise click.UsageError(f"{flag} and --option {name}={options[name]} exclude each other.")


def _submit(given: _Given, backend: Backend, request: Request, options: dict[str, Any]) -> Any:
    from feedline import Estimator, Sampler

    if given.observable:
        return Estimator(mode=backend, options=options).run(request.pubs, precision=given.precision)
    return Sampler(mode=backend, options=options).run(request.pubs, shots=given.shots)


def _show(given: _Given, backend: Backend, job: Any, rows: Sequence[Any], picture: Path | None) -> None:
    from .present import draw, show_json, show_text

    head = {"job": job.job_id(), "backend": backend.name, "file": given.file, "seed": given.seed}
    if given.as_json:
        show_json(head, rows)
    else:
        click.secho(_headline(given, backend, rows), bold=True)
        show_text(rows)
        click.secho(f"job {job.job_id()}", dim=True)
    if picture is not None:
        drawn = draw(rows, picture, title=_headline(given, backend, rows))
        click.secho(f"drawn: {drawn}", dim=True, err=given.as_json)


def _headline(given: _Given, backend: Backend, rows: Sequence[Any]) -> str:
    from .outcome import Counted

    parts = [f"{Path(given.file).name} on {backend.name}"]
    if rows and isinstance(rows[0], Counted):
        parts.append(f"{rows[0].shots} shots")
    if given.seed is not None:
        parts.append(f"seed {given.seed}")
    return ", ".join(parts)
