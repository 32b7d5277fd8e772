# SPDX-License-Identifier: Apache-2.0
"""Propagators looked up by amplitude."""

from __future__ import annotations

import numpy as np
import pytest

from feedline_hal.testing.library import Library
from feedline_hal.testing.model import reference_model
from feedline_hal.testing.propagator import carried


@pytest.mark.parametrize("most", [1.0, 40.0])
def test_weak_shapes_may_be_scaled_beyond_amplitude_one(most) -> None:
    """What counts is what the port emits; a curve through nodes is not followed beyond them."""
    channel = reference_model(1).channels["q0_drive"]
    samples = np.linspace(0.5, 1.0, 32).astype(np.complex128) / most
    amplitude = np.linspace(0, most, 200)
    found = Library(1e-9).propagators(channel, samples, amplitude=amplitude, detuning_hz=np.zeros(200))
    np.testing.assert_allclose(found, carried(channel, samples, amplitude, 0.0, 1e-9), atol=1e-9)
    beyond = np.linspace(0, 1.5 * most, 200)  # more than full scale, which no port lets through
    found = Library(1e-9).propagators(channel, samples, amplitude=beyond, detuning_hz=np.zeros(200))
    np.testing.assert_allclose(found, carried(channel, samples, beyond, 0.0, 1e-9), atol=1e-9)
