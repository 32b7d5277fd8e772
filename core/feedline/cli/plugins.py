# SPDX-License-Identifier: Apache-2.0
"""``feedline plugins``: what is installed, and how to start a plugin of one's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .table import table

if TYPE_CHECKING:
    from feedline.plugin_shelf import PluginRow

_COLOURS = {"ok": "green", "missing extra": "yellow", "failed": "red"}


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead.")
@click.pass_context
def plugins(context: click.Context, as_json: bool) -> None:
    """List plugins: what they register, and why one failed or what it lacks.

    Nothing is opened, and no vendor package is imported.

    \b
    Examples:
      feedline plugins
      feedline plugins new acme --kind backend
    """
    if context.invoked_subcommand is not None:
        return
    from feedline.front_door import host

    rows = host().plugins()
    if as_json:
        import attrs

        click.echo(json.dumps([attrs.asdict(row) for row in rows], indent=2))
        return
    _show(rows)


@plugins.command()
@click.argument("name")
@click.option("--kind", type=click.Choice(["backend", "pass", "driver"]), required=True, help="What it offers.")
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Folder to write it in; the current one by default.",
)
def new(name: str, kind: str, into: Path) -> None:
    """Write a new plugin: a complete package that passes its own tests at once.

    \b
    Examples:
      feedline plugins new acme --kind backend
      feedline plugins new flip-average --kind pass --into ~/code
      feedline plugins new acme-awg100 --kind driver
    """
    from feedline.scaffold.package import write_plugin

    folder = write_plugin(name, kind, into)
    if folder.is_relative_to(Path.cwd()):
        folder = folder.relative_to(Path.cwd())
    click.echo(f"Written: {folder}")
    click.echo("Next, in the environment that Feedline is installed in:")
    click.echo(f"  cd {folder}")
    click.echo("  pip install -e '.[dev]'")
    click.echo("  pytest")


def _show(rows: list[PluginRow]) -> None:
    if not rows:
        click.echo("No plugin is installed.")
        return
    cells = [
        (
            row.name,
            f"{row.distribution} {row.version}".strip() or "a file",
            click.style(row.state, fg=_COLOURS[row.state]),
            ", ".join(row.registers),
        )
        for row in rows
    ]
    click.echo(table(["plugin", "from", "state", "registers"], cells))
    for row in rows:
        if row.why:
            words = f"run: {row.why}" if row.state == "missing extra" else row.why
            click.echo(click.style(f"{row.name}: ", bold=True) + words)
