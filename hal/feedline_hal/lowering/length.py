# SPDX-License-Identifier: Apache-2.0
"""How long a program lasts at least, whatever is measured."""

from __future__ import annotations

from typing import Any

from .flow import Branch, Flow, Jump, Loop


def least_ticks(flow: Flow) -> int:
    """The ticks that every shot takes; time for decisions and turns of ``while`` loops are not in it.

    Args:
        flow: Of blocks that have a ``duration_ticks``.
    """
    total = 0
    for item in flow:
        if isinstance(item, Branch):
            ways = [least_ticks(inner) for _, inner in item.cases]
            total += min(ways) if any(labels is None for labels, _ in item.cases) else 0
        elif isinstance(item, Loop):
            turns = item.count or 0
            total += least_ticks(item.body) * (min(turns, 1) if _jumps(item.body) else turns)
        elif not isinstance(item, Jump):
            total += item.duration_ticks
        if _jumps((item,)):  # what follows may be left out
            break
    return total


def _jumps(flow: Flow) -> bool:
    """Whether the flow may be left by a break or continue; of a loop in it, only by one that leaves that too."""
    return _farthest(flow) > 0


def _farthest(flow: Flow) -> int:
    return max((_levels(item) for item in flow), default=0)


def _levels(item: Any) -> int:
    if isinstance(item, Jump):
        return item.levels
    if isinstance(item, Branch):
        return max((_farthest(inner) for _, inner in item.cases), default=0)
    return _farthest(item.body) - 1 if isinstance(item, Loop) else 0
