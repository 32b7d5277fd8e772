# SPDX-License-Identifier: Apache-2.0
"""What a coordinator does: a burst of triggers on several outputs."""

from __future__ import annotations

import math

import attrs


@attrs.frozen(kw_only=True, slots=True)
class CoordinatorCapabilities:
    """What a coordinator can do.

    Attributes:
        outputs: Names of its outputs.
        period_s: Shortest and longest time between triggers.
        delay_s: Smallest and largest delay of an output.
        width_s: Shortest and longest trigger.
        max_count: How many triggers one burst may have.
        resolution_s: Step of times.
        period_resolution_s: Step of the period, if it is another; ``None`` for the same.
    """

    outputs: tuple[str, ...]
    period_s: tuple[float, float]
    delay_s: tuple[float, float]
    width_s: tuple[float, float]
    max_count: int
    resolution_s: float
    period_resolution_s: float | None = None

    def period_at_least(self, period_s: float) -> float:
        """The shortest period that it has and that is not shorter."""
        step_s = self.period_resolution_s or self.resolution_s
        return max(self.period_s[0], math.ceil(period_s / step_s - 1e-3) * step_s)


@attrs.frozen(kw_only=True, slots=True)
class TriggerOutput:
    """One output of a coordinator.

    Attributes:
        name: As the coordinator calls it: ``A``.
        delay_s: From the start of the period.
        width_s: How long it is high.
    """

    name: str
    delay_s: float
    width_s: float


@attrs.frozen(kw_only=True, slots=True)
class TriggerPlan:
    """A burst of triggers.

    Attributes:
        count: How many.
        period_s: Time between them.
        outputs: Which outputs fire; the others stay low.
    """

    count: int
    period_s: float
    outputs: tuple[TriggerOutput, ...]

    @property
    def duration_s(self) -> float:
        """How long the burst lasts."""
        return self.count * self.period_s
