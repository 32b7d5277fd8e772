# SPDX-License-Identifier: Apache-2.0
"""``feedline calibrate``: bring a device up, and keep what was found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import attrs
import click

from feedline.errors import FeedlineError, InputError, MissingExtraError, StoreError

if TYPE_CHECKING:
    from rich.console import Console

    from feedline_hal.backend import PulseBackend
    from feedline_hal.calibration.calibration_set import CalibrationSet

    from .experiment import Routine
    from .run import Step
    from .state import State


NOTHING = 1
"""Exit code if nothing was accepted, or measured at all."""


@attrs.frozen(kw_only=True, slots=True)
class Names:
    """How what was found is kept.

    Attributes:
        tag: Name for the set; empty for one with the time.
        page: Where to write the report; ``None`` for a place in ``FEEDLINE_HOME``.
        source: The command.
        is_the_chips: Whether the set is to be used for the chip from now on.
        opening: What is said first, if anything.
    """

    tag: str
    page: Path | None
    source: str
    is_the_chips: bool
    opening: str = ""


@click.command()
@click.argument("backend", metavar="BACKEND")
@click.option("--only", multiple=True, metavar="ROUTINE", help="Only this routine; may be given several times.")
@click.option(
    "--from",
    "start",
    metavar="CALIBRATION",
    help="Begin with a set of the store, a tag or an id; on a twin also 'theory' or 'shipped'.",
)
@click.option(
    "--wrong", type=click.IntRange(0), metavar="SEED", help="Spoil the start first, to see that it is mended."
)
@click.option("--tag", default="", metavar="NAME", help="Name for the new set; 'calibrated' and the time by default.")
@click.option("--report", "page", type=click.Path(path_type=Path), metavar="FILE", help="Where to write the report.")
def calibrate(
    backend: str, only: tuple[str, ...], start: str | None, wrong: int | None, tag: str, page: Path | None
) -> None:
    """Measure a device and make a better calibration set of it.

    Routines run one after the other. What one finds is used by those after it if its fit is good; otherwise the
    report says why not. The new set goes into the store, see `feedline calibrations`, unless nothing was accepted:
    the exit code is 1 then. It is the chip's next one only if all have run, and each readout that was changed was
    discriminated after. If a fault or Ctrl-C ends it early, what was found before is kept, for --from.

    With --wrong, frequencies of the start are off by 5 MHz, amplitudes by 20 %, angles and thresholds are random. A
    set that began wrong is the chip's next one only if every routine ran and every finding was accepted.

    \b
    Examples:
      feedline calibrate twin
      feedline calibrate rack:lab.toml --only rabi --only ramsey
      feedline calibrate twin --from friday
      feedline calibrate twin --from theory --wrong 1
    """
    from rich.console import Console

    from feedline.cli.made import make_backend

    from .program import chosen
    from .run import check_backend
    from .start import begin, command_line
    from .state import State

    _check_pictures()
    _check_names(tag, page)
    made = make_backend(backend)
    check_backend(made)
    routines = chosen(only)
    pulses = cast("PulseBackend", made)  # check_backend refuses others
    begun = begin(pulses, backend, start, wrong)
    console = Console()
    steps: list[Step] = []
    said = command_line(backend, only, start, wrong)
    try:
        _run(pulses, State.of(begun), routines, console, steps)
    except BaseException:
        if steps:
            opening = "It ended early. What was found before:"
            names = Names(tag=tag, page=page, source=said, is_the_chips=False, opening=opening)
            _keep_early(pulses, begun, steps, names, console)
        raise
    if not steps:
        console.print("No qubit has the gates that these routines need; nothing was measured.")
        raise SystemExit(NOTHING)
    unread = steps[-1].after.unread_since(steps[0].before)
    is_whole = wrong is None or (not only and not any(one.problem for step in steps for one in step.findings))
    names = Names(tag=tag, page=page, source=said, is_the_chips=is_whole and not unread)
    _keep(pulses, begun, steps, names, console)
    _tell_unread(unread, console)
    if all(one.problem for step in steps for one in step.findings):
        raise SystemExit(NOTHING)


def _check_pictures() -> None:
    """Refuse to begin without what the report's pictures need."""
    try:
        import matplotlib.figure  # noqa: F401
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            "The report's pictures need matplotlib, which is not installed.", remedy="pip install 'feedline[bringup]'"
        ) from error


