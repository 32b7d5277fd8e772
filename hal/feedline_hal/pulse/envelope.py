# SPDX-License-Identifier: Apache-2.0
"""The built-in shapes: formulas in time, of peak about 1, from 0 to the duration.

Each takes times of shape ``(n,)`` in seconds and gives values of shape ``(n,)``.

Sources: Krantz et al., Appl. Phys. Rev. 6, 021318 (2019), sec. IV; for DRAG: Motzoi et al., Phys. Rev. Lett.
103, 110501 (2009). Names and parameters are those of OpenPulse's waveform functions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.float64]


def constant(t_s: Times, duration_s: float) -> Times:
    """1."""
    return np.ones_like(t_s)


def gaussian(t_s: Times, duration_s: float, *, sigma_s: float) -> Times:
    """``exp(-(t - T/2)^2 / (2 sigma^2))``: truncated, not lifted, so it does not begin at 0."""
    return np.exp(-0.5 * ((t_s - duration_s / 2) / sigma_s) ** 2)


def gaussian_square(t_s: Times, duration_s: float, *, sigma_s: float, width_s: float) -> Times:
    """1 for ``width_s`` in the middle, with Gaussian edges."""
    beyond_s = np.maximum(np.abs(t_s - duration_s / 2) - width_s / 2, 0.0)
    return np.exp(-0.5 * (beyond_s / sigma_s) ** 2)


def drag(t_s: Times, duration_s: float, *, sigma_s: float, beta_s: float) -> NDArray[np.complex128]:
    """``g + i beta dg/dt`` with the Gaussian ``g``."""
    slope_hz = -(t_s - duration_s / 2) / sigma_s**2
    return gaussian(t_s, duration_s, sigma_s=sigma_s) * (1 + 1j * beta_s * slope_hz)


def cosine(t_s: Times, duration_s: float) -> Times:
    """``(1 - cos(2 pi t / T)) / 2``: begins and ends at 0 with slope 0."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * t_s / duration_s)


def sech(t_s: Times, duration_s: float, *, sigma_s: float) -> Times:
    """``1 / cosh((t - T/2) / sigma)``."""
    decay: Times = np.exp(-np.abs(t_s - duration_s / 2) / sigma_s)  # cosh itself overflows far from the middle
    return 2 * decay / (1 + decay**2)


def sine(t_s: Times, duration_s: float, *, frequency_hz: float, phase_rad: float) -> Times:
    """``sin(2 pi f t + phase)``, ``t`` from the start of the waveform."""
    return np.sin(2 * np.pi * frequency_hz * t_s + phase_rad)
