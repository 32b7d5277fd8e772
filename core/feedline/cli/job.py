# SPDX-License-Identifier: Apache-2.0
"""``feedline job``: one stored job, its times and its result."""

from __future__ import annotations

from typing import Any

import click
from click.shell_completion import CompletionItem

from .table import duration, facts

_PARTS = (("queue_s", "queue"), ("compile_s", "compile"), ("execute_s", "execute"), ("fold_s", "fold"))


def _complete_job(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from feedline.runtime.service import RuntimeService

    found = [job.job_id() for job in RuntimeService().jobs(limit=50)]
    return [CompletionItem(name) for name in found if name.startswith(incomplete)]


@click.command()
@click.argument("job_id", metavar="ID", shell_complete=_complete_job)
@click.option("--wait", type=click.FloatRange(min=0), metavar="SECONDS", help="Wait for a job that still runs.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document, result included.")
@click.option("--plot", metavar="FILE", type=click.Path(), help="Draw the result: .png, .svg or .pdf.")
@click.option("--delete", is_flag=True, help="Forget the job: record, inputs and result.")
def job(job_id: str, wait: float | None, as_json: bool, plot: str | None, delete: bool) -> None:
    """Show a stored job: status, where its time went, result.

    As much of the ID as no other job has will do. Of a job that was interrupted or cancelled, the
    results that had arrived by then are shown.

    \b
    Examples:
      feedline job 019a
      feedline job 019a --json > result.json
      feedline job 019a --plot counts.svg
    """
    from feedline.runtime.service import RuntimeService

    service = RuntimeService()
    found = service.job(job_id)
    if delete:
        service.delete_job(found.job_id())
        click.echo(f"job {found.job_id()} is deleted")
        return
    if wait is not None and not found.in_final_state():
        found.result(timeout=wait)
    _show(found, as_json, plot)


def _show(found: Any, as_json: bool, plot: str | None) -> None:
    from feedline.plot import check_plot_file

    from .jobs import summary
    from .present import draw, show_json, show_text

    picture = check_plot_file(plot) if plot else None
    rows = _rows(found)
    head = summary(found)
    if as_json:
        show_json({**head, "metrics": found.metrics()}, rows)
    else:
        click.echo(_facts(found, head))
        if rows:
            click.echo()
            show_text(rows)
    if picture is not None:
        drawn = draw(rows, picture, title=f"job {found.job_id()} on {found.backend_name}")
        click.secho(f"drawn: {drawn}", dim=True, err=as_json)


def _rows(found: Any) -> list[Any]:
    """The result; of a job without one, the pubs that were complete."""
    from .outcome import Labels, outcomes

    if found.done():
        return list(outcomes(found.result()))
    partial = [part for part in found.partial() if getattr(part, "pub", -1) >= 0]
    labels = [Labels(circuit=f"pub {part.pub}") for part in partial]
    return list(outcomes([part.result for part in partial], labels)) if partial else []


def _facts(found: Any, head: dict[str, Any]) -> str:
    from .jobs import coloured, local_time

    metrics = found.metrics()
    what, _, remedy = (head["error"] or "").partition("\n  -> ")
    times = ", ".join(f"{word} {duration(metrics[key])}" for key, word in _PARTS if key in metrics)
    return facts(
        [
            ("job", click.style(head["job"], bold=True)),
            ("status", coloured(head["status"])),
            ("error", what),
            ("remedy", remedy),
            ("store", (getattr(found, "problem", None) or "").partition("\n")[0]),
            ("backend", head["backend"]),
            ("primitive", head["primitive"]),
            ("session", head["session"] or ""),
            ("tags", ", ".join(head["tags"])),
            ("created", local_time(head["created"])),
            ("time", times),
            ("shots", "" if head["shots"] is None else str(head["shots"])),
        ]
    )
