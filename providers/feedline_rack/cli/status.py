# SPDX-License-Identifier: Apache-2.0
"""``feedline rack status``: a live table of what the instruments say."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from .visiting import arguments, faults_text, show, visitor, visits_table

if TYPE_CHECKING:
    from rich.console import RenderableType

    from feedline_rack.visit import Visitor


@click.command(short_help="Show what the instruments are set to.")
@arguments
@click.option("--once", is_flag=True, help="Look once; so do pipes and --json.")
@click.option(
    "--every", "every_s", type=click.FloatRange(min=0.1), default=1.0, show_default=True, metavar="SECONDS",
    help="How often to look.",
)  # fmt: skip
def status(
    file: str, names: tuple[str, ...], emulate: tuple[str, ...], as_json: bool, once: bool, every_s: float
) -> None:
    """Show who answers and what each settable instrument is set to, again and again until Ctrl-C.

    Nothing is set. Instruments that another program uses are refused.

    \b
    Examples:
      feedline rack status lab.toml
      feedline rack status lab.toml lo1 --once
    """
    from rich.console import Console

    from feedline_rack.visit import read_values

    with visitor(file, names, emulate) as guest:
        if once or as_json or not Console().is_terminal:
            show(guest.round(read_values), as_json=as_json)
        else:
            _live(guest, every_s)


def _live(guest: Visitor, every_s: float) -> None:
    from rich.console import Console
    from rich.live import Live

    from feedline_rack.visit import read_values

    with Live(console=Console(), auto_refresh=False, transient=False) as live:
        while True:
            visits = guest.round(read_values)
            live.update(_view(visits_table(visits), faults_text(visits)), refresh=True)
            time.sleep(every_s)


def _view(rows: str, faults: str) -> RenderableType:
    from rich.console import Group
    from rich.text import Text

    clock = Text(time.strftime("%H:%M:%S  (Ctrl-C ends)"), style="dim")
    return Group(Text.from_ansi(rows), Text(faults, style="red"), clock)
