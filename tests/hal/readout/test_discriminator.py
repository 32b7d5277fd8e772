# SPDX-License-Identifier: Apache-2.0
"""Points become bits on the side of the line where they lie."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm

from feedline.errors import InputError
from feedline_hal.readout import Discriminator


def test_bit_is_1_beyond_the_line() -> None:
    """Two captures with lines of their own: along 90 degrees beyond 0.5, and along 180 degrees beyond -1."""
    lines = Discriminator([math.pi / 2, math.pi], [0.5, -1.0])
    points = np.array([[0.6j, 0.9], [5 + 0.4j, 1.1], [-7 + 0.51j, -3j]])
    assert lines.classify(points).tolist() == [[True, True], [False, False], [True, True]]
    assert lines.classify(points.astype(np.complex64)[np.newaxis]).shape == (1, 3, 2)


def test_every_point_agrees_with_the_definition(rng: np.random.Generator) -> None:
    angles, thresholds = rng.uniform(-10, 10, 6), rng.normal(size=6)
    points = rng.normal(size=(500, 6)) + 1j * rng.normal(size=(500, 6))
    expected = (points * np.exp(-1j * angles)).real > thresholds
    assert (Discriminator(angles, thresholds).classify(points) == expected).all()


def test_errors_of_two_clouds_are_those_of_their_overlap(rng: np.random.Generator) -> None:
    """Gaussian clouds 3 sigma apart, the line in the middle: erfc's share on the wrong side, within 5 sigma."""
    shots, direction = 40_000, np.exp(0.8j)
    share = norm.sf(1.5)
    noise = (rng.normal(size=(shots, 2)) + 1j * rng.normal(size=(shots, 2))).astype(np.complex64)
    points = noise + np.array([0.0, 3.0 * direction])
    bits = Discriminator([0.8, 0.8], [1.5, 1.5]).classify(points)
    wrong = np.array([bits[:, 0].mean(), 1 - bits[:, 1].mean()])
    assert (abs(wrong - share) < 5 * math.sqrt(share * (1 - share) / shots)).all()


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match=r"angle_rad has shape \(2,\), threshold \(1,\)"):
        Discriminator([0.0, 0.0], [0.0])
    with pytest.raises(InputError, match="threshold of capture 1 is nan"):
        Discriminator([0.0, 0.0], [0.0, math.nan])
    with pytest.raises(InputError, match=r"points have shape \(4, 3\), there are 2 lines"):
        Discriminator([0.0, 0.0], [0.0, 0.0]).classify(np.zeros((4, 3), dtype=complex))


def test_no_captures_give_no_bits() -> None:
    assert Discriminator([], []).classify(np.zeros((4, 0), dtype=complex)).shape == (4, 0)
