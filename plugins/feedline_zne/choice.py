# SPDX-License-Identifier: Apache-2.0
"""Guard rails: which extrapolator each value gets, and what the user is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs
import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from .extrapolation import Array, Fitted, Points, extrapolated
from .options import degree_of

RANGE_BARS = 3.0
"""A value is beyond its range if it is so by more than these bars. With one bar every sixth honest value whose truth
is at the end of the range would be given to a worse model; with three it is one in 700."""
SIGNAL_BARS = 3.0
"""An exponential needs a signal at the lowest factor that is so many bars from its asymptote."""
MUCH_WORSE = 10.0
"""A bar so many times that of the lowest factor is refused, unless the correction is larger than it."""
POOR_FIT = 1e-3
"""Fits are called poor if a chi-square has less probability than this, shared among all of them (Bonferroni)."""

_LEAST_VARIANCE = 0.1
"""Share of the mean variance over factors that every factor has at least: one whose shots all agree shows none."""


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Ranges:
    """What values can be.

    Attributes:
        lowest: Shape ``(n,)``: -1 for a term with a Pauli, 0 for a projector.
        asymptotes: What an exponential decays to, shape ``(n,)``.
    """

    lowest: Array
    asymptotes: Array


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Choice:
    """Extrapolated values.

    Attributes:
        values: Shape ``(rows, n)``.
        names: Extrapolator of each value, shape ``(n,)``.
        model_spread: Difference of exponential and linear, 0 where there is no signal, shape ``(n,)``.
        bars: Of the values at the factors, shape ``(k, n)``.
        warnings: What the user should know.
    """

    values: Array
    names: NDArray[np.str_]
    model_spread: Array
    bars: Array
    warnings: tuple[str, ...]


def chosen(
    factors: Array, values: Array, ranges: Ranges, models: Sequence[str], asymptote: float | str | None
) -> Choice:
    """Extrapolate every value with the first acceptable model.

    The estimate alone (row 0) decides; what it decides is done to every replicate.

    Args:
        factors: Realised noise factors, ascending, shape ``(k,)``, two or more.
        values: Shape ``(k, rows, n)``.
        ranges: What values can be.
        models: Names in order of preference, each with factors enough.
        asymptote: The option.
    """
    bars = values.std(axis=1)
    points = Points(factors=factors, values=values, bars=_weighing(bars), asymptotes=ranges.asymptotes)
    fits = {name: extrapolated(points, name, asymptote) for name in (*models, "fallback")}
    picked = np.full(values.shape[2], -1)
    told: list[str] = []
    for number, name in enumerate(models):
        reasons = _reasons(name, fits[name], points, ranges)
        is_open = picked < 0
        picked[is_open & ~np.any(list(reasons.values()), axis=0)] = number
        counts = {reason: int((which & is_open).sum()) for reason, which in reasons.items()}
        told += [f"{name}: {count} of {len(picked)} values {reason}" for reason, count in counts.items() if count]
    if lost := int((picked < 0).sum()):
        told.append(f"no extrapolator was acceptable for {lost} of {len(picked)} values: those of the lowest factor")
    names = np.array([*models, "fallback"])[picked]
    at_zero = np.stack([fits[name].at_zero for name in (*models, "fallback")])
    made = np.take_along_axis(at_zero, picked[None, None, :] % len(at_zero), axis=0)[0]
    return Choice(
        values=made,
        names=names,
        model_spread=_spread(fits, points),
        bars=bars,
        warnings=(*told, *_poor(fits, names, points, asymptote)),
    )


def _spread(fits: Mapping[str, Fitted], points: Points) -> Array:
    """How far exponential and linear are apart; 0 where there is no signal that an exponential could follow."""
    both = [fits[name] if name in fits else extrapolated(points, name) for name in ("exponential", "linear")]
    spread: Array = np.abs(both[0].at_zero[0] - both[1].at_zero[0])
    spread[_is_lost(points)] = 0.0
    return spread


def _is_lost(points: Points) -> NDArray[np.bool_]:
    """Whether the value at the lowest factor does not stand out from the asymptote."""
    lost: NDArray[np.bool_] = np.abs(points.values[0, 0] - points.asymptotes) < SIGNAL_BARS * points.bars[0]
    return lost


def _weighing(bars: Array) -> Array:
    """Bars that weigh the fit: none is 0."""
    variances = bars**2
    least = _LEAST_VARIANCE * variances.mean(axis=0)
    weighing: Array = np.sqrt(np.maximum(variances, np.where(least > 0, least, 1e-18)))
    return weighing


def _reasons(name: str, fit: Fitted, points: Points, ranges: Ranges) -> Mapping[str, NDArray[np.bool_]]:
    """Why a model is not acceptable, and for which values."""
    if name == "fallback":
        return {"not taken": np.zeros(fit.at_zero.shape[1], np.bool_)}
    value, bar = fit.at_zero[0], fit.at_zero.std(axis=0)
    margin = RANGE_BARS * bar + 1e-9
    raw = points.values[0, 0]
    beyond = (value > 1 + margin) | (value < ranges.lowest - margin)
    worse = (bar > MUCH_WORSE * points.bars[0]) & (np.abs(value - raw) < bar)
    reasons = {"beyond the range of the term": beyond, "with a bar much worse than without it": worse & ~beyond}
    if "exponential" in name:
        lost = _is_lost(points)
        bounded = fit.is_bounded & ~lost
        reasons = {
            "without a signal that stands out from the noise": lost,
            "with a decay that the values do not determine": bounded,
            **{reason: which & ~lost & ~bounded for reason, which in reasons.items()},
        }
    return reasons


def _poor(
    fits: Mapping[str, Fitted], names: NDArray[np.str_], points: Points, asymptote: float | str | None
) -> list[str]:
    """Models that do not describe the values that they were taken for."""
    told = []
    for name in dict.fromkeys(names.tolist()):
        freedom = len(points.factors) - degree_of(name, asymptote) - 1
        if name == "fallback" or freedom < 1:
            continue
        mine = names == name
        off = ((fits[name].at_factors - points.values[:, 0]) / points.bars) ** 2
        poor = chi2.sf(off.sum(axis=0), freedom)[mine] < POOR_FIT / mine.sum()
        if poor.any():
            told.append(
                f"{name}: describes {int(poor.sum())} of {len(poor)} values poorly; their bars may be too small"
            )
    return told
