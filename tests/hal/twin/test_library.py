# SPDX-License-Identifier: Apache-2.0
"""Pulses that are alike are made once."""

from __future__ import annotations

import numpy as np

from feedline_hal.twin.library import TOLERANCE, Library


def test_alike_pulses_are_made_once_and_others_apart(rng: np.random.Generator) -> None:
    """300 pulses of 20 kinds in two calls, with rounding: 20 are made, and each gets its own."""
    kinds = rng.normal(size=(20, 40)) + 1j * rng.normal(size=(20, 40))
    chosen = rng.integers(0, 20, 300)
    pulses = kinds[chosen] * (1 + 0.1 * TOLERANCE * rng.uniform(-1, 1, (300, 40)))
    library = Library()
    for some in (slice(0, 150), slice(150, 300)):
        made, which = library.superoperators("q", pulses[some], lambda given: given[:, :1, np.newaxis])
        assert np.allclose(made[which, 0, 0], kinds[chosen[some], 0], atol=1e-4)
    assert library.misses == 20
    assert library.hits == 280


def test_a_pulse_of_zeros_and_a_weak_one_are_told_apart() -> None:
    library = Library()
    pulses = np.zeros((3, 8), dtype=complex)
    pulses[1, 3] = 1e-9
    _, which = library.superoperators("q", pulses, lambda given: np.zeros((len(given), 1, 1), dtype=complex))
    assert which[0] == which[2] != which[1]


def test_a_full_shelf_is_begun_anew_and_every_pulse_still_gets_its_own(rng: np.random.Generator) -> None:
    """More kinds than are kept, some of them known from before: what stood on the old shelf is not looked for."""
    kinds = rng.normal(size=(5000, 8)) + 1j * rng.normal(size=(5000, 8))
    library = Library()
    for some in (slice(0, 3000), slice(2000, 5000)):
        made, which = library.superoperators("q", kinds[some], lambda given: given[:, :1, np.newaxis])
        assert np.array_equal(made[which, 0, 0], kinds[some, 0])
