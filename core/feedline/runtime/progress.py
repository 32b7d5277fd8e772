# SPDX-License-Identifier: Apache-2.0
"""A progress bar for jobs that take long, moved by their news alone."""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .task import Task

PATIENCE_S = 1.0
"""Shorter waits show nothing."""

_REDRAW_S = 0.1


def is_wanted() -> bool:
    """Whether somebody looks: a terminal or a notebook, unless ``FEEDLINE_PROGRESS`` says 0 or 1."""
    setting = os.environ.get("FEEDLINE_PROGRESS")
    if setting:
        return setting != "0"
    if threading.current_thread() is not threading.main_thread():
        return False
    return _is_notebook() or (sys.stderr is not None and sys.stderr.isatty())


def follow(task: Task, timeout_s: float | None) -> bool:
    """Wait for a task's final status behind a progress bar; ``False`` if the time is over first."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    end_s = None if timeout_s is None else time.monotonic() + timeout_s
    console = Console(stderr=True, force_terminal=True if os.environ.get("FEEDLINE_PROGRESS") else None)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, auto_refresh=False, transient=True) as bar:
        row = bar.add_task("", total=1.0)
        drawn_s = -_REDRAW_S
        while True:
            if time.monotonic() - drawn_s >= _REDRAW_S:
                words = f"{task.primitive} on '{task.backend.name}', {task.status.lower()}"
                bar.update(row, description=words, completed=task.share, refresh=True)
                drawn_s = time.monotonic()
            left_s = None if end_s is None else max(0.0, end_s - time.monotonic())
            try:
                if task.partial(len(task.partials), left_s) is None:
                    return True
            except TimeoutError:
                return False


def _is_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return type(shell).__name__ == "ZMQInteractiveShell"
