# SPDX-License-Identifier: Apache-2.0
"""``feedline calibrations``: the store of calibration sets; list, show, compare, put, tag, go back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from feedline_hal.calibration.calibration_set import CalibrationSet
    from feedline_hal.calibration.difference import Difference
    from feedline_hal.calibration.store import CalibrationStore


def _complete_set(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer tags and ids."""
    rows = _store(context.params.get("store")).list()
    found = [CompletionItem(name, help=why) for name, why in (("current", "in use"), ("latest", "put last"))]
    for row in rows:
        found += [CompletionItem(tag, help=row.id) for tag in row.tags]
        found.append(CompletionItem(row.id, help=row.note or row.time))
    return [item for item in found if item.value.startswith(incomplete)]


def _common(command: Callable[..., None]) -> Callable[..., None]:
    """Options that every subcommand takes."""
    store = click.option("--store", type=click.Path(path_type=Path), metavar="PATH", help="Folder of another store.")
    return store(click.option("--json", "as_json", is_flag=True, help="Print JSON instead.")(command))


@click.group()
def calibrations() -> None:
    """List, show, compare and restore stored calibration sets.

    A set is named by its id, as much of it as no other has, a tag, 'current' or 'latest'. Sets are in
    the folder 'calibrations' of FEEDLINE_HOME; nothing is ever deleted.

    \b
    Examples:
      feedline calibrations put lab.qasm --tag friday
      feedline calibrations list
      feedline calibrations diff friday
      feedline calibrations rollback friday
    """


@calibrations.command("list")
@_common
def list_sets(store: Path | None, as_json: bool) -> None:
    """List all sets, the one that was put last first."""
    import attrs

    from feedline.cli.jobs import local_time
    from feedline.cli.table import table

    place = _store(store)
    rows = place.list()
    _tell_damage(place)
    if as_json:
        click.echo(json.dumps([attrs.asdict(row) for row in rows], indent=2))
        return
    if not rows:
        click.echo(f"No calibration sets in {place.path}.")
        return
    cells = [
        (
            click.style("*", fg="green") if row.is_current else "",
            row.id,
            local_time(row.time) if row.time else "",
            str(row.counts.get("calibrations", "")),
            str(row.counts.get("qubits", "")),
            ", ".join(row.tags),
            click.style("its file is missing", fg="red") if row.is_missing else row.note,
        )
        for row in rows
    ]
    head = ["", "id", "put", "calibrations", "qubits", "tags", "note"]
    click.echo(table(head, cells, right=frozenset({3, 4})))


@calibrations.command()
@click.argument("name", metavar="[ID]", default="current", shell_complete=_complete_set)
@click.option("--openpulse", is_flag=True, help="Print the set as OpenPulse text.")
@_common
def show(name: str, openpulse: bool, store: Path | None, as_json: bool) -> None:
    """Show a set: frames, durations, amplitudes.

    Without ID, the current one.

    \b
    Examples:
      feedline calibrations show
      feedline calibrations show friday --openpulse > friday.qasm
    """
    from feedline_hal.calibration.overview import calibration_row, frame_rows

    place = _store(store)
    found = place.get(name)
    if openpulse:
        text = found.to_openpulse()
        click.echo(json.dumps({"id": found.id, "openpulse": text}, indent=2) if as_json else text, nl=as_json)
        return
    row = next(row for row in place.list() if row.id == found.id)
    described: dict[str, Any] = {
        "id": found.id,
        "put": row.time,
        "tags": list(row.tags),
        "note": row.note,
        "is_current": row.is_current,
        "metadata": dict(found.metadata),
        "frames": frame_rows(found),
        "calibrations": [calibration_row(one) for one in found.calibrations],
    }
    if as_json:
        click.echo(json.dumps(described, indent=2))
    else:
        from .calibration_text import described_text

        click.echo(described_text(described))


