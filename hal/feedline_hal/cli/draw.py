# SPDX-License-Identifier: Apache-2.0
"""``feedline draw``: a circuit file in, a picture of its pulses out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import click

from feedline.cli.completion import complete_backend


@attrs.frozen(kw_only=True, slots=True)
class _Given:
    """The command line as it was given."""

    file: str
    backend: str
    out: str | None
    from_ns: float | None
    to_ns: float | None
    param: tuple[str, ...]


@click.command(short_help="Draw the pulses of a circuit file.")
@click.argument("file", type=click.Path())
@click.option(
    "--backend", "-b", default="pulse", show_default=True, metavar="NAME", shell_complete=complete_backend,
    help="Whose pulses; a backend that plays some.",
)  # fmt: skip
@click.option(
    "--out", "-o", metavar="PICTURE", type=click.Path(),
    help="File to write: .svg, .png, .pdf, or .html, which zooms and says what each pulse is.  [FILE's name + .svg]",
)  # fmt: skip
@click.option("--from", "from_ns", type=float, metavar="NS", help="Begin the picture here.")
@click.option("--to", "to_ns", type=float, metavar="NS", help="End the picture here.")
@click.option(
    "--param", "-p", multiple=True, metavar="NAME=VALUE", help="Value of a parameter: 0.3, -pi/2. May be repeated."
)
def draw(**given: Any) -> None:
    """Draw the circuit of FILE and, below it on the same time axis, what each port emits and records.

    FILE is OpenQASM 2, OpenQASM 3 (with cal and defcal too) or QPY. The circuit is transpiled for the
    backend; nothing is run.

    \b
    Examples:
      feedline draw bell.qasm
      feedline draw bell.qasm --out bell.png --from 0 --to 500
      feedline draw ansatz.qasm -p theta=pi/4 --out ansatz.html
    """
    _draw(_Given(**given))


def _draw(given: _Given) -> None:
    from feedline_hal.drawing.picture_file import check_picture

    path = check_picture(given.out or f"{Path(given.file).stem}.svg")

    from feedline_hal.drawing.program_picture import draw as drawn

    from .circuit import playable
    from .lower import port_program

    found = playable(given.file, given.backend, given.param)
    drawn(port_program(found), found.circuit, path=path, window_ns=(given.from_ns, given.to_ns))
    click.secho(f"drawn: {path}", dim=True)
