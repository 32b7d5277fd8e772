# SPDX-License-Identifier: Apache-2.0
"""``feedline run``: a circuit file in, a histogram or expectation values out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .given import Asked, Given, asked, with_request

if TYPE_CHECKING:
    from feedline.processor import Backend


@click.command()
@with_request
@click.option("--plot", metavar="FILE", type=click.Path(), help="Also draw it: .png, .svg or .pdf.")
def run(plot: str | None, **given: Any) -> None:
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
    from .picture import check_picture

    picture = check_picture(plot)
    what = asked(Given(**given))

    from .outcome import outcomes
    from .wait import result_of

    job, result = result_of(lambda: what.primitive().run(what.request.pubs, **what.amount()))
    _show(what, job, outcomes(result, what.request.labels), picture)


def _show(what: Asked, job: Any, rows: Sequence[Any], picture: Path | None) -> None:
    from .present import draw, show_json, show_text

    given, backend = what.given, what.backend
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


def _headline(given: Given, backend: Backend, rows: Sequence[Any]) -> str:
    from .outcome import Counted

    parts = [f"{Path(given.file).name} on {backend.name}"]
    if rows and isinstance(rows[0], Counted):
        parts.append(f"{rows[0].shots} shots")
    if given.seed is not None:
        parts.append(f"seed {given.seed}")
    return ", ".join(parts)
