# SPDX-License-Identifier: Apache-2.0
"""Errors that follow from a chip alone, against Qiskit's channels and against shots drawn one by one."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from qiskit.quantum_info import Kraus, average_gate_fidelity

from feedline_hal.twin.chip import Qubit
from feedline_hal.twin.random_chip import random_chip
from feedline_hal.twin.theory_error import coherence_limit, misreads
from feedline_hal.twin.theory_readout import Clouds


def relaxation(duration_s: float, qubit: Qubit) -> Kraus:
    """Decay and dephasing as Kraus operators."""
    lost = 1 - np.exp(-duration_s / qubit.t1_s)
    flip = 0.5 * (1 - np.exp(-duration_s * (1 / qubit.t2_s - 0.5 / qubit.t1_s)))
    decay = Kraus([np.diag([1, np.sqrt(1 - lost)]), np.sqrt(lost) * np.array([[0, 1], [0, 0]])])
    return decay.compose(Kraus([np.sqrt(1 - flip) * np.eye(2), np.sqrt(flip) * np.diag([1, -1])]))


@pytest.mark.parametrize("duration_s", [40e-9, 3e-6])
def test_limit_is_the_average_gate_infidelity_of_decay(duration_s: float) -> None:
    first, second = random_chip(2, 5).qubits
    one, two = relaxation(duration_s, first), relaxation(duration_s, second)
    assert coherence_limit(duration_s, first) == pytest.approx(1 - average_gate_fidelity(one), rel=1e-9)
    assert coherence_limit(duration_s, first, second) == pytest.approx(
        1 - average_gate_fidelity(one.tensor(two)), rel=1e-9
    )


@pytest.mark.parametrize(("noise", "thermal", "t1_s"), [(0.15, 0.01, 40e-6), (0.25, 0.0, 4e-6), (0.1, 0.05, 1e-6)])
def test_misreads_are_those_of_shots_that_jump_when_they_like(noise: float, thermal: float, t1_s: float) -> None:
    """400,000 shots: each level drawn, its first jump drawn, the point what was gathered until then; 4 sigma."""
    rng = np.random.default_rng(2)
    gathered = np.linspace(0, 1, 251)[1:] ** 1.7
    known = Clouds(angle_rad=0.0, zero=0.2, one=1.2, noise=noise, gathered=gathered, sample_s=0.8e-9)
    qubit = attrs.evolve(random_chip(1, 0).qubits[0], t1_s=t1_s, t2_s=t1_s, thermal_population=thermal)
    shots = 400_000
    for prepared, told in enumerate(misreads(qubit, known)):
        level = np.where(rng.random(shots) < thermal, 1 - prepared, prepared)
        rate = np.where(level == 1, 1 - thermal, thermal) / t1_s
        jump_s = rng.exponential(1.0, shots) / np.maximum(rate, 1e-30)
        share = np.interp(jump_s, (np.arange(250) + 0.5) * 0.8e-9, gathered, left=0.0, right=1.0)
        position = np.where(level == 1, share, 1 - share) + 0.2 + rng.normal(0, noise, shots)
        read = position > known.threshold
        wrong = float((read != prepared).mean())
        assert wrong == pytest.approx(told, abs=4 * np.sqrt(told / shots) + 1e-5)
