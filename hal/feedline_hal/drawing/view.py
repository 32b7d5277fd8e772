# SPDX-License-Identifier: Apache-2.0
"""How a scene lies on the page, and the look that its panels share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from .palette import INK, LINE, SOFT

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@attrs.frozen(kw_only=True, slots=True)
class View:
    """How time and lanes lie on the page.

    Attributes:
        start_ns, end_ns: What of the time is shown.
        points_per_ns: Points (1/72 inch) that a nanosecond takes.
        lane_points, line_points: Height of a port's lane and of a qubit's line, in points.
        pad_ns: Room at both ends, so that what happens there is seen whole.
    """

    start_ns: float
    end_ns: float
    points_per_ns: float
    lane_points: float
    line_points: float
    pad_ns: float


def frame_of(axis: Axes, view: View) -> None:
    """The look and the time axis that both panels share."""
    axis.set_xlim(view.start_ns - view.pad_ns, view.end_ns + view.pad_ns)
    for side in ("top", "right", "left"):
        axis.spines[side].set_visible(False)
    axis.spines["bottom"].set_color(LINE)
    axis.tick_params(axis="y", length=0, labelcolor=INK)
    axis.tick_params(axis="x", color=LINE, labelcolor=SOFT)
