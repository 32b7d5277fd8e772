# SPDX-License-Identifier: Apache-2.0
"""What `identify`, `status` and `safe` share: their arguments, and how visits are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from feedline_hal.rack.schema import RackSpec
    from feedline_rack.visit import Visit, Visitor

NOT_WELL = 1
"""Exit code if an instrument did not answer as it should."""


def complete_instrument(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the instruments of the rack file that stands before; none if it cannot be read."""
    from feedline.errors import FeedlineError
    from feedline_hal.rack.reading import read_rack

    try:
        instruments = read_rack(context.params["file"]).instruments
    except (FeedlineError, KeyError, TypeError):
        return []
    return [
        CompletionItem(one.name, help=one.driver) for one in instruments.values() if one.name.startswith(incomplete)
    ]


def arguments(command: Callable[..., None]) -> Callable[..., None]:
    """The rack file, names of instruments, ``--emulate`` and ``--json``."""
    for decorate in (
        click.option("--json", "as_json", is_flag=True, help="Print JSON instead."),
        click.option(
            "--emulate",
            multiple=True,
            is_flag=False,
            flag_value="all",
            metavar="[NAME,...]",
            help="Let emulators stand in for these instruments, all of them without names. Give it last.",
        ),
        click.argument("names", nargs=-1, metavar="[INSTRUMENT]...", shell_complete=complete_instrument),
        click.argument("file", type=click.Path()),
    ):
        command = decorate(command)
    return command


@contextmanager
def visitor(file: str, names: Sequence[str], emulate: Sequence[str]) -> Iterator[Visitor]:
    """A visitor to the instruments of a rack file; emulators, if any, run as long as the block."""
    from feedline.errors import InputError, nearest
    from feedline_hal.rack.reading import read_rack
    from feedline_rack.making import emulated
    from feedline_rack.visit import Visitor

    spec = read_rack(file)
    for name in names:
        if name not in spec.instruments:
            raise InputError(
                f"There is no instrument '{name}' in {file}.", remedy=nearest(name, list(spec.instruments))
            )
    with ExitStack() as stack:
        chosen = emulated(",".join(emulate), spec)
        _check_addresses(file, spec, set(names or spec.instruments) | chosen)
        addresses = _emulators(stack, spec, chosen) if chosen else {}
        yield stack.enter_context(Visitor(spec, names, addresses).claimed())


def _check_addresses(file: str, spec: RackSpec, visited: set[str]) -> None:
    """Refuse a file in which addresses are still open."""
    from feedline.errors import InputError

    missing = [name for name, one in spec.instruments.items() if name in visited and not one.address]
    if missing:
        raise InputError(
            f"{file} has no address for {', '.join(missing)}.",
            remedy="Fill it in, or name the instruments to visit. An emulator needs one too, for its transport.",
        )


def _emulators(stack: ExitStack, spec: RackSpec, chosen: frozenset[str]) -> Any:
    from feedline_hal.emulator.bench import Bench

    words = "all instruments" if chosen == set(spec.instruments) else ", ".join(sorted(chosen))
    click.secho(f"EMULATED: {words}", fg="yellow", bold=True, err=True)
    return stack.enter_context(Bench(spec, chosen, at_rack_addresses=False)).addresses


def visits_table(visits: Sequence[Visit]) -> str:
    """A line for each instrument, mistakes below."""
    from feedline.cli.table import duration, table

    rows = []
    for visit in visits:
        state = click.style("ok", fg="green") if visit.error is None else click.style("fault", fg="red", bold=True)
        told = ", ".join(f"{name} {value:.9g}" for name, value in visit.values.items())
        rows.append((visit.name, state, visit.identity or visit.address, duration(visit.took_s), told))
    heads = ("instrument", "state", "who", "took", "values")
    last = len(heads) if any(row[-1] for row in rows) else len(heads) - 1  # `identify` asks for no values
    return table(heads[:last], [row[:last] for row in rows])


def faults_text(visits: Sequence[Visit]) -> str:
    """What went wrong, a paragraph each; empty if nothing did."""
    return "\n".join(_fault_text(visit) for visit in visits if visit.error is not None)


def _fault_text(visit: Visit) -> str:
    text = str(visit.error)
    return text if text.startswith(visit.name) else f"{visit.name}: {text}"


def as_tree(visits: Sequence[Visit]) -> dict[str, Any]:
    """The same for ``--json``."""
    return {
        visit.name: {
            "driver": visit.driver,
            "address": visit.address,
            "identity": visit.identity,
            "is_well": visit.error is None,
            "error": "" if visit.error is None else str(visit.error),
            "values": dict(visit.values),
            "took_s": round(visit.took_s, 6),
        }
        for visit in visits
    }


def show(visits: Sequence[Visit], *, as_json: bool) -> None:
    """Print visits; ends the command with exit code 1 if an instrument is not well."""
    import json

    if as_json:
        click.echo(json.dumps(as_tree(visits), indent=2))
    else:
        click.echo(visits_table(visits))
        if text := faults_text(visits):
            click.echo(f"\n{text}", err=True)
    if any(visit.error is not None for visit in visits):
        raise click.exceptions.Exit(NOT_WELL)
