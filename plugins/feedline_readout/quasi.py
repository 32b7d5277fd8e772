# SPDX-License-Identifier: Apache-2.0
"""Quasi-probabilities: corrected distributions, which may be negative."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from feedline.estimation.correction import Correction
from feedline.execution import Execution
from feedline.primitives.sampler_fold import Samples

_MOST_BITS = 12
_MOST_ENTRIES = 1 << 22


def quasi_probabilities(samples: Samples, correction: Correction) -> dict[str, Any]:
    """Corrected signs of every bit, and corrected probabilities of every outcome where these are not too many.

    Args:
        samples: A pub's shots.
        correction: What stands for each bit.

    Returns:
        ``z``: mean sign of each classical bit, shape ``(points, clbits)``, and ``z_stds`` from shot noise.
        ``quasi_probabilities``: shape ``(points, 2**clbits)``, indexed by the outcome as a number, classical bit 0
        lowest; they sum to 1 and may be negative. ``quasi_stds``: their standard errors from shot noise. ``None``
        for both beyond 12 bits, or 4 million numbers.
    """
    execution, words = samples.execution, samples.words
    assert words is not None
    clbits = execution.circuit.num_clbits
    slope, offset = _of_points(execution, correction)
    mean = np.stack([_signs(point, clbits).mean(axis=1) for point in words])
    z = slope * mean + offset
    z_stds = slope * np.sqrt(np.maximum(1 - mean**2, 0.0) / words.shape[1])
    told: dict[str, Any] = {
        "z": _over_param(execution, z),
        "z_stds": _over_param(execution, z_stds, is_error=True),
        "quasi_probabilities": None,
        "quasi_stds": None,
    }
    if clbits <= _MOST_BITS and len(words) << clbits <= _MOST_ENTRIES:
        raw = np.stack([_distribution(point, clbits) for point in words])
        inverse = _inverses(slope, offset)
        quasi = _applied(raw, inverse)
        spread = np.maximum(_applied(raw, inverse**2) - quasi**2, 0.0)
        told["quasi_probabilities"] = _over_param(execution, quasi)
        told["quasi_stds"] = _over_param(execution, np.sqrt(spread / words.shape[1]), is_error=True)
    return told


def _of_points(execution: Execution, correction: Correction) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Slope and offset for bits whose flips are undone, shape ``(points, clbits)``."""
    shape = (execution.size, execution.circuit.num_clbits)
    slope, offset = (np.broadcast_to(value[0], shape) for value in (correction.slope, correction.offset))
    if execution.flips is None:
        return slope, offset
    return slope, offset * _signs(execution.flips.reshape(execution.size, -1), shape[1]).T


def _signs(words: NDArray[np.uint8], clbits: int) -> NDArray[np.float64]:
    """Signs of bits, shape ``(clbits, rows)``."""
    bits = np.unpackbits(words, axis=1)[:, ::-1][:, :clbits].T.astype(np.float64)
    return 1.0 - 2.0 * bits


def _distribution(words: NDArray[np.uint8], clbits: int) -> NDArray[np.float64]:
    number = np.zeros(len(words), dtype=np.intp)
    for column in words.T:
        number = number << 8 | column
    counts = np.bincount(number, minlength=1 << clbits).astype(np.float64)
    return counts / len(words)


def _inverses(slope: NDArray[np.float64], offset: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weight of outcome b where m was read, shape ``(points, clbits, b, m)``."""
    of_zero, of_one = (1 + slope + offset) / 2, (1 - slope + offset) / 2
    return np.stack([np.stack([of_zero, of_one], -1), np.stack([1 - of_zero, 1 - of_one], -1)], axis=-2)


def _applied(distribution: NDArray[np.float64], matrices: NDArray[np.float64]) -> NDArray[np.float64]:
    """Apply a 2x2 matrix to each bit, one after the other."""
    points, clbits = matrices.shape[:2]
    for clbit in range(clbits):
        split = distribution.reshape(points, -1, 2, 1 << clbit)
        distribution = np.einsum("pbm,pxmy->pxby", matrices[:, clbit], split).reshape(points, -1)
    return distribution


def _over_param(execution: Execution, values: NDArray[np.float64], *, is_error: bool = False) -> NDArray[np.float64]:
    """Average over axes that passes added; what is left is the sweep that was asked for."""
    values = np.moveaxis(values.reshape(*execution.sweep, -1), execution.axes.index("param"), 0)
    values = values.reshape(len(values), -1, values.shape[-1])
    if is_error:
        error: NDArray[np.float64] = np.sqrt((values**2).sum(axis=1)) / values.shape[1]
        return error
    mean: NDArray[np.float64] = values.mean(axis=1)
    return mean
