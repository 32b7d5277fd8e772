# SPDX-License-Identifier: Apache-2.0
"""Routines for CZ find the amplitude and the phases that data were made of, and refuse data without them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from feedline_bringup.experiment import Plan
from feedline_bringup.routine.entangling import ControlledPhaseAmplitude, ControlledPhases

from .synthetic import ONE, SIGMA, ZERO, known_state

ANGLES = np.arange(6) * np.pi / 3
SHOTS = 400


def fringes(phases: NDArray[np.float64], contrast: Any, rng: np.random.Generator, place: int) -> NDArray[Any]:
    """Points ``(6 phases, shots, 2)`` of one qubit's Ramsey fringes; the other stays in 0."""
    shares = 0.5 + 0.5 * np.multiply.outer(np.ones(6), np.broadcast_to(contrast, phases.shape)).T.ravel() * np.cos(
        np.tile(ANGLES, len(phases)) - np.repeat(phases, 6)
    )
    bits = np.zeros((len(shares), SHOTS, 2))
    bits[..., place] = rng.random((len(shares), SHOTS)) < shares[:, np.newaxis]
    scatter = SIGMA * (rng.normal(size=bits.shape) + 1j * rng.normal(size=bits.shape))
    found: NDArray[Any] = ZERO + (ONE - ZERO) * bits + scatter
    return found


def swept(routine: ControlledPhaseAmplitude) -> Plan:
    low, high = routine.fine_reach if routine.is_fine else routine.reach
    factors = np.linspace(low, high, routine.fine_points if routine.is_fine else routine.points)
    return Plan(sweeps=(), shots=SHOTS, about={"qubits": (0, 1), "factors": factors})


@pytest.mark.parametrize("is_fine", [False, True])
def test_amplitude_is_where_the_conditional_phase_passes_pi(rng: np.random.Generator, is_fine: bool) -> None:
    routine, state = ControlledPhaseAmplitude(is_fine=is_fine), known_state(t1_s=30e-6, t2_s=30e-6)
    plan, true = swept(routine), 1.004 if is_fine else 0.93
    factors = plan.about["factors"]
    beyond = (50.0 if is_fine else 12.0) * (factors - true)
    data = [fringes(0.3 + factors, 0.95, rng, 1), fringes(0.3 + factors + np.pi + beyond, 0.95, rng, 1)]
    (finding,) = routine.analyse(state, (0, 1), plan, data)
    assert finding.problem == ""
    factor = finding.values["factor"]
    assert abs(factor.value - true) < 3 * factor.error + 1e-4
    assert factor.error < 0.01


def test_amplitude_without_contrast_is_refused(rng: np.random.Generator) -> None:
    """All that leaks has no fringes, whatever their phase seems to be."""
    routine, state = ControlledPhaseAmplitude(), known_state(t1_s=30e-6, t2_s=30e-6)
    plan = swept(routine)
    factors = plan.about["factors"]
    data = [fringes(factors, 0.95, rng, 1), fringes(factors + np.pi + 12 * (factors - 0.93), 0.1, rng, 1)]
    (finding,) = routine.analyse(state, (0, 1), plan, data)
    assert "does not pass pi with contrast" in finding.problem


def test_amplitude_out_of_reach_is_refused(rng: np.random.Generator) -> None:
    routine, state = ControlledPhaseAmplitude(), known_state(t1_s=30e-6, t2_s=30e-6)
    plan = swept(routine)
    factors = plan.about["factors"]
    data = [fringes(0 * factors, 0.95, rng, 1), fringes(0.5 + 0.5 * factors, 0.95, rng, 1)]
    (finding,) = routine.analyse(state, (0, 1), plan, data)
    assert "does not pass pi with contrast" in finding.problem


def test_phases_are_slopes_over_the_number_of_gates(rng: np.random.Generator) -> None:
    """0.8 rad and -2.9 rad a gate, the latter more than a turn after three of them."""
    routine, state = ControlledPhases(), known_state(t1_s=30e-6, t2_s=30e-6)
    plan = Plan(sweeps=(), shots=SHOTS, about={"qubits": (0, 1)})
    data = [
        fringes(np.array([0.2 + slope * count]), 0.95, rng, place)
        for place, slope in ((0, 0.8), (1, -2.9))
        for count in range(routine.most + 1)
    ]
    (finding,) = routine.analyse(state, (0, 1), plan, data)
    assert finding.problem == ""
    for name, slope in (("phase_0_rad", 0.8), ("phase_1_rad", -2.9)):
        phase = finding.values[name]
        assert abs(phase.value - slope) < 3 * phase.error
        assert phase.error < 0.03


def test_phases_that_jump_about_are_refused(rng: np.random.Generator) -> None:
    routine, state = ControlledPhases(), known_state(t1_s=30e-6, t2_s=30e-6)
    plan = Plan(sweeps=(), shots=SHOTS, about={"qubits": (0, 1)})
    phases = rng.uniform(-np.pi, np.pi, 2 * (routine.most + 1))
    data = [fringes(np.array([one]), 0.95, rng, k // (routine.most + 1)) for k, one in enumerate(phases)]
    (finding,) = routine.analyse(state, (0, 1), plan, data)
    assert "are not on a line" in finding.problem
