# SPDX-License-Identifier: Apache-2.0
"""Two plays at once on a port that emits one signal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import ArrayLike

from feedline_hal.errors import PulseError

from .instruction import Play
from .placement import Placed
from .port import Port


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


def check_overlap(placed: Iterable[Placed], *, dt_s: float, ports: Mapping[str, Port] | None = None) -> None:
    """Refuse plays that overlap on a port which is not multiplexed.

    Args:
        placed: The instructions, in any order.
        dt_s: Length of a tick.
        ports: The device's ports by name; those of the frames where it has none, or without.

    Raises:
        PulseError: Names the port, both frames and both times.
    """
    known = ports or {}
    plays = [entry for entry in placed if isinstance(entry.instruction, Play)]
    frames = [entry.instruction.frame for entry in plays if isinstance(entry.instruction, Play)]
    numbers: dict[str, int] = {}
    alone = []
    for row, frame in enumerate(frames):
        numbers.setdefault(frame.port.name, len(numbers))
        if not known.get(frame.port.name, frame.port).is_multiplexed:
            alone.append(row)
    found = first_overlap(
        [numbers[frames[row].port.name] for row in alone],
        [plays[row].start_ticks for row in alone],
        [plays[row].duration_ticks for row in alone],
    )
    if found:
        first, second = (alone[row] for row in found)
        raise PulseError(
            f"Two plays overlap on port '{frames[first].port.name}': frame '{frames[first].name}' "
            f"{span(plays[first], dt_s)}, frame '{frames[second].name}' {span(plays[second], dt_s)}.",
            remedy="Put a Barrier between them, or declare the port multiplexed if it adds signals up.",
        )


def span(placed: Placed, dt_s: float) -> str:
    """When something happens, for errors: ``from 0 to 40 ns``."""
    start_ns = placed.start_ticks * dt_s * 1e9
    end_ns = (placed.start_ticks + placed.duration_ticks) * dt_s * 1e9
    return f"from {start_ns:.10g} to {end_ns:.10g} ns"
