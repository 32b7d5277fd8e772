# SPDX-License-Identifier: Apache-2.0
"""Pictures of schedules: what `Schedule.draw` draws."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from .picture_file import check_picture, painted

if TYPE_CHECKING:
    from feedline_hal.grid import Grid
    from feedline_hal.pulse.schedule import Schedule


def draw(
    schedule: Schedule,
    path: str | os.PathLike[str] | None = None,
    *,
    grid: Grid | None = None,
    window_ns: tuple[float | None, float | None] | None = None,
) -> Any:
    """Draw a schedule: envelopes, captures, phase and frequency changes, a lane per port.

    An envelope is drawn with the phase of its frame: blue is along the carrier (I), orange a quarter turn
    ahead (Q). Each lane has its own scale, which stands on its right.

    Args:
        schedule: Without free parameters.
        path: File to write; the suffix is the format: .png, .svg, .pdf, or .html for one that zooms.
        grid: The device's grid, which everything must lie on; ``None`` to take durations as they are.
        window_ns: From and to; ``None`` for the beginning and the end.

    Returns:
        Matplotlib's figure, or plotly's for .html.

    Raises:
        PulseError: If parameters are unbound, or nothing lies in the window.
        GridError: If something is off the grid.
        InputError: If the file cannot be written.
        MissingExtraError: If matplotlib or plotly is not installed.
    """
    from .schedule_scene import schedule_scene

    checked = check_picture(path)
    return painted(schedule_scene(schedule, grid), checked, window_ns)
