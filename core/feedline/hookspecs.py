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
    from .program_text import TextProgram
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
    """Offer instrument drivers by name, ``<maker>_<model>``.

    Called once per plugin host. A rack file names the driver; its class is made, and given a
    connection, only when that rack is opened.
    """


@hookspec
def feedline_register_passes(register: Callable[[PassEntry], None]) -> None:
    """Offer error suppression and mitigation passes by name.

    Called once per plugin host. A pass runs where a user names it, or where a level holds it.
    """


@hookspec
def feedline_register_levels(register: Callable[[LevelEntry], None]) -> None:
    """Offer resilience levels: lists of passes.

    Called once per plugin host. Lists of one level add up, whoever they come from; a pass may be
    registered by another plugin.
    """


@hookspec
def feedline_register_programs(register: Callable[[ProgramEntry], None]) -> None:
    """Offer programs that run beside the device, by name. Called once per plugin host."""


@hookspec
def feedline_register_commands(group: click.Group) -> None:
    """Add commands to the command line.

    Called when the command line needs them (help, completion, a command that is not ours), so import
    inside the commands. Names that are taken are refused, and then none of the plugin's is added.
    """


@hookspec(firstresult=True)
def feedline_wrap_backend(backend: Any) -> Backend | None:
    """Wrap a foreign object that was given as ``mode=``.

    Called once per object while it is in use. ``None`` means that it is not yours; the first plugin
    that returns a backend wins. Look at the object's type, do no I/O.
    """


@hookspec(firstresult=True)
def feedline_read_program(text: str, name: str) -> TextProgram | None:
    """Read an OpenQASM 3 program that holds pulses (``cal``, ``defcal``).

    Called when such a text, or a file of it, is given to a primitive, to ``run`` or to the command
    line. ``name`` is the file's path for errors, or empty. ``None`` means that you do not read it; the
    first plugin that returns a program wins. Mistakes in the text are an `InputError` that names line
    and column, from 1.
    """


@hookspec
def feedline_job_event(event: JobEvent) -> None:
    """Hear of a job's change of status.

    Called on a thread of the runtime, for each change; must not block. What it raises is logged, and
    the job goes on. Nothing is to be returned.
    """
