# SPDX-License-Identifier: Apache-2.0
"""``feedline rack show``: the wiring of a rack file, as a tree or a picture."""

from __future__ import annotations

from pathlib import Path

import click

_PIPE_WIDTH = 200
"""Characters of a line where there is no terminal."""


@click.command(short_help="Draw the wiring of a rack file.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--out", "-o", type=click.Path(path_type=Path), metavar="PICTURE", help="File to write: .svg, .png, .pdf or .html."
)
def show(file: Path, out: Path | None) -> None:
    """Show how FILE wires instruments to ports: channels, mixers, local oscillators, attenuation, triggers.

    Without --out as a tree in the terminal, else as a picture, which needs matplotlib. Nothing is
    connected, and nothing but the file's keys and values is checked.

    \b
    Examples:
      feedline rack show lab.toml
      feedline rack show lab.toml --out lab.svg
    """
    from feedline_hal.rack.reading import read_rack

    spec = read_rack(file)
    if out is not None:
        from feedline_hal.drawing.wiring_picture import draw_rack

        draw_rack(spec, out)
        click.secho(f"drawn: {out}", dim=True)
        return
    import sys

    from rich.console import Console

    from feedline_hal.drawing.wiring_tree import wiring_tree

    width = None if sys.stdout.isatty() else _PIPE_WIDTH
    Console(highlight=False, width=width).print(wiring_tree(spec))
