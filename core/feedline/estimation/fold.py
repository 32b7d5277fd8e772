# SPDX-License-Identifier: Apache-2.0
"""The Estimator's fold: from outcomes to expectation values and standard errors."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray
from qiskit.primitives import DataBin, PubResult

from feedline.execution import Chunk, Execution
from feedline.passes import BoundPass
from feedline.plan import Part

from .correction import corrector
from .redraw import Redraw
from .replicate import fold_estimates, replicate_sums
from .result import EstimatorResult
from .tally import Tally, tally
from .template import Basis, Block


@attrs.frozen(kw_only=True, slots=True, eq=False)
class EstimatorPlace:
    """Where an execution stands in its pub: the tag that the fold finds it by."""

    block: int
    basis: int


@attrs.frozen(kw_only=True, slots=True, eq=False)
class PubOutline:
    """What the fold must know of a pub: its shape, blocks and metadata."""

    shape: tuple[int, ...]
    blocks: tuple[Block, ...]
    exact: bool
    metadata: Mapping[str, Any]


@attrs.frozen(kw_only=True, slots=True, eq=False)
class EstimatorFold:
    """Chunks become sums per point as they come; sums become values when a pub is complete.

    Without passes the result is linear in the outcomes, and the standard error follows from the
    variance of each shot's value, covariances of terms included. With passes every mean carries
    replicates with redrawn noise, and the standard error is their spread (parametric bootstrap:
    Efron and Tibshirani, An Introduction to the Bootstrap, 1993, ch. 6).

    Attributes:
        outlines: One per pub.
        passes: What widened the plan.
        replicates: How many replicates a mean carries when there are passes.
        rng: Makes the generator of an execution's replicates.
    """

    outlines: tuple[PubOutline, ...]
    passes: tuple[BoundPass, ...] = ()
    replicates: int = 0
    rng: Callable[[], np.random.Generator] = np.random.default_rng

    def reduce(self, execution: Execution, chunk: Chunk) -> Any:
        """Sums over shots, per point: of each observable's value and its square, or of replicates.

        Outcomes themselves are kept where a pass corrects their bits.
        """
        if execution.observables:
            return chunk.expectation
        outcomes = tally(execution, chunk, self.passes)
        if self.passes:
            if execution.role == "main" and corrector(self.passes) is not None:
                return outcomes  # what corrects them may not have been measured yet
            return replicate_sums(execution, outcomes, Redraw(self.replicates, self.rng))
        place: EstimatorPlace = execution.tag
        basis = self.outlines[execution.pub].blocks[place.block].bases[place.basis]
        return _linear_sums(outcomes, basis)

    def fold_pub(self, pub: int, answers: Sequence[tuple[Execution, Sequence[Part]]]) -> PubResult:
        """Values and standard errors of one pub."""
        outline = self.outlines[pub]
        evs = np.zeros(math.prod(outline.shape))
        variances = np.zeros_like(evs)
        metadata = dict(outline.metadata)
        stages: dict[str, dict[str, NDArray[np.float64]]] = {}
        mine = [(execution, parts) for execution, parts in answers if execution.pub == pub]
        shared = [(execution, parts) for execution, parts in answers if execution.pub != pub]
        for number, block in enumerate(outline.blocks):
            here = [(execution, parts) for execution, parts in mine if execution.tag.block == number]
            if outline.exact:
                values, variance = _exact(block, here)
            elif self.passes and here:
                values, variance, info = fold_estimates(
                    block, here, shared, self.passes, Redraw(self.replicates, self.rng)
                )
                _note_stages(stages, info.pop("stages"), block, outline.shape)
                metadata.setdefault("passes", []).append(info)
            else:
                values, variance = _linear(block, here)
            family = block.family
            evs[family.place] = values[family.row, family.column]
            variances[family.place] = variance[family.row, family.column]
        stds = np.sqrt(variances).reshape(outline.shape)
        if stages:
            metadata["stages"] = stages
        return PubResult(DataBin(evs=evs.reshape(outline.shape), stds=stds, shape=outline.shape), metadata=metadata)

    def finish(self, results: Sequence[Any], metadata: Mapping[str, Any]) -> EstimatorResult:
        """All pubs' results."""
        return EstimatorResult(list(results), metadata={**metadata, "version": 2})


def _note_stages(
    noted: dict[str, dict[str, NDArray[np.float64]]],
    stages: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]],
    block: Block,
    shape: tuple[int, ...],
) -> None:
    """Put a block's values on the way up where they belong in the pub."""
    family = block.family
    for name, (values, stds) in stages.items():
        made = noted.setdefault(name, {"evs": np.zeros(shape), "stds": np.zeros(shape)})
        for key, found in (("evs", values), ("stds", stds)):
            made[key].reshape(-1)[family.place] = found[family.row, family.column]


def _linear_sums(outcomes: Tally, basis: Basis) -> NDArray[np.float64]:
    """Sums of the weights, values and squares per point, shape ``(1 + 2 * observables, points)``."""
    coefficients = basis.coefficients
    values = np.zeros((len(coefficients), len(outcomes.weight)))
    for part, block in basis.reading.blocks(outcomes.words):
        values += coefficients[:, part] @ block
    out = np.empty((1 + 2 * len(values), len(outcomes.points)))
    out[0] = outcomes.sum_points(outcomes.weight)
    for row, value in enumerate(values):
        weighted = value * outcomes.weight
        out[1 + 2 * row] = outcomes.sum_points(weighted)
        out[2 + 2 * row] = outcomes.sum_points(weighted * value)
    return out


def _linear(
    block: Block, answers: Sequence[tuple[Execution, Sequence[Part]]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Values and variances of a block, shape ``(points, observables)`` each.

    The variance of a mean over N shots is that of the sample with one pseudo-shot added, half at plus
    and half at minus the basis's norm, the farthest that a shot can lie: Jeffreys' prior for a single
    Pauli (Brown, Cai, DasGupta, Stat. Sci. 16, 101 (2001)). Without it the bar is 0 whenever all shots
    agree, however few they are.
    """
    shape = (len(block.family.points), len(block.family.observables))
    values, variances = np.empty(shape), np.zeros(shape)
    values[:] = block.table.constants
    for execution, parts in answers:
        sums = np.zeros((1 + 2 * shape[1], shape[0]))
        for part in parts:
            sums[:, part.points] += part.data
        shots = sums[0][:, None]
        first, second = sums[1::2].T, sums[2::2].T
        prior = block.bases[execution.tag.basis].norms ** 2
        values += first / shots
        spread = (second + prior) / (shots + 1) - (first / (shots + 1)) ** 2
        variances += np.maximum(spread, 0.0) / shots
    return values, variances


def _exact(
    block: Block, answers: Sequence[tuple[Execution, Sequence[Part]]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    shape = (len(block.family.points), len(block.family.observables))
    values = np.zeros(shape)
    for _execution, parts in answers:
        for part in parts:
            values[part.points] = part.data
    return values, np.zeros(shape)
