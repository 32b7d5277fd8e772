# SPDX-License-Identifier: Apache-2.0
"""What the rack provider registers: the backend ``rack`` and its commands. Reads and connects to nothing."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from feedline.hookspecs import hookimpl
from feedline.registry import BackendEntry

if TYPE_CHECKING:
    import click

    from .backend import RackBackend

_COMMANDS: tuple[str, ...] = ("emulate", "rack")
"""Commands: each is a module in ``feedline_rack.cli`` with a click command of the same name, cheap to import."""


def _make(argument: str, *, emulate: Any = False, calibrations: Any = None) -> RackBackend:
    """Make the backend of a rack file.

    Args:
        argument: Path of the rack file.
        emulate: Instruments that emulators stand in for: ``True`` for all of them, or names.
        calibrations: A calibration set, a file of OpenPulse text or ``store:NAME``, instead of what the file says.
    """
    from .making import make_rack

    return make_rack(argument, emulate=emulate, calibrations=calibrations)


@hookimpl
def feedline_register_backends(register: Callable[[BackendEntry], None]) -> None:
    """Offer ``rack:FILE``."""
    register(
        BackendEntry(
            name="rack",
            make=_make,
            summary="The instruments of a rack file, over VISA and serial lines",
            argument="FILE",
        )
    )


@hookimpl
def feedline_register_commands(group: click.Group) -> None:
    """Add the commands; what they need is imported when they run."""
    for name in _COMMANDS:
        group.add_command(getattr(import_module(f"feedline_rack.cli.{name}"), name))
