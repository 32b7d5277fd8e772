# SPDX-License-Identifier: Apache-2.0
"""Envelopes as outlines: few points where a waveform is straight, enough where it bends."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from feedline_hal.pulse.value import number
from feedline_hal.pulse.waveform import Waveform

Outline = tuple[NDArray[np.float64], NDArray[np.complex128]]

NOTHING: Outline = (np.zeros(0), np.zeros(0, dtype=np.complex128))
"""The outline of a waveform that is never played."""

_MOST_POINTS = 240
_STRAIGHT = 1e-9
_SAMPLES = 200
_PICOSECOND = 1e-12


def outline(waveform: Waveform, rate_hz: float) -> Outline:
    """The outline of a waveform: places from 0 to 1 and complex values; it begins and ends at its edges.

    Args:
        waveform: With numbers only.
        rate_hz: A rate at which it has a whole number of samples.
    """
    samples = waveform.sample(rate_hz)
    if not len(samples):
        return np.array([0.0, 1.0]), np.zeros(2, dtype=np.complex128)
    places = (np.arange(len(samples)) + 0.5) / len(samples)
    places = np.concatenate([[0.0], places, [1.0]])
    values = np.concatenate([samples[:1], samples, samples[-1:]])
    kept = bends(values)
    if len(kept) > _MOST_POINTS:
        kept = kept[np.linspace(0, len(kept) - 1, _MOST_POINTS).astype(int)]
    return places[kept], values[kept]


def natural_rate(waveform: Waveform) -> float:
    """A rate at which a waveform has a whole number of samples, and enough of them to be seen."""
    leaves = list(_leaves(waveform))
    for leaf in leaves:
        if leaf.shape == "sampled":
            return number(dict(leaf.parameters)["rate_hz"], "rate_hz")
    lengths = [number(leaf.duration_s, f"waveform '{leaf.shape}': duration_s") for leaf in leaves]
    if len(set(lengths)) == 1:
        return _SAMPLES / lengths[0] if lengths[0] else 1e9
    step = math.gcd(*(round(length / _PICOSECOND) for length in lengths)) or 1
    return math.ceil(_SAMPLES * step * _PICOSECOND / max(lengths)) / (step * _PICOSECOND)


def _leaves(waveform: Waveform) -> Iterator[Waveform]:
    if not waveform.parts:
        yield waveform
    for part in waveform.parts:
        yield from _leaves(part)


def bends(values: NDArray[np.complex128]) -> NDArray[np.int64]:
    """Indices of points that a line through their neighbours would miss, the ends among them."""
    if len(values) < 3:
        return np.arange(len(values))
    bent = np.abs(np.diff(values, 2)) > _STRAIGHT * max(float(np.abs(values).max()), 1e-300)
    return np.concatenate([[0], np.flatnonzero(bent) + 1, [len(values) - 1]])


def thinned(shape: Outline, points: int) -> Outline:
    """The same with at most so many points, for what is small in the picture; the peak stays."""
    places, values = shape
    if len(places) <= points:
        return shape
    kept = np.unique([*np.linspace(0, len(places) - 1, points).astype(int), int(np.abs(values).argmax())])
    return places[kept], values[kept]
