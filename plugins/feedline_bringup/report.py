# SPDX-License-Identifier: Apache-2.0
"""The report of a run: one HTML file, pictures inside."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator, Sequence

from .experiment import Finding, Routine
from .run import Step
from .telling import told

_STYLE = """body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto;
  color: #222; padding: 0 1rem }
h2 { margin-top: 2.5rem; border-top: 1px solid #ddd; padding-top: 1rem } svg { max-width: 100%; height: auto }
table { border-collapse: collapse } td, th { padding: .15rem .8rem .15rem 0; text-align: left }
pre { background: #f5f5f5; padding: .6rem; overflow-x: auto } .no { color: #b00020 } .yes { color: #1b6e33 }"""

_MOST_LINES = 12
"""Changes that are shown without being asked for; a kernel has a hundred."""


def report(title: str, facts: Sequence[tuple[str, str]], steps: Sequence[Step]) -> str:
    """The page.

    Args:
        title: Its heading.
        facts: What was calibrated, when, from which set, into which.
        steps: What ran.
    """
    parts = [
        "<!doctype html>",
        f"<html lang='en'><meta charset='utf-8'><title>{html.escape(title)}</title><style>{_STYLE}</style>",
        f"<h1>{html.escape(title)}</h1>",
        _table([(html.escape(name), html.escape(value)) for name, value in facts]),
    ]
    for number, step in enumerate(steps, start=1):
        parts += _section(number, step)
    return "\n".join([*parts, "</html>", ""])


def _section(number: int, step: Step) -> Iterator[str]:
    yield f"<h2>{number}. {html.escape(step.routine.title)}</h2>"
    yield f"<p><code>{html.escape(step.routine.name)}</code>, {step.seconds_s:.1f} s</p>"
    yield picture(step.routine, step.findings)
    rows = []
    for finding in step.findings:
        values = "<br>".join(html.escape(told(name, one)) for name, one in finding.values.items())
        judged = f"<span class='no'>not accepted: {html.escape(finding.problem)}</span>"
        rows.append((_names(finding), values, judged if finding.problem else "<span class='yes'>accepted</span>"))
    yield _table(rows)
    if step.changes:
        changes = f"<pre>{html.escape(step.changes)}</pre>"
        count = len(step.changes.splitlines())
        yield changes if count <= _MOST_LINES else f"<details><summary>{count} changes</summary>{changes}</details>"


def picture(routine: Routine, findings: Sequence[Finding]) -> str:
    """All findings side by side, as SVG without a header; empty if there is nothing to draw."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    drawn = [one for one in findings if one.curves]
    if not drawn:
        return ""
    columns = min(len(drawn), 3)
    rows = -(-len(drawn) // columns)
    figure = Figure(figsize=(4.6 * columns, 3.0 * rows), layout="constrained")
    FigureCanvasSVG(figure)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for panel, finding in zip(axes, drawn, strict=False):
        routine.draw(panel, finding)
        panel.set_title(_names(finding), fontsize="medium")
    for panel in axes[len(drawn) :]:
        panel.set_axis_off()
    text = io.StringIO()
    figure.savefig(text, format="svg")
    return re.sub(r"^.*?(?=<svg)", "", text.getvalue(), flags=re.DOTALL)


def _names(finding: Finding) -> str:
    return ", ".join(f"q{qubit}" for qubit in finding.qubits)


def _table(rows: Sequence[Sequence[str]]) -> str:
    return f"<table>{''.join('<tr>' + ''.join(f'<td>{cell}</td>' for cell in row) + '</tr>' for row in rows)}</table>"
