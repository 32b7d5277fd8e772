# SPDX-License-Identifier: Apache-2.0
"""Waveforms as samples: sample k is the shape in the middle of the time that it is held for."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from feedline_hal.errors import PulseError
from feedline_hal.grid import Grid

from .nesting import check_nesting
from .shape import find_shape
from .value import check_value, complex_number, number
from .waveform import Waveform

Samples = NDArray[np.complex128]


def sample(waveform: Waveform, rate_hz: float) -> Samples:
    """Samples of a waveform, amplitude included, shape ``(n,)`` with ``n = duration_s * rate_hz``.

    Raises:
        PulseError: If parameters are unbound, or a sampled waveform has another rate.
        GridError: If the duration, or that of a part, is no whole number of samples.
    """
    rate_hz = number(check_value("rate_hz", rate_hz, unit="samples per second"), "rate_hz")
    if rate_hz <= 0:
        raise PulseError(f"rate_hz is {rate_hz!r}.", remedy="Give a rate above 0, in samples per second.")
    check_nesting("Waveform", waveform, lambda outer: outer.parts)
    return _sample(waveform, rate_hz)


def _sample(waveform: Waveform, rate_hz: float) -> Samples:
    what = f"Waveform '{waveform.shape}'"
    count = Grid(dt_s=1 / rate_hz).ticks(waveform.duration_s, what)
    amplitude = complex_number(waveform.amplitude, f"{what}: amplitude")
    if waveform.shape == "sampled":
        return amplitude * _own_samples(waveform, rate_hz)
    if waveform.shape == "concatenated":
        return amplitude * np.concatenate([_sample(part, rate_hz) for part in waveform.parts])
    if waveform.parts:
        fold = np.sum if waveform.shape == "sum" else np.prod
        stacked = np.stack([_sample(part, rate_hz) for part in waveform.parts])
        return np.asarray(amplitude * fold(stacked, axis=0), dtype=np.complex128)
    parameters = {name: number(value, f"{what}: {name}") for name, value in waveform.parameters}
    middles_s = (np.arange(count, dtype=np.float64) + 0.5) / rate_hz
    values = find_shape(waveform.shape).values(middles_s, number(waveform.duration_s, what), **parameters)
    return np.asarray(amplitude * values, dtype=np.complex128)


def _own_samples(waveform: Waveform, rate_hz: float) -> Samples:
    own_hz = number(dict(waveform.parameters)["rate_hz"], "Waveform 'sampled': rate_hz")
    if not math.isclose(own_hz, rate_hz, rel_tol=1e-9):
        raise PulseError(
            f"Waveform 'sampled' has {own_hz:.10g} samples per second, asked for are {rate_hz:.10g}.",
            remedy="Samples are not interpolated: resample them yourself, or use a parametric waveform.",
        )
    return np.asarray(waveform.samples, dtype=np.complex128)
