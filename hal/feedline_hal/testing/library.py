# SPDX-License-Identifier: Apache-2.0
"""Propagators that a device has computed: kept by waveform and carrier, as functions of the amplitude."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from .model import Channel, Matrix
from .propagator import carried

_ROUNDING = 1e-6
_FEW = 16
_MOST_NODES = 256
_MOST_KEPT = 4096


@attrs.frozen(slots=True, eq=False)
class Library:
    """Looks propagators up, and computes what is missing.

    A propagator is an entire function of the amplitude, so many amplitudes of one waveform cost no more
    than the Chebyshev nodes that give it to machine precision from -1 to 1.

    Attributes:
        dt_s: Length of a tick.
    """

    dt_s: float
    _single: dict[Hashable, Matrix] = attrs.field(factory=dict)
    _curves: dict[Hashable, tuple[NDArray[np.float64], Matrix]] = attrs.field(factory=dict)

    def propagators(
        self,
        channel: Channel,
        samples: Matrix,
        *,
        amplitude: NDArray[np.float64],
        detuning_hz: NDArray[np.float64],
    ) -> Matrix:
        """Propagators of one play for several amplitudes and carriers; see `carried`.

        Returns:
            Shape ``(m, d, d)``, or ``(1, d, d)`` where all are the same.
        """
        if (amplitude == amplitude[0]).all() and (detuning_hz == detuning_hz[0]).all():
            amplitude, detuning_hz = amplitude[:1], detuning_hz[:1]
        peak = float(np.abs(samples).max(initial=0.0))
        if peak:  # the nodes reach to amplitude 1, and a weak shape may be scaled by more than that
            samples, amplitude = samples / peak, amplitude * peak
        name = (id(channel), samples.tobytes())
        out = np.empty((len(amplitude), *channel.jump.shape), dtype=np.complex128)
        for detuning in np.unique(detuning_hz):
            chosen = np.flatnonzero(detuning_hz == detuning)
            values, back = np.unique(amplitude[chosen], return_inverse=True)
            found = self._of_carrier(channel, samples, (*name, float(detuning)), values)
            out[chosen] = found[back]
        return out

    def _of_carrier(
        self, channel: Channel, samples: Matrix, key: tuple[int, bytes, float], values: NDArray[np.float64]
    ) -> Matrix:
        nodes = _node_count(channel, samples, self.dt_s)
        is_beyond = values.max() > 1 + _ROUNDING  # a polynomial means nothing outside its nodes
        is_few = key not in self._curves and (len(values) <= max(_FEW, nodes // 2) or nodes > _MOST_NODES)
        if is_beyond or is_few:
            return self._one_by_one(channel, samples, key, values)
        if key not in self._curves:
            angles = np.pi * (np.arange(nodes) + 0.5) / nodes
            _keep(self._curves, key, (angles, carried(channel, samples, np.cos(angles), key[2], self.dt_s)))
        return _interpolated(*self._curves[key], values)

    def _one_by_one(
        self, channel: Channel, samples: Matrix, key: tuple[int, bytes, float], values: NDArray[np.float64]
    ) -> Matrix:
        found = {value: self._single.get((*key, value)) for value in values.tolist()}
        missing = [value for value, matrix in found.items() if matrix is None]
        if missing:
            made = carried(channel, samples, np.array(missing), key[2], self.dt_s)
            found.update(zip(missing, made, strict=True))
            for value in missing[:_MOST_KEPT]:
                _keep(self._single, (*key, value), found[value])
        return np.stack([matrix for matrix in found.values() if matrix is not None])


def _keep(kept: dict[Any, Any], key: Hashable, value: Any) -> None:
    while len(kept) >= _MOST_KEPT:
        kept.pop(next(iter(kept)))
    kept[key] = value


def _node_count(channel: Channel, samples: Matrix, dt_s: float) -> int:
    """Enough for machine precision: Bessel functions of the largest angle fall off fast beyond it."""
    largest = 2 * np.linalg.norm(channel.jump, 2)
    angle = np.pi * channel.rate_hz * dt_s * float(np.abs(samples).sum()) * largest
    return int(24 + 1.5 * angle)


def _interpolated(angles: NDArray[np.float64], found: Matrix, values: NDArray[np.float64]) -> Matrix:
    """Barycentric interpolation at Chebyshev points of the first kind."""
    weights = np.sin(angles) * (-1.0) ** np.arange(len(angles))
    distance = values[:, None] - np.cos(angles)
    exact = distance == 0
    distance[exact.any(axis=1)] = 1.0
    share = np.where(exact.any(axis=1)[:, None], exact, weights / distance)
    share /= share.sum(axis=1, keepdims=True)
    return np.tensordot(share, found, axes=1)
