# SPDX-License-Identifier: Apache-2.0
"""Replicates: means of terms with shot noise redrawn, folded through the passes alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feedline.errors import PluginError
from feedline.execution import Execution
from feedline.passes import BoundPass, Estimate
from feedline.plan import Part

from .correction import corrected, corrector, uncorrected
from .glance import glance
from .redraw import Redraw, add_sums
from .tally import Tally
from .template import Block

_BLOCK = 1 << 17
"""Elements worked on at once; keeps temporary arrays in the cache."""


def replicate_sums(execution: Execution, outcomes: Tally, redraw: Redraw) -> NDArray[np.float64]:
    """Sum each term's value over shots, for the sample and for replicates with shot noise redrawn.

    Returns:
        Shape ``(1 + replicates, 1 + terms, points)``; row 0 of the second axis holds the weights.
    """
    reading = execution.reading
    assert reading is not None
    rng = redraw.rng()
    order = np.argsort(outcomes.point, kind="stable")
    words, weight = outcomes.words[order], outcomes.weight[order]
    counts = np.bincount(outcomes.point, minlength=len(outcomes.points))
    out = np.zeros((len(counts), 1 + redraw.replicates, 1 + len(reading.terms)))
    step = max(64, _BLOCK // out.shape[2])
    end = 0
    for sums, rows in zip(out, counts.tolist(), strict=True):
        start, end = end, end + rows
        for first in range(start, end, step):
            part = slice(first, min(first + step, end))
            values = np.ones((out.shape[2], part.stop - first))
            values[1:] = reading.values(words[part])
            add_sums(sums, values, weight[part], rows, rng)
    return out.transpose(1, 2, 0)


def fold_estimates(
    block: Block,
    main: Sequence[tuple[Execution, Sequence[Part]]],
    shared: Sequence[tuple[Execution, Sequence[Part]]],
    passes: Sequence[BoundPass],
    redraw: Redraw,
) -> tuple[NDArray[np.float64], NDArray[np.float64], dict[str, Any]]:
    """Take a block's means up through the passes.

    Returns:
        Values and variances, shape ``(points, observables)`` each, and what the passes told; under ``stages``, in
        order, the values and standard errors before any fold and after each.

    Raises:
        PluginError: If a fold returns another shape than the axes it left.
    """
    calibrations = [answer for answer in (*main, *shared) if answer[0].role != "main"]
    calibration = {
        role: _stacked([answer for answer in calibrations if answer[0].role == role], None)
        for role in dict.fromkeys(execution.role for execution, _ in calibrations)
    }
    measured: Sequence[tuple[Execution, Sequence[Part]]] = [answer for answer in main if answer[0].role == "main"]
    num_terms = block.table.letters.shape[0]
    if (correcting := corrector(passes)) is None:
        estimate = _stacked(measured, num_terms)
        stages = {"raw": glance(estimate, block)}
    else:
        stages = {"raw": glance(_stacked(uncorrected(measured, redraw), num_terms), block)}
        estimate = _stacked(corrected(measured, calibration, correcting, redraw), num_terms)
    for bound in reversed(passes):
        before = estimate
        estimate = bound.technique.fold(estimate, calibration, bound.context)
        _check(bound, before, estimate)
        stages[bound.technique.name] = glance(estimate, block)
    if estimate.axes != ("param",):
        raise PluginError(
            f"After every fold the axes {estimate.axes} are left; only 'param' should be.",
            remedy="The pass that added the others must reduce them in its fold.",
        )
    values = estimate.mean @ block.table.coefficients.T + block.table.constants
    return values[0], values[1:].var(axis=0, ddof=1), {**estimate.info, "stages": stages}


def _check(bound: BoundPass, before: Estimate, after: Estimate) -> None:
    """Name the pass whose fold broke the axes."""
    kept = dict(zip(before.axes, before.mean.shape[1:-1], strict=True))
    wanted = (before.mean.shape[0], *(kept.get(axis, -1) for axis in after.axes), before.mean.shape[-1])
    if after.mean.shape != wanted:
        raise PluginError(
            f"Pass '{bound.technique.name}' folded means of shape {before.mean.shape} (axes {before.axes}) "
            f"to {after.mean.shape} with axes {after.axes}.",
            remedy="A fold reduces exactly the axis its widen added and leaves every other as it was.",
        )


def _stacked(answers: Sequence[tuple[Execution, Sequence[Part]]], num_terms: int | None) -> Estimate:
    """Stack executions that differ in coordinates, and join the terms of their bases."""
    names = tuple(dict.fromkeys(name for execution, _ in answers for name in execution.coords))
    coords = {name: np.array(sorted({float(e.coords[name]) for e, _ in answers})) for name in names}
    first = answers[0][0]
    terms = num_terms if num_terms is not None else 1 + max(int(_terms(e).max(initial=0)) for e, _ in answers)
    sizes = tuple(len(coords[name]) for name in names)
    replicates = len(answers[0][1][0].data)
    mean = np.full((replicates, *sizes, *first.sweep, terms), np.nan)
    for execution, parts in answers:
        here = mean
        for name in names:
            here = here[:, int(np.searchsorted(coords[name], execution.coords[name]))]
        here[..., _terms(execution)] = _means(execution, parts)
    return Estimate(mean=mean, axes=(*names, *first.axes), coords=coords)


def _terms(execution: Execution) -> NDArray[np.intp]:
    assert execution.reading is not None
    return execution.reading.terms


def _means(execution: Execution, parts: Sequence[Part]) -> NDArray[np.float64]:
    """Means of one execution, shape ``(1 + replicates, *sweep, terms)``."""
    sums = np.zeros((*parts[0].data.shape[:2], execution.size))
    for part in parts:
        sums[:, :, part.points] += part.data
    means = sums[:, 1:] / np.maximum(sums[:, :1], 1e-300)
    return np.moveaxis(means, 1, -1).reshape(means.shape[0], *execution.sweep, means.shape[1])
