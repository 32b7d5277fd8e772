# SPDX-License-Identifier: Apache-2.0
"""What the rack provider registers: backends ``rack`` and ``twin``, and its commands. Reads and connects to nothing."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from feedline.hookspecs import hookimpl
from feedline.registry import BackendEntry

if TYPE_CHECKING:
    import click

    from .backend import RackBackend
    from .twin.backend import TwinBackend

_COMMANDS: tuple[str, ...] = ("emulate", "rack", "twin")
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


def _make_twin(
    argument: str = "", *, num_qubits: Any = None, seed: Any = None, age_s: Any = None, calibrations: Any = None
) -> TwinBackend:
    """Make the twin.

    Args:
        argument: Path of a chip file; empty for a chip that is drawn.
        num_qubits: Of the chip that is drawn, 1 to 6; 2 if not given.
        seed: What it is drawn from; 0 if not given.
        age_s: For how long a chip that drifts has done so when it is first opened, instead of what its file says.
        calibrations: A calibration set, a file of OpenPulse text or ``store:NAME``, instead of what the store has.
    """
    from .twin.making import make_twin

    return make_twin(argument, num_qubits=num_qubits, seed=seed, age_s=age_s, calibrations=calibrations)


@hookimpl
def feedline_register_backends(register: Callable[[BackendEntry], None]) -> None:
    """Offer ``rack:FILE`` and ``twin``."""
    register(
        BackendEntry(
            name="rack",
            make=_make,
            summary="The instruments of a rack file, over VISA and serial lines",
            argument="FILE",
        )
    )
    register(
        BackendEntry(
            name="twin",
            make=_make_twin,
            summary="A simulated chip behind emulated instruments; twin:chip.toml for a chip of your own",
        )
    )


@hookimpl
def feedline_register_commands(group: click.Group) -> None:
    """Add the commands; what they need is imported when they run."""
    for name in _COMMANDS:
        group.add_command(getattr(import_module(f"feedline_rack.cli.{name}"), name))
