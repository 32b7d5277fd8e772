# SPDX-License-Identifier: Apache-2.0
"""``feedline jobs``: stored jobs, newest first."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import click

from .completion import complete_backend
from .table import duration, table

_COLOURS = {"DONE": "green", "ERROR": "red", "INTERRUPTED": "red", "CANCELLED": "yellow"}
_PRIMITIVES = ("sampler", "estimator", "executor", "run")


@click.command()
@click.option(
    "--limit",
    "-l",
    type=click.IntRange(min=1),
    metavar="N",
    default=20,
    show_default=True,
    help="At most this many.",
)
@click.option("--backend", "-b", metavar="NAME", shell_complete=complete_backend, help="Only jobs of this backend.")
@click.option("--primitive", type=click.Choice(_PRIMITIVES), help="Only jobs of this kind.")
@click.option("--tag", "-t", multiple=True, metavar="TAG", help="Only jobs with this tag. May be repeated.")
@click.option("--session", metavar="ID", help="Only jobs of this session or batch.")
@click.option("--pending", is_flag=True, help="Only jobs that have not ended.")
@click.option("--since", type=click.DateTime(), help="Only jobs made since then: 2026-11-20, '2026-11-20 09:30:00'.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead.")
def jobs(as_json: bool, **conditions: Any) -> None:
    """List stored jobs of this and other processes, newest first.

    INTERRUPTED means that the process that ran the job died; what had arrived by then can be read.

    \b
    Examples:
      feedline jobs --limit 5
      feedline jobs --backend aer --since 2026-11-01
      feedline jobs --pending
    """
    from feedline.runtime.service import RuntimeService

    found = RuntimeService().jobs(
        limit=conditions["limit"],
        backend_name=conditions["backend"],
        primitive=conditions["primitive"],
        job_tags=conditions["tag"] or None,
        session_id=conditions["session"],
        pending=True if conditions["pending"] else None,
        created_after=conditions["since"],
    )
    rows = [summary(job) for job in found]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    elif not rows:
        click.echo("No jobs.")
    else:
        head = ["job", "created", "backend", "primitive", "status", "device time", "shots", "tags"]
        click.echo(table(head, [_cells(row) for row in rows], right=frozenset({5, 6})))


def summary(job: Any) -> dict[str, Any]:
    """What there is to say of a job without its inputs and its result, as JSON."""
    metrics = job.metrics()
    return {
        "job": job.job_id(),
        "created": job.creation_date.isoformat(timespec="seconds"),
        "backend": job.backend_name,
        "primitive": job.primitive,
        "status": str(job.status()),
        "session": job.session_id,
        "tags": list(job.tags),
        "shots": metrics.get("shots"),
        "device_s": metrics.get("execute_s"),
        "error": job.error_message(),
    }


def coloured(status: str) -> str:
    """A status in the colour of what it means."""
    return click.style(status, fg=_COLOURS.get(status))


def local_time(iso: str) -> str:
    """A point in time as people here read it."""
    return f"{datetime.fromisoformat(iso).astimezone():%Y-%m-%d %H:%M:%S}"


def _cells(row: dict[str, Any]) -> list[str]:
    return [
        row["job"],
        local_time(row["created"]),
        row["backend"],
        row["primitive"],
        coloured(row["status"]),
        "" if row["device_s"] is None else duration(row["device_s"]),
        "" if row["shots"] is None else str(row["shots"]),
        ", ".join(row["tags"]),
    ]
