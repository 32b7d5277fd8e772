# SPDX-License-Identifier: Apache-2.0
"""``feedline emulate``: a rack file in, emulators of its instruments on this machine out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .visiting import complete_instrument

if TYPE_CHECKING:
    from feedline_hal.emulator.bench import Bench
    from feedline_hal.emulator.fault import FaultScript
    from feedline_hal.rack.schema import RackSpec

_DELAY_S = 1.0
"""How long a delayed reply is delayed."""


@click.command(short_help="Stand emulators in for a rack's instruments.")
@click.argument("file", type=click.Path())
@click.argument("names", nargs=-1, shell_complete=complete_instrument)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of the table.")
@click.option(
    "--faults", multiple=True, metavar="NAME:CALL:KIND",
    help="Have message number CALL to instrument NAME go wrong: drop, delay (1 s), short, duplicate, garbage, late, "
    "reset. May be repeated.",
)  # fmt: skip
@click.option(
    "--chip", type=click.Path(), metavar="CHIP",
    help="Chip file: a simulated chip answers, driven by what the emulators put out.",
)  # fmt: skip
def emulate(file: str, names: tuple[str, ...], as_json: bool, faults: tuple[str, ...], chip: str | None) -> None:
    """Start emulators of the instruments of the rack FILE, all of them or those of NAMES, until Ctrl-C.

    An emulator is where the rack file says if that is on this machine (a port of 127.0.0.1, a serial link that does
    not exist yet), and where the table says if not. Triggers are cabled as in the file; into digitizers goes a
    tone for every qubit that is measured, so that shot k reads as k in binary. With --chip, a simulated chip is
    wired to the rack, and what it answers goes into the digitizer.

    \b
    Examples:
      feedline emulate lab.toml
      feedline emulate lab.toml awg1 trig
      feedline emulate lab.toml --json | head -n 1
      feedline emulate lab.toml --faults awg1:12:drop
      feedline emulate chip_rack.toml --chip chip.toml
    """
    from feedline_hal.rack.reading import read_rack

    spec = read_rack(file)
    bench = _bench(spec, names, _scripts(faults), chip)
    try:
        with bench:
            _show(bench, file, as_json=as_json)
            _wait()
    finally:
        if bench.addresses:
            click.secho("The emulators have stopped.", err=True, dim=True)


def _bench(spec: RackSpec, names: tuple[str, ...], faults: dict[str, FaultScript], chip: str | None) -> Bench:
    if chip is None:
        from feedline_hal.emulator.bench import Bench

        return Bench(spec, names or None, faults=faults)
    if names:
        raise click.UsageError("--chip needs all of the rack's instruments: leave out their names.")
    from feedline_hal.twin.chip_bench import chip_bench
    from feedline_hal.twin.chip_file import read_chip

    return chip_bench(read_chip(chip), spec, faults=faults)


def _show(bench: Bench, file: str, *, as_json: bool) -> None:
    import json

    from feedline.cli.table import table

    if as_json:
        document = {"rack": bench.spec.name, "file": file, "emulated": True, "addresses": bench.addresses}
        click.echo(json.dumps(document))
    else:
        rows = []
        for name, address in bench.addresses.items():
            spec = bench.spec.instruments[name]
            rows.append([name, spec.driver, address, "" if address == spec.address else spec.address])
        click.echo(table(["instrument", "stands in for", "emulated at", "instead of"], rows))
    click.secho(
        f"These are EMULATORS of rack '{bench.spec.name}', not instruments: nothing real is set or measured. "
        "Ctrl-C stops them.",
        err=True,
        bold=True,
        fg="yellow",
    )


def _wait() -> None:
    """Wait until a signal raises."""
    import threading

    forever = threading.Event()
    while True:
        forever.wait(3600.0)


def _scripts(given: tuple[str, ...]) -> dict[str, FaultScript]:
    """Fault scripts by instrument.

    Raises:
        click.UsageError: If one is none; says what there is.
    """
    from feedline_hal.emulator.fault import Fault, FaultKind, FaultScript

    kinds = [kind.value for kind in FaultKind]
    found: dict[str, dict[int, Fault]] = {}
    for text in given:
        name, _, rest = text.partition(":")
        number, _, kind = rest.partition(":")
        if not name or not number.isdigit() or int(number) < 1 or kind not in kinds:
            raise click.UsageError(
                f"--faults {text}: write NAME:CALL:KIND, CALL a number from 1, KIND one of {', '.join(kinds)}."
            )
        if int(number) in found.setdefault(name, {}):
            raise click.UsageError(f"--faults {text}: message {number} to '{name}' has a fault already.")
        found[name][int(number)] = Fault(kind=FaultKind(kind), delay_s=_DELAY_S)
    return {name: FaultScript(faults) for name, faults in found.items()}
