# SPDX-License-Identifier: Apache-2.0
"""``feedline job``: one stored job, its times and its result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from .table import duration, facts

if TYPE_CHECKING:
    from .arrived import Arrived

_MOST_LINES = 8
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
    results that had arrived by then are shown, and the counts of points that had.

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
    from .jobs import summary
    from .picture import check_picture
    from .present import draw, show_json, show_text

    picture = check_picture(plot)
    came = _answer(found)
    rows = came.rows
    head = summary(found)
    way = "" if found.done() or not (rows or came.points) else f"RuntimeService().job('{found.job_id()}').partial()"
    if as_json:
        more = {"arrived": list(came.points), "data": way} if way else {}
        show_json({**head, "metrics": found.metrics(), **more}, rows)
    else:
        click.echo("\n".join(filter(None, [_facts(found, head), _came_facts(came, way)])))
        if rows:
            click.echo()
            show_text(rows)
    if picture is not None:
        drawn = draw(rows, picture, title=f"job {found.job_id()} on {found.backend_name}")
        click.secho(f"drawn: {drawn}", dim=True, err=as_json)


def _answer(found: Any) -> Arrived:
    """The result; of a job without one, what had arrived."""
    from .arrived import Arrived, arrived
    from .outcome import outcomes

    return Arrived(rows=outcomes(found.result())) if found.done() else arrived(found)


def _came_facts(came: Arrived, way: str) -> str:
    lines = came.lines()
    if len(lines) > _MOST_LINES:
        lines[_MOST_LINES:] = [f"and {len(lines) - _MOST_LINES} more; --json prints all of them"]
    return facts([*(("arrived" if not index else "       ", line) for index, line in enumerate(lines)), ("data", way)])


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
