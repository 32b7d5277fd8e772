# SPDX-License-Identifier: Apache-2.0
"""What the pulse layer registers: commands, and the reference device as a backend. Imports no SDK."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from feedline.hookspecs import hookimpl

if TYPE_CHECKING:
    import click

_COMMANDS = (
    "calibrations",
    # "lower" and "draw": a line each, once feedline_hal/cli/lower.py and draw.py exist
)
"""Commands: each is a module in ``feedline_hal.cli`` with a click command of the same name, cheap to import."""


@hookimpl
def feedline_register_commands(group: click.Group) -> None:
    """Add the commands; what they need is imported when they run."""
    for name in _COMMANDS:
        group.add_command(getattr(import_module(f"feedline_hal.cli.{name}"), name))
