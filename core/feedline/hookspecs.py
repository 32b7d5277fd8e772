# SPDX-License-Identifier: Apache-2.0
"""Every hook, in the order of its call: when, who, and what ``None`` means.

A plugin is a module or object with functions of these names, marked ``@feedline.hookimpl``, offered
through an entry point in the group ``feedline``. Registration imports no vendor SDK and opens nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    import click

    from .processor import Backend
    from .registry import BackendEntry, DriverEntry, LevelEntry, PassEntry, ProgramEntry
    from .runtime.event import JobEvent

hookspec = pluggy.HookspecMarker("feedline")
hookimpl = pluggy.HookimplMarker("feedline")


@hookspec
def feedline_register_backends(register: Callable[[BackendEntry], None]) -> None:
    """Offer backends by name.

    Called once per plugin host. Call ``register`` once per backend; opening instruments belongs in
    `Device`, never here.
    """


@hookspec
def feedline_register_drivers(register: Callable[[DriverEntry], None]) -> None:
    """Offer instrument drivers by name. Called once per plugin host."""


@hookspec
def feedline_register_passes(register: Callable[[PassEntry], None]) -> None:
    """Offer error suppression and mitigation passes. Called once per plugin host."""


@hookspec
def feedline_register_levels(register: Callable[[LevelEntry], None]) -> None:
    """Offer resilience levels: named lists of passes. Called once per plugin host."""


@hookspec
def feedline_register_programs(register: Callable[[ProgramEntry], None]) -> None:
    """Offer programs that run beside the device. Called once per plugin host."""


@hookspec
def feedline_register_commands(group: click.Group) -> None:
    """Add commands to the command line; called when it starts, so import inside the commands."""


@hookspec(firstresult=True)
def feedline_wrap_backend(backend: Any) -> Backend | None:
    """Wrap a foreign object given as ``mode=``; ``None`` means that it is not yours. The first wins."""


@hookspec
def feedline_job_event(event: JobEvent) -> None:
    """Hear of a job's change of status; called on a thread of the runtime, must not block."""
