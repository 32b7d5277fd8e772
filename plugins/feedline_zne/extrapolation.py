# SPDX-License-Identifier: Apache-2.0
"""Extrapolations to zero noise, of all values and replicates at once.

Everything is least squares with weights 1/variance, the variances taken as they are (`absolute_sigma`).
Linear and polynomial models are solved in closed form. The nonlinear ones are least squares in their
linear parameters, which are eliminated, and a few Gauss-Newton steps in the decay that is left (variable
projection: Golub and Pereyra, SIAM J. Numer. Anal. 10, 413 (1973)), begun at a weighted straight line
through the logarithms. Decays are bounded, so that every replicate has a value.

Models: Temme, Bravyi, Gambetta, PRL 119, 180509 (2017) (polynomial); Endo, Benjamin, Li, PRX 8, 031027 (2018)
and Giurgica-Tiron et al., arXiv:2005.10921 (exponential).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import attrs
import numpy as np
from numpy.typing import NDArray

from .options import FREE

Array = NDArray[np.float64]

MOST_GAIN = 5.0
"""An exponential multiplies the value at the lowest factor by no more than this: with less of the signal left, what
noise does to the decay outweighs what is won."""

_STEPS = {1: 8, 2: 25}
"""Gauss-Newton steps, by the number of linear parameters."""

_SMALL = 1e-300

_BLOCK = 1 << 18
"""Elements worked on at once; keeps temporary arrays in the cache."""


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Points:
    """What is fitted.

    Attributes:
        factors: Noise factors, ascending, shape ``(k,)``.
        values: Shape ``(k, rows, n)``: rows are the estimate and its replicates, n values each.
        bars: Standard error of each value, above 0, shape ``(k, n)``.
        asymptotes: What an exponential decays to, shape ``(n,)``.
    """

    factors: Array
    values: Array
    bars: Array
    asymptotes: Array

    def part(self, which: slice) -> Points:
        """Some of the n values."""
        return attrs.evolve(
            self,
            values=self.values[:, :, which],
            bars=self.bars[:, which],
            asymptotes=self.asymptotes[which],
        )


@attrs.frozen(slots=True, eq=False)
class Fitted:
    """A fit.

    Attributes:
        at_zero: Values without noise, shape ``(rows, n)``.
        at_factors: The model of row 0 at the factors, shape ``(k, n)``.
        is_bounded: Whether the decay of row 0 is at its bound: the values do not determine it. Shape ``(n,)``.
    """

    at_zero: Array
    at_factors: Array
    is_bounded: NDArray[np.bool_]


def extrapolated(points: Points, model: str, asymptote: float | str | None = None) -> Fitted:
    """Fit a model, by its name in ``zne.extrapolator``."""
    num_factors, rows, count = points.values.shape
    step = max(1, _BLOCK // (num_factors * rows))
    with np.errstate(over="ignore", under="ignore"):  # a decay that runs away is stopped at its bound
        parts = [_fitted(points.part(slice(at, at + step)), model, asymptote) for at in range(0, max(1, count), step)]
    if len(parts) == 1:
        return parts[0]
    return Fitted(
        np.concatenate([part.at_zero for part in parts], axis=1),
        np.concatenate([part.at_factors for part in parts], axis=1),
        np.concatenate([part.is_bounded for part in parts]),
    )


def _fitted(points: Points, model: str, asymptote: float | str | None) -> Fitted:
    if model == "exponential":
        return _nonlinear(points, _saturation if asymptote == FREE else _decay)
    if model == "double_exponential":
        return _nonlinear(points, _two_decays)
    if model == "fallback":
        first = points.values[0]
        return Fitted(first, np.repeat(first[None, 0], len(points.factors), 0), np.zeros(first.shape[1], np.bool_))
    return _polynomial(points, 1 if model == "linear" else int(model.rsplit("_", 1)[1]))


def _polynomial(points: Points, degree: int) -> Fitted:
    scale = points.factors[-1]
    powers = np.vander(points.factors / scale, degree + 1, increasing=True)
    root = (points.bars.min(axis=0) / points.bars).T[:, :, None]
    solve = np.linalg.pinv(root * powers) * root.swapaxes(1, 2)  # (n, degree + 1, k)
    at_zero = np.einsum("nk,krn->rn", solve[:, 0], points.values)
    at_factors = np.einsum("kd,ndj,jn->kn", powers, solve, points.values[:, 0])
    return Fitted(at_zero, at_factors, np.zeros(at_zero.shape[1], np.bool_))


def _nonlinear(points: Points, model: Model) -> Fitted:
    x = points.factors[:, None, None]
    weights = points.bars.min(axis=0) / points.bars
    root, offset = weights[:, None, :], points.asymptotes
    free = model is _saturation
    values = points.values if free else points.values - offset
    most = math.log(MOST_GAIN) / points.factors[0]
    decays = [np.clip(_slope_of_logarithms(x, points.values - offset, root), -most, most)]
    if model is _two_decays:
        decays.append(0.5 * np.abs(decays[0]) + 0.1 / points.factors[-1])
    scaled = values * root
    for _ in range(_STEPS[1 if model is _decay else 2]):
        basis, slopes = model(x, decays)
        coefficients, rest, orthogonal = _projected(scaled, [one * root for one in basis])
        pull = [_without(one(coefficients) * root, orthogonal) for one in slopes]
        longest = 1.0 / points.factors.mean()
        for decay, step in zip(decays, _gauss_newton(pull, rest), strict=True):
            np.clip(decay + np.clip(step, -longest, longest), -most, most, out=decay)
    basis, _ = model(x, decays)
    coefficients, _, _ = _projected(scaled, [one * root for one in basis])
    at_zero = coefficients[0] + (0 if free else offset)
    at_factors = sum(c[0] * one[:, 0] for c, one in zip(coefficients, basis, strict=True)) + (0 if free else offset)
    is_bounded = np.any([np.abs(decay[0]) >= most for decay in decays], axis=0)
    return Fitted(at_zero, np.asarray(at_factors), is_bounded)


Model = Callable[[Array, list[Array]], tuple[list[Array], list[Callable[[list[Array]], Array]]]]
"""Of factors ``(k, 1, 1)`` and decays ``(rows, n)``: functions whose sum with linear coefficients is the fit, the
first of them 1 at factor 0 and the others 0; and for each decay the fit's derivative, given the coefficients."""


