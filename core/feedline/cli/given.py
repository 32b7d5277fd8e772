# SPDX-License-Identifier: Apache-2.0
"""What ``run`` and ``plan`` are told: a file, a backend, what to ask of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import click

from .completion import complete_backend

if TYPE_CHECKING:
    from feedline.processor import Backend

    from .request import Request

_Command = TypeVar("_Command", bound=Callable[..., Any])


@attrs.frozen(kw_only=True, slots=True)
class Given:
    """A command line, as it was given."""

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


@attrs.frozen(kw_only=True, slots=True)
class Asked:
    """What it comes to.

    Attributes:
        given: The command line; the seed is the one that is used.
        backend: Where to run.
        request: Circuits made into pubs.
        options: Of the primitive.
    """

    given: Given
    backend: Backend
    request: Request
    options: dict[str, Any]

    def primitive(self) -> Any:
        """An Estimator if there are observables, else a Sampler."""
        from feedline import Estimator, Sampler

        return (Estimator if self.given.observable else Sampler)(mode=self.backend, options=self.options)

    def amount(self) -> dict[str, Any]:
        """Precision or shots, as the primitive's ``run`` and ``plan`` take them."""
        return {"precision": self.given.precision} if self.given.observable else {"shots": self.given.shots}


def with_request(command: _Command) -> _Command:
    """Give a command the arguments and options of a request, in this order."""
    for decorate in reversed(_DECORATORS):
        command = decorate(command)
    return command


def asked(given: Given) -> Asked:
    """Read the file, make the backend, check that options fit together.

    Raises:
        InputError: If something of it cannot be used.
        click.UsageError: If two options exclude each other.
    """
    from .option import merge, parse_options
    from .parameter import parse_parameters

    backend_options, options = parse_options(given.option)
    if given.emulate:
        merge(backend_options, "emulate", ",".join(given.emulate), "--emulate")
    parameters = parse_parameters(given.param)
    _check_combination(given)
    given = _merge_flags(given, options)

    from feedline.program_text import load_programs, placed

    from .made import make_backend
    from .request import Request

    programs = load_programs(given.file)
    here = placed(programs, make_backend(given.backend, **backend_options))
    request = Request.of(here.pubs, parameters, given.observable)
    for note in request.notes:
        click.secho(f"note: {note}", err=True, dim=True)
    return Asked(given=given, backend=here.backend, request=request, options=options)


def _check_combination(given: Given) -> None:
    if given.precision is not None and not given.observable:
        raise click.UsageError("--precision needs --observable; counts take --shots.")
    if given.precision is not None and given.shots is not None:
        raise click.UsageError("--precision and --shots exclude each other.")


def _merge_flags(given: Given, options: dict[str, Any]) -> Given:
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


_DECORATORS: tuple[Callable[[Any], Any], ...] = (
    click.argument("file", type=click.Path()),
    click.option(
        "--backend",
        "-b",
        default="aer",
        show_default=True,
        metavar="NAME",
        shell_complete=complete_backend,
        help="Where to run; `feedline backends` lists what there is.",
    ),
    click.option("--shots", "-n", type=click.IntRange(min=1), help="Shots per circuit and sweep point.  [4096]"),
    click.option(
        "--observable",
        "-o",
        multiple=True,
        metavar="SUM",
        help="Estimate this instead of counting: 'ZZ + 0.5*XX'; a letter of I X Y Z 0 1 r l per qubit, the last "
        "one is qubit 0. May be repeated.",
    ),
    click.option(
        "--precision",
        type=click.FloatRange(min=0),
        metavar="ERROR",
        help="Standard error to aim at, with --observable; 0 is exact where the backend can.  [0.015625]",
    ),
    click.option(
        "--param",
        "-p",
        multiple=True,
        metavar="NAME=VALUE",
        help="Value of a parameter: 0.3, -pi/2, or a sweep start:stop:points. May be repeated; several sweeps "
        "make a grid.",
    ),
    click.option(
        "--seed",
        type=click.IntRange(min=0),
        help="Seed of the simulator and the transpiler: the same result again.",
    ),
    click.option(
        "--option",
        multiple=True,
        metavar="GROUP.NAME=VALUE",
        help="Option of the primitive (execution.rep_delay=1e-3, max_execution_time=10m) or, as "
        "backend.NAME=VALUE, of the backend. May be repeated.",
    ),
    click.option(
        "--emulate",
        multiple=True,
        is_flag=False,
        flag_value="all",
        metavar="[NAME,...]",
        help="On a rack: let emulators stand in for these instruments, all of them without names. Give it last.",
    ),
    click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead."),
)
