# SPDX-License-Identifier: Apache-2.0
"""Leakage of CZ is what data were made with; too much of it and unclear data are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from feedline_bringup.experiment import Finding, Plan
from feedline_bringup.routine.leakage import ControlledPhaseLeakage

from .synthetic import ONE, SIGMA, ZERO, known_state

DELAYS_S = 3e-9 * np.arange(1, 11)
LEVEL_2 = 1.6
"""Where level 2 reads, with 0 at 0 and 1 at 1."""


def judged(loss: float, rng: np.random.Generator, *, shots: int = 2000, ones: float = 1.0) -> Finding:
    """What the routine says of gates that each take this share of 11 to the first qubit's level 2."""
    routine, state = ControlledPhaseLeakage(), known_state(t1_s=30e-6, t2_s=30e-6)
    turns = 45e6 * (60e-9 + DELAYS_S)
    added = np.abs(np.exp(2j * np.pi * np.multiply.outer(np.arange(routine.times), turns)).sum(axis=0)) ** 2
    gone, kept = loss * added, 0.97 * ones
    data = [
        _points(np.stack([kept * (1 + (LEVEL_2 - 1) * gone), kept * (1 - gone)], axis=-1), shots, rng),
        _points(np.stack([np.full(10, kept), np.zeros(10)], axis=-1), shots, rng),
        _points(np.stack([np.zeros(10), np.full(10, kept)], axis=-1), shots, rng),
    ]
    plan = Plan(sweeps=(), shots=shots, about={"qubits": (0, 1), "delays_s": DELAYS_S})
    (finding,) = routine.analyse(state, (0, 1), plan, data)
    return finding


def _points(populations: NDArray[np.float64], shots: int, rng: np.random.Generator) -> NDArray[Any]:
    """Points ``(10, shots, 2)`` that read so on average; more than 1 is a shift."""
    bits = (rng.random((shots, *populations.shape)) < populations).swapaxes(0, 1) + np.maximum(populations - 1, 0)[
        :, np.newaxis
    ]
    scatter = SIGMA * (rng.normal(size=bits.shape) + 1j * rng.normal(size=bits.shape))
    found: NDArray[Any] = ZERO + (ONE - ZERO) * bits + scatter
    return found


@pytest.mark.parametrize("loss", [0.0, 1e-3, 2e-3])
def test_small_leakage_is_found_and_accepted(rng: np.random.Generator, loss: float) -> None:
    """Delays do not cover whole turns of the two levels against each other: the mean is right within 40 %."""
    finding = judged(loss, rng)
    assert finding.problem == ""
    leakage = finding.values["leakage"]
    assert abs(leakage.value - loss) < 3 * leakage.error + 0.4 * loss
    assert leakage.error < 1.5e-3


def test_large_leakage_asks_for_another_edge(rng: np.random.Generator) -> None:
    assert "give its pulse another edge or length" in judged(0.015, rng).problem


def test_few_shots_leave_leakage_unclear(rng: np.random.Generator) -> None:
    assert "not clear" in judged(1e-3, rng, shots=50).problem


def test_a_qubit_that_is_never_in_1_is_named(rng: np.random.Generator) -> None:
    assert "readout or x is not calibrated" in judged(1e-3, rng, ones=0.1).problem