@calibrations.command()
@click.argument("before", metavar="[BEFORE]", required=False, shell_complete=_complete_set)
@click.argument("after", metavar="[AFTER]", default="current", shell_complete=_complete_set)
@_common
def diff(before: str | None, after: str, store: Path | None, as_json: bool) -> None:
    """Show what changed from one set to another.

    AFTER is the current set by default, BEFORE the one that was current before it.

    \b
    Examples:
      feedline calibrations diff
      feedline calibrations diff friday
      feedline calibrations diff friday monday --json
    """
    place = _store(store)
    _show_difference(place.diff(before or place.before_current(), after), as_json)


@calibrations.command()
@click.argument("to", metavar="[ID]", required=False, shell_complete=_complete_set)
@click.option("--note", default="", metavar="TEXT", help="Why; kept in the log.")
@_common
def rollback(to: str | None, note: str, store: Path | None, as_json: bool) -> None:
    """Make an earlier set current again.

    Without ID, the one that was current before. Nothing is deleted.

    \b
    Examples:
      feedline calibrations rollback
      feedline calibrations rollback friday --note "drift of q3"
    """
    place = _store(store)
    now = place.resolve()
    back = place.rollback(to, note=note)
    if as_json:
        click.echo(json.dumps({"current": back, "before": now}, indent=2))
    else:
        click.echo(f"{back} is current; before it was {now}")


@calibrations.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--tag", metavar="TAG", help="A name for it.")
@click.option("--note", default="", metavar="TEXT", help="Why; shown in the list.")
@click.option("--dt", "dt_s", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS", help="What 'dt' is.")
@_common
def put(file: Path, store: Path | None, as_json: bool, **given: Any) -> None:
    """Store the calibrations of FILE; make them current.

    FILE is OpenQASM 3 text with cal and defcal blocks.

    \b
    Examples:
      feedline calibrations put lab.qasm --tag friday --note "after warm-up"
    """
    read = _read(file, given["dt_s"])
    place = _store(store)
    stored = place.put(read, tag=given["tag"], note=given["note"])
    click.echo(
        json.dumps({"id": stored, "tag": given["tag"], "store": str(place.path)}, indent=2) if as_json else stored
    )


@calibrations.command()
@click.argument("name", metavar="ID", shell_complete=_complete_set)
@click.argument("tag")
@_common
def tag(name: str, tag: str, store: Path | None, as_json: bool) -> None:
    """Give a set a name; a name that another set has moves.

    \b
    Examples:
      feedline calibrations tag current friday
    """
    tagged = _store(store).tag(name, tag)
    click.echo(json.dumps({"id": tagged, "tag": tag}, indent=2) if as_json else f"{tagged} is '{tag}'")


def _read(file: Path, dt_s: float | None) -> CalibrationSet:
    """The calibrations of a file; what is wrong is said with its name."""
    from feedline.circuit_file import text_of
    from feedline.errors import InputError
    from feedline_hal.calibration.calibration_set import CalibrationSet
    from feedline_hal.errors import OpenPulseError

    text = text_of(file)
    if text is None:
        raise InputError(f"{file} is QPY, which holds circuits.", remedy="Give a file of OpenPulse text.")
    try:
        return CalibrationSet.from_openpulse(text, dt_s=dt_s)
    except OpenPulseError as error:
        what = f"{file}, {error.what}" if error.line else f"{file}: {error.what}"
        raise OpenPulseError(what, remedy=error.remedy, line=error.line, column=error.column) from None


def _store(path: Path | str | None) -> CalibrationStore:
    from feedline_hal.calibration.store import CalibrationStore

    return CalibrationStore(path)


def _show_difference(difference: Difference, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(difference.to_dict(), indent=2))
        return
    click.secho(f"{difference.before} → {difference.after}", bold=True)
    click.echo(str(difference))


def _tell_damage(place: CalibrationStore) -> None:
    """Say which lines of the log are lost."""
    damaged = place.history().damaged
    if damaged:
        lines = ", ".join(map(str, damaged))
        click.secho(f"note: {place.path / 'log.jsonl'}: damaged and left out: line {lines}", fg="yellow", err=True)
