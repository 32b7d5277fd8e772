# SPDX-License-Identifier: Apache-2.0
"""Two plays at once on a port that emits one signal."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def first_overlap(port: ArrayLike, start_ticks: ArrayLike, duration_ticks: ArrayLike) -> tuple[int, int] | None:
    """The rows of the first two plays that overlap on one port, ``None`` if none do.

    Args:
        port: Which port each play is on, integers of shape ``(n,)``.
        start_ticks, duration_ticks: When, shape ``(n,)``. A play that ends where another begins does not
            overlap with it, nor does one without duration.
    """
    ports, starts, durations = (np.asarray(column, dtype=np.int64) for column in (port, start_ticks, duration_ticks))
    rows = np.flatnonzero(durations > 0)
    rows = rows[np.lexsort((starts[rows], ports[rows]))]
    before, after = rows[:-1], rows[1:]
    clash = (ports[before] == ports[after]) & (starts[after] < starts[before] + durations[before])
    if not clash.any():
        return None
    first = int(np.argmax(clash))
    return int(before[first]), int(after[first])
