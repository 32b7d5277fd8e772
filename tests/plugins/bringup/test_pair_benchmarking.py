# SPDX-License-Identifier: Apache-2.0
"""Benchmarking of CZ finds the error that a simulated device was given, and says when data do not tell it."""

from __future__ import annotations

from typing import Any, cast

import attrs
import numpy as np
import pytest
from qiskit_aer.noise import NoiseModel, coherent_unitary_error, depolarizing_error

from feedline_bringup.experiment import Finding, Plan
from feedline_bringup.report import picture
from feedline_bringup.routine.pair_benchmarking import PairBenchmarking
from feedline_bringup.state import State

from .synthetic import Bench, known_state, measured_by

TIMES_S = {"t1_s": 8e-6, "t2_s": 6e-6}


class Quick(PairBenchmarking):
    """Fewer sequences, more shots: a simulated decay costs time by the circuit."""

    seeds = 8
    shots = 800
    drawn_from = 1


def noise_of(sx: float, cz: float, beyond_rad: float = 0.0) -> NoiseModel:
    """Depolarisation after each ``sx`` and CZ, and a phase that CZ gives to 11 too much."""
    made = NoiseModel(basis_gates=["rz", "sx", "cz"])
    made.add_all_qubit_quantum_error(depolarizing_error(sx, 1), "sx")
    turn = coherent_unitary_error(np.diag([1, 1, 1, np.exp(1j * beyond_rad)]))
    made.add_all_qubit_quantum_error(turn.compose(depolarizing_error(cz, 2)), "cz")
    return made


def planned(routine: PairBenchmarking, state: State) -> Plan:
    (plan,) = routine.plan(state, [0, 1], cast("Any", Bench()))
    return plan


def found(routine: PairBenchmarking, state: State, plan: Plan, data: list[Any]) -> Finding:
    (finding,) = routine.analyse(state, plan.about["qubits"], plan, data)
    return finding


@pytest.mark.parametrize(("cz", "beyond_rad"), [(0.012, 0.0), (0.008, 0.15)])
def test_error_of_cz_is_found_within_three_errors(rng: np.random.Generator, cz: float, beyond_rad: float) -> None:
    """Depolarisation by ``l`` is an infidelity of ``3 l / 4``; a phase beyond by ``a`` of ``3/10 (1 - cos a)``."""
    routine, state = Quick(), known_state(**TIMES_S)
    plan = planned(routine, state)
    finding = found(routine, state, plan, measured_by(plan, noise_of(0.006, cz, beyond_rad), rng))
    assert finding.problem == ""
    # To first order in both; what is beyond that is far below the error bar.
    expected = 0.75 * cz + 0.3 * (1 - np.cos(beyond_rad))
    error = finding.values["error"]
    assert abs(error.value - expected) < 3 * error.error
    assert error.error < 0.25 * expected
    layer = finding.values["layer_error"]
    assert abs(layer.value - 0.75 * 0.8 * 2 * 0.006) < 3 * layer.error + 1e-4
    assert picture(routine, [finding]).startswith("<svg")


def test_wrong_readout_does_not_move_the_error(rng: np.random.Generator) -> None:
    """Levels that lie elsewhere than thought scale what is left of the state, and move none of its decay."""
    routine, state = Quick(), known_state(**TIMES_S)
    plan = planned(routine, state)
    data = measured_by(plan, noise_of(0.006, 0.012), rng)
    wrong = state.knowing(0, zero=0.25, one=1.05).knowing(1, zero=0.15, one=1.2)
    error = found(routine, wrong, plan, data).values["error"]
    assert abs(error.value - 0.009) < 3 * error.error
    assert error.error < 0.25 * 0.009


def test_noise_alone_is_refused(rng: np.random.Generator) -> None:
    routine, state = Quick(), known_state(**TIMES_S)
    plan = planned(routine, state)
    data = [rng.normal(size=(routine.seeds, 100, 2)) + 0j for _ in plan.sweeps]
    assert "layers" in found(routine, state, plan, data).problem


def test_too_few_shots_leave_the_error_unclear(rng: np.random.Generator) -> None:
    routine, state = Quick(), known_state(**TIMES_S)
    plan = attrs.evolve(planned(routine, state), shots=10)
    finding = found(routine, state, plan, measured_by(plan, noise_of(0.006, 0.003), rng))
    assert finding.problem.startswith(("the error of CZ is not clear", "layers"))


def test_lengths_follow_the_coherence_times_and_fit_the_device() -> None:
    """Ten times shorter times: a tenth of the layers; never longer than what can be played."""
    routine, bench = PairBenchmarking(), cast("Any", Bench())
    short, long = (routine.lengths(known_state(t1_s=t, t2_s=t), (0, 1), bench, has_cz=True) for t in (6e-6, 60e-6))
    assert short[0] == long[0] == 1
    assert long[-1] == pytest.approx(10 * short[-1], rel=0.1)
    endless = routine.lengths(known_state(t1_s=1.0, t2_s=1.0), (0, 1), bench, has_cz=True)
    assert 100e-6 < endless[-1] * 100e-9 < 400e-6


def test_sequences_end_where_they_are_signed_for(rng: np.random.Generator) -> None:
    """Without noise every shot of every sequence is in the level that its sign stands for."""
    routine, state = Quick(), known_state(**TIMES_S)
    plan = planned(routine, state)
    plan = attrs.evolve(plan, sweeps=(plan.sweeps[1], plan.sweeps[-2]), shots=3)
    flips = plan.about["flips"][1], plan.about["flips"][-2]
    for points, own in zip(measured_by(plan, NoiseModel(), rng), flips, strict=True):
        bits = (state.signal(0, points) > 0.5).mean(axis=1)
        assert np.array_equal(np.round(bits).astype(int), own)
        assert sorted(map(tuple, own.tolist())) == sorted(2 * [(0, 0), (0, 1), (1, 0), (1, 1)])
