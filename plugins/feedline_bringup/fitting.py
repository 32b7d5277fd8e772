# SPDX-License-Identifier: Apache-2.0
"""Fits by least squares, with uncertainties and a judgement whether they describe the data."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import OptimizeWarning, curve_fit

Array = NDArray[np.float64]
Model = Callable[..., Array]
_CHI_SQUARED = 3.0
"""Reduced chi squared up to which a model describes data within their noise."""
_EXPLAINED = 0.95
"""Share of the data's variance that a model has to explain where the noise is finer than the model."""
_SIGNIFICANT = 5.0


@attrs.frozen(slots=True)
class Measured:
    """A value and its standard error."""

    value: float
    error: float


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Fit:
    """A model fitted to data.

    Attributes:
        model: The function.
        values: Its parameters by name; errors grow where the model misses the data by more than their noise.
        chi_squared: Sum of squared residuals in standard errors, per degree of freedom.
        explained: Share of the data's variance that the model explains.
        swing: How much the model varies over the data, in standard errors of a point.
        problem: Why the fit is not to be trusted; empty if it is.
    """

    model: Model
    values: Mapping[str, Measured]
    chi_squared: float
    explained: float
    swing: float
    problem: str = ""

    def __getitem__(self, name: str) -> Measured:
        return self.values[name]

    def __call__(self, x: Any) -> Array:
        """The model with the fitted values."""
        return self.model(x, *(one.value for one in self.values.values()))


def fit(model: Model, x: Any, y: ArrayLike, error: ArrayLike, start: Mapping[str, float], **limits: Any) -> Fit:
    """Fit a model.

    Args:
        model: ``model(x, *parameters)``.
        x: Whatever the model takes.
        y: Data, shape ``(n,)``.
        error: Their standard errors, shape ``(n,)``.
        start: Where to begin, by the names of the parameters in order.
        limits: Lowest and highest value of some parameters.

    Source: reduced chi squared and its scaling of errors as in lmfit's and scipy's ``curve_fit`` documentation.
    """
    data, errors = np.asarray(y, dtype=np.float64), np.asarray(error, dtype=np.float64)
    low = [limits.get(name, (-np.inf, np.inf))[0] for name in start]
    high = [limits.get(name, (-np.inf, np.inf))[1] for name in start]
    begin = [float(np.clip(value, *limits.get(name, (-np.inf, np.inf)))) for name, value in start.items()]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", OptimizeWarning)
            how = {"method": "trf", "bounds": (low, high), "x_scale": "jac", "max_nfev": 5000}
            found, covariance = curve_fit(model, x, data, begin, errors, absolute_sigma=True, **how)
    except (RuntimeError, OptimizeWarning) as failure:
        unknown = {name: Measured(value, math.inf) for name, value in zip(start, begin, strict=True)}
        reason = f"the fit does not converge ({str(failure).splitlines()[0]})"
        return Fit(model=model, values=unknown, chi_squared=math.inf, explained=0.0, swing=0.0, problem=reason)
    residuals = data - model(x, *found)
    chi_squared = float(((residuals / errors) ** 2).sum() / max(len(data) - len(start), 1))
    explained = 1 - float((residuals**2).sum() / max(((data - data.mean()) ** 2).sum(), 1e-300))
    shown = model(x, *found)
    swing = float((shown.max() - shown.min()) / np.median(errors))
    deviations = np.sqrt(np.diag(covariance)) * math.sqrt(max(chi_squared, 1.0))
    values = {
        name: Measured(float(value), float(wide)) for name, value, wide in zip(start, found, deviations, strict=True)
    }
    made = Fit(model=model, values=values, chi_squared=chi_squared, explained=explained, swing=swing)
    return attrs.evolve(made, problem=_problem(made, {name: limits[name] for name in limits}))


def _problem(made: Fit, limits: Mapping[str, Sequence[float]]) -> str:
    for name, one in made.values.items():
        if not math.isfinite(one.error):
            return f"the data do not tell {name}"
        if name in limits and math.isclose(one.value, limits[name][0], rel_tol=1e-9, abs_tol=1e-15):
            return f"{name} lies at the edge of what was looked at"
        if name in limits and math.isclose(one.value, limits[name][1], rel_tol=1e-9):
            return f"{name} lies at the edge of what was looked at"
    if made.swing < _SIGNIFICANT:
        return f"there is no signal: it varies by {made.swing:.1f} standard errors"
    if made.chi_squared > _CHI_SQUARED and made.explained < _EXPLAINED:
        return (
            f"the model does not describe the data (chi squared {made.chi_squared:.1f}, R squared {made.explained:.3f})"
        )
    return ""


def decay(x: Array, amplitude: float, time: float, offset: float) -> Array:
    """``amplitude exp(-x / time) + offset``."""
    return amplitude * np.exp(-x / time) + offset


def peak(x: Array, amplitude: float, centre: float, width: float, offset: float) -> Array:
    """A Gaussian of standard deviation ``width``."""
    return amplitude * np.exp(-0.5 * ((x - centre) / width) ** 2) + offset


def wave(x: Array, amplitude: float, frequency: float, phase: float, offset: float) -> Array:
    """``amplitude cos(2 pi frequency x + phase) + offset``."""
    return amplitude * np.cos(2 * np.pi * frequency * x + phase) + offset


def fading_wave(x: Array, amplitude: float, frequency: float, phase: float, offset: float, rate: float) -> Array:
    """A wave whose amplitude decays as ``exp(-rate x)``."""
    return amplitude * np.exp(-rate * x) * np.cos(2 * np.pi * frequency * x + phase) + offset


def main_frequency(x: Array, y: Array, highest: float) -> float:
    """The frequency at which a wave describes the data best, among many up to the highest."""
    trials = np.linspace(0.25 / float(np.ptp(x)), highest, 800)
    powers = []
    for trial in trials:
        turns = 2 * np.pi * trial * x
        basis = np.stack([np.ones_like(x), np.cos(turns), np.sin(turns)], axis=1)
        left = y - basis @ np.linalg.lstsq(basis, y, rcond=None)[0]
        powers.append(float((left**2).sum()))
    return float(trials[int(np.argmin(powers))])


def phase_of(angles_rad: Array, y: Array, error: Array) -> tuple[Measured, Measured]:
    """Phase and amplitude of ``y = offset + amplitude cos(angle - phase)``; linear, so without a start."""
    basis = np.stack([np.ones_like(angles_rad), np.cos(angles_rad), np.sin(angles_rad)], axis=1)
    weighted = basis / error[:, np.newaxis]
    covariance = np.linalg.inv(weighted.T @ weighted)
    _, cosine, sine = covariance @ weighted.T @ (y / error)
    amplitude = math.hypot(cosine, sine)
    across = np.array([0, -sine, cosine]) / max(amplitude, 1e-12)
    along = np.array([0, cosine, sine]) / max(amplitude, 1e-12)
    return (
        Measured(math.atan2(sine, cosine), math.sqrt(across @ covariance @ across) / max(amplitude, 1e-12)),
        Measured(amplitude, math.sqrt(along @ covariance @ along)),
    )
