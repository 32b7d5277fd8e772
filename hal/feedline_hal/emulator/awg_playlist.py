# SPDX-License-Identifier: Apache-2.0
"""Which steps of a sequence each trigger plays."""

from __future__ import annotations

from collections.abc import Sequence

from .awg_sequence_list import INFINITE, ListedStep

Played = tuple[int, ...]
"""Steps that follow one trigger, counted from 0, each as often as it is played."""


class Playlist:
    """What the triggers after a start play, in order; it ends up in a circle or in nothing.

    Args:
        steps: The sequence; what it is made of later on does not matter any more.
    """

    def __init__(self, steps: Sequence[ListedStep]) -> None:
        self._steps = tuple(steps)
        self._order: list[Played] = []
        self._circle_start = 0
        self.prelude = self._until_wait(0)
        """Steps that play without any trigger, and where it waits then; -1 for nowhere."""
        self._walk(self.prelude[1])

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for a trigger when it starts."""
        return self.prelude[1] >= 0

    @property
    def length(self) -> int:
        """How many triggers it takes until it begins again."""
        return max(1, len(self._order))

    def at(self, trigger: int) -> Played:
        """Steps that follow a trigger, counted from 0."""
        if trigger < len(self._order):
            return self._order[trigger]
        circle = len(self._order) - self._circle_start
        return self._order[self._circle_start + (trigger - self._circle_start) % circle] if circle else ()

    def between(self, start: int, stop: int) -> set[int]:
        """Steps that follow any trigger from one to another; looks at no circle twice."""
        stop = min(stop, start + max(len(self._order), 1))
        return {step for trigger in range(start, stop) for step in self.at(trigger)}

    def _walk(self, step: int) -> None:
        seen: dict[int, int] = {}
        while step >= 0 and step not in seen:
            seen[step] = len(self._order)
            played, after = self._until_wait(self._next(step))
            is_endless = self._steps[step].repeats == INFINITE
            self._order.append(self._repeated(step) if is_endless else (*self._repeated(step), *played))
            step = -1 if is_endless else after
        self._circle_start = seen.get(step, len(self._order))

    def _until_wait(self, step: int) -> tuple[Played, int]:
        played: list[int] = []
        seen: set[int] = set()
        while step >= 0 and self._steps[step].wait == "OFF":
            if step in seen or self._steps[step].repeats == INFINITE:
                return (*played, step), -1  # free running: everything has been played once
            seen.add(step)
            played += self._repeated(step)
            step = self._next(step)
        return tuple(played), step

    def _repeated(self, step: int) -> Played:
        return (step,) * max(1, self._steps[step].repeats)

    def _next(self, step: int) -> int:
        goto = self._steps[step].goto
        if goto == "NEXT":
            return step + 1 if step + 1 < len(self._steps) else -1
        last = len(self._steps) - 1
        return {"FIRS": 0, "LAST": last, "END": -1}[goto] if not goto.isdigit() else int(goto) - 1
