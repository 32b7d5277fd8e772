# SPDX-License-Identifier: Apache-2.0
"""The stage ``plan``: points and shots of all executions, packed by what the instruments can hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline_hal.errors import LimitError
from feedline_hal.instrument.acquisition import Acquisition
from feedline_hal.instrument.triggering import TriggerOutput, TriggerPlan
from feedline_hal.lowering.family import ProgramFamily
from feedline_hal.rack.rule.timing import MARGIN_S

from .listening import Ear, Listening, acquisition, check_captures, listenings
from .sequencing import Points
from .wiring import SequencerWiring, Wiring

TARGET_S = 4.0
"""Shot time of a pack if nothing else limits it: results come this often, and the next pack is loaded meanwhile."""
_POINTS_AT_ONCE = 4096
_LONGER = 2.0
"""How much longer a pack may make the records of its points."""


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Item:
    """Some points of one execution.

    Attributes:
        execution: Its index.
        places: Which of its flattened points.
        points: What they play.
        listening: What they listen to.
        shots: Of each point.
        period_s: Time between shots.
    """

    execution: int
    places: NDArray[np.intp]
    points: Points
    listening: tuple[Listening, ...]
    shots: int
    period_s: float

    @property
    def ears(self) -> tuple[Ear, ...]:
        """All captures."""
        return tuple(ear for one in self.listening for ear in one.ears)

    def taken(self, first: int, last: int) -> Item:
        """Some of the points."""
        listening = []
        for one in self.listening:
            inside = (one.points >= first) & (one.points < last)
            if inside.any():
                listening.append(
                    Listening(ears=one.ears, phase_rad=one.phase_rad[inside], points=one.points[inside] - first)
                )
        return attrs.evolve(
            self,
            places=self.places[first:last],
            points=Points(program=self.points.program, values=self.points.values[first:last]),
            listening=tuple(listening),
        )


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Pack:
    """What is loaded at once. Its rows are the points of its items, in order; each shot plays all rows.

    Attributes:
        items: What is in it.
        shots: Of every row.
        shots_a_run: How many a digitizer holds; a pack with more shots is run several times.
        period_s: Time between triggers.
    """

    items: tuple[Item, ...]
    shots: int
    shots_a_run: int
    period_s: float

    @property
    def rows(self) -> int:
        """Number of rows."""
        return sum(len(item.points) for item in self.items)

    def runs(self) -> Iterator[int]:
        """Shots of each run."""
        left = self.shots
        while left > 0:
            yield min(left, self.shots_a_run)
            left -= self.shots_a_run

    def digitizers(self) -> tuple[str, ...]:
        """Names of those that record."""
        return tuple(sorted({ear.digitizer for item in self.items for ear in item.ears}))

    def acquisitions(self, shots: int, wiring: Wiring) -> dict[str, Acquisition]:
        """What each digitizer records in a run."""
        ears = [ear for item in self.items for ear in item.ears]
        return {name: acquisition(name, ears, shots * self.rows, wiring) for name in self.digitizers()}

    def triggers(self, shots: int, instruments: Iterable[str], wiring: Wiring) -> TriggerPlan:
        """What the coordinator fires in a run, for the instruments that take part."""
        specs = [wiring.spec.triggers[name] for name in instruments if name in wiring.spec.triggers]
        outputs = {
            spec.source.output: TriggerOutput(name=spec.source.output, delay_s=spec.delay_s, width_s=spec.width_s)
            for spec in specs
        }
        return TriggerPlan(count=shots * self.rows, period_s=self.period_s, outputs=tuple(outputs.values()))


@attrs.frozen(kw_only=True, slots=True)
class Asked:
    """What is asked of all points of an execution.

    Attributes:
        execution: Its index.
        shots: Of each point.
        repetition_s: Time from one shot to the next; ``None`` for the rack file's.
    """

    execution: int
    shots: int
    repetition_s: float | None = None


def items_of(asked: Asked, family: ProgramFamily, values: NDArray[np.float64], wiring: Wiring) -> Iterator[Item]:
    """Items of one execution: a program each, in portions.

    Args:
        asked: Of all points.
        family: What was compiled.
        values: Flattened points ``(points, n_parameters)``.
        wiring: Of the rack.

    Raises:
        CapabilityError: If a capture cannot be recorded.
        LimitError: If shots cannot come as asked.
    """
    for places, program, own in family.groups(values):
        check_captures(program, wiring)
        for first in range(0, len(places), _POINTS_AT_ONCE):
            some = slice(first, first + _POINTS_AT_ONCE)
            points = Points(program=program, values=np.asarray(own[some], dtype=np.float64))
            yield item_of(asked, places[some], points, wiring)


def item_of(asked: Asked, places: NDArray[np.intp], points: Points, wiring: Wiring) -> Item:
    """An item, with the rack's repetition time, or the time that a shot takes if that is longer.

    Raises:
        LimitError: If another repetition time is asked for that a shot does not fit, or that no coordinator has.
    """
    item = Item(
        execution=asked.execution,
        places=places,
        points=points,
        listening=tuple(listenings(points.program, points.values, wiring)),
        shots=asked.shots,
        period_s=np.inf,
    )
    least_s = _longest_s(item, wiring) + MARGIN_S
    period_s = max(wiring.spec.repetition_s, least_s)
    if asked.repetition_s is not None:
        period_s = _asked_s(asked.repetition_s, least_s, points.program.name, wiring)
    if wiring.triggering is not None:
        period_s = wiring.triggering.period_at_least(period_s)
    return attrs.evolve(item, period_s=period_s)


def _asked_s(repetition_s: float, least_s: float, name: str, wiring: Wiring) -> float:
    able = wiring.triggering
    low_s, high_s = (least_s, np.inf) if able is None else (max(least_s, able.period_s[0]), able.period_s[1])
    if not low_s <= repetition_s <= high_s:
        raise LimitError(
            f"Circuit '{name}' is to be repeated every {repetition_s:.9g} s (execution.rep_delay).",
            remedy=f"It can be every {low_s:.9g} s or slower, down to every {high_s:.9g} s.",
        )
    return repetition_s


def _longest_s(item: Item, wiring: Wiring) -> float:
    """How long instruments are busy with a shot: waveforms and records may be longer than what is in them."""
    waveforms_s = [item.points.shots_samples(one) / one.rate_hz for one in _playing([item], wiring)]
    records_s = [one.delay_s + one.samples / one.rate_hz for one in _acquisitions([item], wiring).values()]
    return max([item.points.duration_s, *waveforms_s, *records_s])


def plan(items: Iterable[Item], wiring: Wiring) -> Iterator[Pack]:
    """Pack items in order.

    Raises:
        LimitError: If one point alone is more than an instrument holds.
    """
    waiting: list[Item] = []
    for item in items:
        first = 0
        while first < len(item.points):
            room = _room(waiting, item, wiring)
            if room <= 0 and waiting:
                yield _packed(waiting, wiring)
                waiting = []
                continue
            last = min(len(item.points), first + max(room, 1))
            waiting.append(item.taken(first, last))
            first = last
    if waiting:
        yield _packed(waiting, wiring)


def _room(waiting: list[Item], item: Item, wiring: Wiring) -> int:
    """How many points of an item still fit beside those that wait; 0 or less for none."""
    rows = sum(len(one.points) for one in waiting)
    period_s = item.period_s
    if waiting:
        first = waiting[0]
        if (first.shots, first.period_s) != (item.shots, period_s) or not _listen_alike(first, item, wiring):
            return 0
    most = max(1, int(TARGET_S / (period_s * item.shots))) - rows
    for one in _playing([*waiting, item], wiring):
        if waiting and item.points.shots_samples(one) / one.rate_hz + MARGIN_S > period_s:
            return 0
        able = one.capabilities
        share = 2 if able.loads_while_playing else 1
        used = sum(len(other.points) * other.points.shots_samples(one) for other in waiting) * len(one.channels)
        free = able.memory_samples // share - used
        most = min(most, able.max_steps // share - rows, able.max_waveforms // (share * len(one.channels)) - rows)
        most = min(most, free // (item.points.shots_samples(one) * len(one.channels)))
    for name, one_acquisition in _acquisitions([*waiting, item], wiring).items():
        most = min(most, wiring.digitizers[name].most_records(one_acquisition.samples) - rows)
    return most


def _playing(items: list[Item], wiring: Wiring) -> list[SequencerWiring]:
    """Sequencers that any of them needs: each plays a step in every row, of silence where the row is not for it."""
    ports = frozenset[str]().union(*(item.points.ports for item in items))
    return [one for one in wiring.sequencers.values() if one.ports & ports]


def _acquisitions(items: list[Item], wiring: Wiring) -> dict[str, Acquisition]:
    ears = [ear for item in items for ear in item.ears]
    return {name: acquisition(name, ears, 1, wiring) for name in sorted({ear.digitizer for ear in ears})}


def _listen_alike(one: Item, other: Item, wiring: Wiring) -> bool:
    """Whether records that hold both are not much longer than records of one of them."""
    alone, together = _acquisitions([one], wiring), _acquisitions([one, other], wiring)
    own = _acquisitions([other], wiring)
    if set(alone) != set(own):
        return False
    return all(together[name].samples <= _LONGER * max(alone[name].samples, own[name].samples) for name in together)


def _packed(items: list[Item], wiring: Wiring) -> Pack:
    rows = sum(len(item.points) for item in items)
    most = [
        wiring.digitizers[name].most_records(one.samples) // rows for name, one in _acquisitions(items, wiring).items()
    ]
    return Pack(
        items=tuple(items),
        shots=items[0].shots,
        shots_a_run=max(1, min([items[0].shots, *most])),
        period_s=max(item.period_s for item in items),
    )
