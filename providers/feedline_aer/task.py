# SPDX-License-Identifier: Apache-2.0
"""Tasks: executions on their way through Aer, cut into calls that do not take long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs
import numpy as np

from feedline.execution import Execution

from .effort import CALL_S
from .route import Portion, Route

_LEAST_SHOTS = 256


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Task:
    """One execution, its route, and its randomness.

    Attributes:
        index: Place of the execution in the sequence that the device was given.
        execution: The execution.
        route: How it goes through Aer.
        rng: Randomness of what is drawn outside Aer, and of the seeds of its calls.
    """

    index: int
    execution: Execution
    route: Route
    rng: np.random.Generator

    @property
    def is_constant(self) -> bool:
        """Whether one experiment answers for all points."""
        return self.execution.circuit.num_parameters == 0 and not self.route.repeats

    def portions(self) -> Iterator[Portion]:
        """Cut the execution; asks the route anew for every portion, as it learns on the way."""
        start, size, shots = 0, self.execution.size, self.execution.shots
        while start < size:
            stop = min(size, start + self._points_per_call())
            for part in self._parts(shots):
                yield Portion(index=self.index, execution=self.execution, points=slice(start, stop), shots=part)
            start = stop

    def _points_per_call(self) -> int:
        if self.is_constant:
            return self.execution.size
        if self.route.runs_alone(self.execution.shots):
            return 1
        return max(1, int(CALL_S / self.route.point_s))

    def _parts(self, shots: int) -> list[int]:
        if not self.route.splits_shots or self.route.point_s <= CALL_S:
            return [shots]
        parts = min(int(np.ceil(self.route.point_s / CALL_S)), max(1, shots // _LEAST_SHOTS))
        return [shots // parts + (part < shots % parts) for part in range(parts)]


Call = list[tuple[Task, Portion]]
"""What goes down to Aer together."""


def calls(tasks: Sequence[Task]) -> Iterator[Call]:
    """Put what may run together into calls of bounded effort.

    Executions with equal run options share calls, so that a handful of small circuits, such as the
    measured bases of an observable, costs one call.
    """
    groups: dict[tuple[object, ...], list[Task]] = {}
    for task in tasks:
        key = (type(task.route), tuple(sorted(task.route.options.items())))
        shots = () if task.is_constant or not task.route.repeats else (task.execution.shots,)
        groups.setdefault((*key, *shots), []).append(task)
    for group in groups.values():
        yield from _calls_of(group)


def _calls_of(group: Sequence[Task]) -> Iterator[Call]:
    call: Call = []
    effort = 0.0
    for task in group:
        for portion in task.portions():
            alone = task.route.runs_alone(portion.shots)
            mine = task.route.point_s * (1 if task.is_constant else portion.size)
            mixed = bool(call) and call[0][1].shots != portion.shots and task.route.repeats
            if call and (alone or mixed or effort + mine > CALL_S):
                yield call
                call, effort = [], 0.0
            call.append((task, portion))
            effort += mine
            if alone:
                yield call
                call, effort = [], 0.0
    if call:
        yield call
