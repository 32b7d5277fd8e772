# SPDX-License-Identifier: Apache-2.0
"""``feedline rack``: rack files and the instruments in them; each subcommand is a module of its own."""

from __future__ import annotations

from importlib import import_module

import click

_SUBCOMMANDS = ("new", "check", "show", "identify", "status", "safe")
"""In the order of ``--help``: each is a module in this package with a click command of the same name."""


class RackGroup(click.Group):
    """Imports a subcommand when it is needed."""

    def list_commands(self, context: click.Context) -> list[str]:
        """Names of the subcommands."""
        return list(_SUBCOMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """A subcommand; ``None`` if there is none."""
        if name not in _SUBCOMMANDS:
            return None
        command: click.Command = getattr(import_module(f"feedline_rack.cli.{name}"), name)
        return command


@click.group(cls=RackGroup)
def rack() -> None:
    """Write, check and draw rack files; see who answers, look at values, make everything safe.

    A rack file says which instruments there are, what they are wired to and what is safe.

    \b
    Examples:
      feedline rack new lab.toml
      feedline rack check lab.toml
      feedline rack show lab.toml --out lab.svg
      feedline rack identify lab.toml
    """