def _decay(x: Array, decays: list[Array]) -> tuple[list[Array], list[Callable[[list[Array]], Array]]]:
    """``a exp(-d x)``."""
    fall = np.exp(-decays[0] * x)
    return [fall], [lambda c: -c[0] * x * fall]


def _saturation(x: Array, decays: list[Array]) -> tuple[list[Array], list[Callable[[list[Array]], Array]]]:
    """``a + b (1 - exp(-d x)) / d``: an exponential with free asymptote, a straight line where d is 0."""
    rise, slope = _rise(x, decays[0])
    return [np.ones_like(rise), rise], [lambda c: c[1] * slope]


def _two_decays(x: Array, decays: list[Array]) -> tuple[list[Array], list[Callable[[list[Array]], Array]]]:
    """``exp(-d x) (a + b (1 - exp(-e x)) / e)``: two exponentials of rates d and d + e."""
    fall = np.exp(-decays[0] * x)
    rise, slope = _rise(x, decays[1])
    first = [fall, fall * rise]
    return first, [lambda c: -x * (c[0] * first[0] + c[1] * first[1]), lambda c: c[1] * fall * slope]


def _rise(x: Array, decay: Array) -> tuple[Array, Array]:
    """``(1 - exp(-d x)) / d`` and its derivative by d; series where d x is small."""
    product = decay * x
    is_small = np.abs(product) < 1e-3
    safe = np.where(is_small, 1.0, decay)
    fall = np.exp(-product)
    rise = np.where(is_small, x * (1 - product / 2 + product**2 / 6), (1 - fall) / safe)
    slope = np.where(is_small, x**2 * (-0.5 + product / 3 - product**2 / 8), (product * fall - (1 - fall)) / safe**2)
    return rise, slope


def _slope_of_logarithms(x: Array, values: Array, root: Array) -> Array:
    """Decay of a weighted straight line through logarithms; values of the other sign than most are left out."""
    sign = np.sign((root**2 * values).sum(axis=0))
    size = np.maximum(values * sign, 0.0)
    weight = (root * size) ** 2
    logarithm = np.log(np.maximum(size, _SMALL))
    total = np.maximum(weight.sum(axis=0), _SMALL)
    apart = x - (weight * x).sum(axis=0) / total
    spread = (weight * apart * x).sum(axis=0)
    decay: Array = -(weight * apart * logarithm).sum(axis=0) / np.maximum(spread, _SMALL)
    return decay


def _projected(values: Array, basis: list[Array]) -> tuple[list[Array], Array, list[Array]]:
    """Least squares in one or two functions: coefficients, what is left, the functions made orthogonal."""
    orthogonal: list[Array] = []
    for one in basis:
        orthogonal.append(_without(one, orthogonal))
    shares = [_inner(one, values) / np.maximum(_inner(one, one), _SMALL) for one in orthogonal]
    rest = values - sum(share * one for share, one in zip(shares, orthogonal, strict=True))
    if len(basis) == 2:
        overlap = _inner(orthogonal[0], basis[1]) / np.maximum(_inner(orthogonal[0], orthogonal[0]), _SMALL)
        shares[0] = shares[0] - overlap * shares[1]
    return shares, rest, orthogonal


def _without(one: Array, others: list[Array]) -> Array:
    for other in others:
        one = one - other * (_inner(one, other) / np.maximum(_inner(other, other), _SMALL))
    return one


def _gauss_newton(slopes: list[Array], rest: Array) -> list[Array]:
    """Steps of one or two decays, damped a little where they cannot be told apart."""
    if len(slopes) == 1:
        return [_inner(slopes[0], rest) / np.maximum(_inner(slopes[0], slopes[0]), _SMALL)]
    first, second = slopes
    a, b, d = _inner(first, first) * 1.001, _inner(first, second), _inner(second, second) * 1.001
    u, v = _inner(first, rest), _inner(second, rest)
    scale = np.maximum(a * d - b * b, _SMALL)
    return [(d * u - b * v) / scale, (a * v - b * u) / scale]


def _inner(one: Array, other: Array) -> Array:
    product: Array = np.einsum("krn,krn->rn", one, other)
    return product
