# SPDX-License-Identifier: Apache-2.0
"""Walks a port program with all shots of some sweep points at once: blocks, decisions, loops."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import attrs
import numpy as np

from feedline_hal.errors import LimitError
from feedline_hal.lowering.flow import Branch, Condition, Flow, Jump, Loop
from feedline_hal.lowering.port_program import Block

from .ensemble import Ensemble, together
from .frame_clock import wait
from .player import Player


class Stopped(Exception):
    """The walk was told to stop."""


@attrs.define(slots=True, eq=False)
class _Ways:
    """Where shots are after a flow: through, or on their way out of loops (of how many)."""

    through: Ensemble | None
    broken: list[tuple[int, Ensemble]] = attrs.field(factory=list)
    continued: list[Ensemble] = attrs.field(factory=list)


@attrs.frozen(slots=True, eq=False)
class Walk:
    """One program, some sweep points, all their shots.

    Attributes:
        player: Plays the blocks.
        is_stopped: Asked before every block.
    """

    player: Player
    is_stopped: Callable[[], bool]

    def go(self, ensemble: Ensemble) -> None:
        """Take all shots from the start of the program to its end.

        Raises:
            Stopped: When told to stop.
            LimitError: If a shot lasts longer than the device allows.
        """
        self._flow(self.player.prepared.program.flow, ensemble)

    def _flow(self, flow: Flow, ensemble: Ensemble) -> _Ways:
        ways = _Ways(ensemble)
        for item in flow:
            if ways.through is None:
                break
            if isinstance(item, Block):
                if self.is_stopped():
                    raise Stopped
                self._check_length(ways.through, item.duration_ticks)
                self.player.play(item, ways.through)
            elif isinstance(item, Branch):
                self._branch(item, ways)
            elif isinstance(item, Loop):
                inner = self._loop(item, ways.through)
                ways.through = inner.through
                ways.broken += inner.broken
            elif isinstance(item, Jump):
                if item.kind == "break":
                    ways.broken.append((item.levels, ways.through))
                else:
                    ways.continued.append(ways.through)
                ways.through = None
        return ways

    def _branch(self, item: Branch, ways: _Ways) -> None:
        """Send shots on their ways; those that come through go on together."""
        assert ways.through is not None
        done = []
        for flow, part in self._parted(item.condition, item.choose, ways.through):
            inner = self._flow(flow, part)
            ways.broken += inner.broken
            ways.continued += inner.continued
            done += [inner.through]
        ways.through = together(done)

    def _loop(self, item: Loop, ensemble: Ensemble) -> _Ways:
        """What becomes of shots in a loop; those that leave outer loops too are the outer loops' to place."""
        left: list[Ensemble | None] = []
        further: list[tuple[int, Ensemble]] = []
        now: Ensemble | None = ensemble
        turns = 0
        while now is not None and (item.count is None or turns < item.count):
            turns += 1
            if item.condition is not None:
                self._check_length(now)
                parts = self._parted(item.condition, item.condition.holds, now)
                left += [part for goes_on, part in parts if not goes_on]
                now = next((part for goes_on, part in parts if goes_on), None)
                if now is None:
                    break
            ways = self._flow(item.body, now)
            left += [part for levels, part in ways.broken if levels == 1]
            further += [(levels - 1, part) for levels, part in ways.broken if levels > 1]
            now = together([*ways.continued, ways.through])
        return _Ways(together([*left, now]), broken=further)

    def _parted(
        self, condition: Condition, decide: Callable[[Sequence[int]], Any], ensemble: Ensemble
    ) -> list[tuple[Any, Ensemble]]:
        """Shots by what their bits decide, which takes time."""
        prepared, record = self.player.prepared, self.player.record
        wait(ensemble, prepared.feedback_ticks, prepared.program.dt_s)
        places = list(condition.clbits)
        words, kind = np.unique(record.bits[ensemble.shot][:, places], axis=0, return_inverse=True)
        decisions: list[Any] = []
        groups = np.empty(len(words), dtype=np.intp)
        for index, word in enumerate(words):
            bits = np.zeros(prepared.program.num_clbits, dtype=np.int64)
            bits[places] = word
            made = decide(bits.tolist())
            known = next((place for place, other in enumerate(decisions) if other is made), len(decisions))
            decisions += [made] if known == len(decisions) else []
            groups[index] = known
        if len(decisions) == 1:
            return [(decisions[0], ensemble)]
        group = groups[kind.reshape(-1)]
        return [(made, ensemble.take(group == place)) for place, made in enumerate(decisions)]

    def _check_length(self, ensemble: Ensemble, more_ticks: int = 0) -> None:
        """A loop that never ends would keep the device for ever; blocks may be too long together."""
        prepared = self.player.prepared
        if ensemble.time_ticks.max() + more_ticks > prepared.longest_ticks:
            raise LimitError(
                f"Circuit '{prepared.program.name}' goes on for more than "
                f"{prepared.longest_ticks * prepared.program.dt_s * 1e3:.10g} ms, which is what the device allows.",
                remedy="Check what its loops wait for and how often they turn, shorten delays, or split the circuit.",
            )
