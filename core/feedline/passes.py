# SPDX-License-Identifier: Apache-2.0
"""Passes: error suppression and mitigation techniques that rewrite a plan."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import attrs
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from .plan import Plan
    from .processor import Backend


class Stage(IntEnum):
    """Where a pass acts: widen runs ascending, fold strictly descending; they nest like brackets."""

    AMPLIFY = 10
    RANDOMIZE = 20
    READOUT = 30
    SCHEDULE = 40


@attrs.frozen(kw_only=True, slots=True)
class Cost:
    """What a pass costs: multipliers on circuits, shots and variance, and calibration shots."""

    circuits: float = 1.0
    shots: float = 1.0
    variance: float = 1.0
    calibration_shots: int = 0

    def __mul__(self, other: Cost) -> Cost:
        """Combine the costs of two passes."""
        return Cost(
            circuits=self.circuits * other.circuits,
            shots=self.shots * other.shots,
            variance=self.variance * other.variance,
            calibration_shots=self.calibration_shots + other.calibration_shots,
        )


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Estimate:
    """Means of terms with named axes, on their way up through the passes.

    Attributes:
        mean: Shape ``(1 + replicates, *axes, terms)``. Index 0 of the first axis is the estimate, the
            others are replicates with noise redrawn; a fold transforms all of them alike, and the
            standard error is read off their spread at the end.
        axes: Names of the axes between the first and the last.
        coords: Coordinate values of stacked axes, by axis name.
        info: What passes want to tell the user, by pass name; it goes into the metadata.
    """

    mean: NDArray[np.float64]
    axes: tuple[str, ...]
    coords: Mapping[str, NDArray[np.float64]] = attrs.field(factory=dict)
    info: Mapping[str, Any] = attrs.field(factory=dict)

    def axis(self, name: str) -> int:
        """Index in `mean` of a named axis."""
        return self.axes.index(name) + 1

    def reduced(self, name: str, mean: NDArray[np.float64], **info: Any) -> Estimate:
        """The estimate after a fold has reduced exactly the named axis."""
        return attrs.evolve(
            self,
            mean=mean,
            axes=tuple(axis for axis in self.axes if axis != name),
            coords={axis: value for axis, value in self.coords.items() if axis != name},
            info={**self.info, **info},
        )


@attrs.frozen(kw_only=True, slots=True, eq=False)
class PassContext:
    """What a pass may know besides the plan.

    Attributes:
        options: The pass's own options, resolved.
        backend: The backend that will execute.
        rng: Randomness of this job; the only source a pass may use.
        note: What the pass's own `widen` left in `Plan.notes` under its name, else ``None``.
    """

    options: Any
    backend: Backend
    rng: np.random.Generator
    note: Any = None


@runtime_checkable
class Pass(Protocol):
    """An error suppression or mitigation technique: pure functions, no state between them.

    Optional: ``fold_shots(execution, tally, context)`` returns a `feedline.estimation.tally.Tally`
    changed before any mean is taken: outcomes corrected, weighed or dropped.

    Optional: ``fold_bits(execution, calibration, context)`` returns a
    `feedline.estimation.correction.Correction`: the real number that stands for each measured bit in
    every shot of an Estimator's execution; a term's value is their product.

    Optional: ``tell_samples(samples, calibration, context)`` returns what a Sampler's result tells of the
    pass, as a mapping, from a pub's `feedline.primitives.sampler_fold.Samples` (shots cannot carry weights).
    """

    name: str
    """Short name; its options become ``options.resilience.<name>``."""
    options: type
    """attrs class of its options; constructing it without arguments gives the defaults."""
    stage: Stage
    needs: frozenset[str]
    """Tokens that the backend must publish in `Capabilities.tokens`."""
    conflicts: frozenset[str]
    """Names of passes that it excludes."""

    def cost(self, plan: Plan, context: PassContext) -> Cost:
        """Tell what the pass multiplies, before anything runs."""

    def widen(self, plan: Plan, context: PassContext) -> Plan:
        """Add a named axis to executions, or executions with a role or a coordinate."""

    def fold(self, estimate: Estimate, calibration: Mapping[str, Estimate], context: PassContext) -> Estimate:
        """Reduce exactly the axis that `widen` added, vectorised over every other."""


@attrs.frozen(slots=True, eq=False)
class BoundPass:
    """A pass with the context it runs in."""

    technique: Pass
    context: PassContext
