# SPDX-License-Identifier: Apache-2.0
"""``feedline plan``: what a run would do and cost, before anything runs."""

from __future__ import annotations

from typing import Any

import click

from .given import Given, asked, with_request


@click.command()
@with_request
def plan(**given: Any) -> None:
    """Show what `feedline run` would do with FILE and what it would cost; nothing runs.

    For each pass: by what it multiplies circuits, shots and variance, and the shots of its calibration. Then all
    circuits and shots, the standard error to expect, and the device's time if the backend knows its durations.

    \b
    Examples:
      feedline plan bell.qasm --observable ZZ --option resilience_level=1 --backend twin
      feedline plan bell.qasm -o ZZ --option 'resilience.passes=["zne"]' --json
    """
    what = asked(Given(**given))
    forecast = what.primitive().plan(what.request.pubs, **what.amount())
    if not what.given.as_json:
        click.echo(str(forecast))
        return
    import json

    click.echo(json.dumps(forecast.to_dict(), default=str))
