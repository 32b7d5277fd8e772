# SPDX-License-Identifier: Apache-2.0
"""A plan: executions, and a fold from their answers to a primitive's result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import attrs

from .execution import Chunk, Execution
from .passes import BoundPass


@attrs.frozen(slots=True, eq=False)
class Part:
    """A reduced chunk: what a fold keeps of it.

    Attributes:
        points: The sweep points it covers.
        data: Whatever `Fold.reduce` made of the chunk.
    """

    points: slice
    data: Any


class Fold(Protocol):
    """The way up: pure functions from chunks to a primitive's result."""

    @property
    def passes(self) -> tuple[BoundPass, ...]:
        """The passes that widened the plan; their folds are undone in reverse order."""

    def reduce(self, execution: Execution, chunk: Chunk) -> Any:
        """Keep what matters of a chunk, so that raw data need not be held."""

    def fold_pub(self, pub: int, answers: Sequence[tuple[Execution, Sequence[Part]]]) -> Any:
        """Make one pub's result from its executions and those that all pubs share, with their parts."""

    def finish(self, results: Sequence[Any], metadata: Mapping[str, Any]) -> Any:
        """Make the primitive's result from the pubs' results."""


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Plan:
    """What a primitive wants done: arrays of executions, and how to fold the answers back.

    Attributes:
        executions: Everything that one call needs, flat, so that it goes down together.
        fold: The way back.
        num_pubs: Number of pubs, including those that need no execution.
        notes: What passes leave for their own fold, by pass name.
    """

    executions: tuple[Execution, ...]
    fold: Fold
    num_pubs: int
    notes: Mapping[str, Any] = attrs.field(factory=dict)

    @property
    def total_shots(self) -> int:
        """Shots of all points of all executions."""
        return sum(execution.shots * execution.size for execution in self.executions)
