# SPDX-License-Identifier: Apache-2.0
"""``feedline rack safe``: every output into its safe state."""

from __future__ import annotations

import click

from .visiting import arguments, show, visitor


@click.command(short_help="Make every output safe.")
@arguments
def safe(file: str, names: tuple[str, ...], emulate: tuple[str, ...], as_json: bool) -> None:
    """Bring the instruments of FILE into their safe state: outputs off, biases ramped to 0.

    All are tried, whatever the others say. Exit code 1 if one cannot be made safe: switch it off by hand.

    \b
    Examples:
      feedline rack safe lab.toml
      feedline rack safe lab.toml flux1
    """
    from feedline_rack.visit import make_safe

    with visitor(file, names, emulate) as guest:
        show(guest.round(make_safe), as_json=as_json)
