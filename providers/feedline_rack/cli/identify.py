# SPDX-License-Identifier: Apache-2.0
"""``feedline rack identify``: who answers at each address."""

from __future__ import annotations

import click

from .visiting import arguments, show, visitor


@click.command(short_help="Ask the instruments who they are.")
@arguments
def identify(file: str, names: tuple[str, ...], emulate: tuple[str, ...], as_json: bool) -> None:
    """Connect to the instruments of FILE and compare model, serial number and firmware with it.

    Nothing is set. Exit code 1 if one does not answer or is another.

    \b
    Examples:
      feedline rack identify lab.toml
      feedline rack identify lab.toml lo1 awg1
    """
    from feedline_rack.visit import ask_nothing

    with visitor(file, names, emulate) as guest:
        show(guest.round(ask_nothing), as_json=as_json)
