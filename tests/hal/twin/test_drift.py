# SPDX-License-Identifier: Apache-2.0
"""Chips that drift."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from twin_lab import chip, transmon

from feedline_hal.twin.drift import Drift


def test_walks_spread_as_the_root_of_time() -> None:
    """Over 400 chips: the spread after an hour is what the file says, after four hours twice that."""
    for hours, factor in ((1, 1.0), (4, 2.0)):
        shifts, logarithms = [], []
        for seed in range(400):
            made = attrs.evolve(chip(transmon()), seed=seed, drift_t1=0.2, drift_hz=30e3)
            (moved,) = Drift(made).at(3600.0 * hours).qubits
            shifts.append(moved.frequency_hz - 5.0e9)
            logarithms.append(np.log(moved.t1_s / 38e-6))
        assert np.std(shifts) == pytest.approx(30e3 * factor, rel=0.12)
        assert np.std(logarithms) == pytest.approx(0.2 * factor, rel=0.12)
        assert np.mean(shifts) == pytest.approx(0, abs=5e3 * factor)


def test_a_time_has_one_chip_in_whatever_order_it_is_asked_for() -> None:
    made = attrs.evolve(chip(transmon()), drift_t1=0.2, drift_hz=30e3)
    late = Drift(made).at(7200.0)
    one = Drift(made)
    one.at(60.0)
    assert one.at(7200.0) == late
    assert one.at(0.0) == made


def test_t2_stays_within_what_t1_allows_and_nothing_drifts_unless_told() -> None:
    made = attrs.evolve(chip(transmon(t1_s=20e-6, t2_s=40e-6)), drift_t1=1.0)
    for hours in range(1, 30):
        (moved,) = Drift(made).at(3600.0 * hours).qubits
        assert moved.t2_s == pytest.approx(2 * moved.t1_s)
    assert Drift(chip(transmon())).at(1e6) == chip(transmon())