def _check_names(tag: str, page: Path | None) -> None:
    """Refuse a tag or a report's place that would not do, before hours are spent on measuring."""
    from feedline_hal.calibration.store import check_tag

    if tag:
        check_tag(tag)
    if page is None:
        return
    is_new = not page.exists()
    try:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.open("ab").close()
        if is_new:
            page.unlink()
    except OSError as error:
        raise InputError(
            f"No report can be written to {page}: {error.strerror or error}.",
            remedy="Give --report a file in a folder that is yours.",
        ) from error


def _tell_unread(unread: list[int], console: Console) -> None:
    """Say of which qubits the set cannot tell 0 from 1, and what to do."""
    if unread:
        names = ", ".join(f"q{qubit}" for qubit in unread)
        console.print(
            f"Angle and threshold of {names} are not known for the readout as it is now, so the backend does not use "
            "this set by itself. Begin with it (--from) and run discrimination.",
            highlight=False,
        )


def _run(backend: PulseBackend, state: State, routines: list[Routine], console: Console, steps: list[Step]) -> None:
    """Run them with a line for each finding; each step is added when it is complete."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from .run import bring_up
    from .telling import told

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("calibrating", total=len(routines))
        for step in bring_up(backend, state, routines):
            steps.append(step)
            progress.update(task, advance=1, description=step.routine.name)
            for finding in step.findings:
                where = ", ".join(f"q{qubit}" for qubit in finding.qubits)
                said = ", ".join(told(name, one) for name, one in finding.values.items())
                mark = "[red]not accepted[/red]" if finding.problem else "[green]accepted[/green]"
                progress.console.print(
                    f"{step.routine.name} {where}: {mark} {finding.problem or said}", highlight=False
                )


def _keep(backend: PulseBackend, begun: CalibrationSet, steps: list[Step], names: Names, console: Console) -> None:
    """Put the set into the store, write the report, then say where both are: that may fail too."""
    from datetime import UTC, datetime

    from feedline.runtime.home import home
    from feedline_hal.calibration.store import CalibrationStore

    from .gate_error import with_errors
    from .report import report
    from .start import chip_of

    now = datetime.now(UTC)
    tag = names.tag or f"calibrated-{now:%Y-%m-%dT%H-%M-%S}"
    accepted = sum(not one.problem for step in steps for one in step.findings)
    count = sum(len(step.findings) for step in steps)
    put = ""
    if accepted:
        own = {"chip": chip_of(backend) if names.is_the_chips else ""}
        final = steps[-1].after.to_set(source=names.source, calibrated=f"{now:%Y-%m-%d %H:%M} UTC", **own)
        note = f"calibrated on {backend.name}: {accepted} of {count} accepted"
        put = CalibrationStore().put(with_errors(final, steps), tag=tag, note=note)
    facts = [
        ("Device", backend.description or backend.name),
        ("Time", f"{now:%Y-%m-%d %H:%M} UTC"),
        ("From", begun.id),
        ("To", f"{put} ({tag})" if put else "no new set"),
        ("Accepted", f"{accepted} of {count} findings"),
    ]
    path = names.page or home() / "reports" / f"{tag.replace('/', '-').replace(':', '-')}.html"
    made = f"Calibration set {put}, tag {tag}" if put else "No calibration set is made"
    _write(path, report(f"Calibration of {backend.name}", facts, steps), made)
    if names.opening:
        console.print(names.opening)
    console.print(f"{made}: {accepted} of {count} findings accepted.", highlight=False)
    console.print(f"Report: {path}", soft_wrap=True, highlight=False)


def _keep_early(
    backend: PulseBackend, begun: CalibrationSet, steps: list[Step], names: Names, console: Console
) -> None:
    """Keep what was found before something ended it; what goes wrong with that is said, and does not hide it."""
    try:
        _keep(backend, begun, steps, names, console)
    except SystemExit:  # rich's, once nobody reads the output any more; all is kept by then
        return
    except (FeedlineError, OSError) as error:
        click.echo(f"feedline: {error}", err=True)


def _write(path: Path, text: str, made: str) -> None:
    """Write the report; if that fails, say what became of the set all the same."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StoreError(
            f"The report cannot be written to {path}: {error.strerror or error}. {made}.",
            remedy="Check the folder and the disk; --report takes another place.",
        ) from error
