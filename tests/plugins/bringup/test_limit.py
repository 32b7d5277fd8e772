# SPDX-License-Identifier: Apache-2.0
"""The coherence limit is what Qiskit's relaxation channel loses, and the published formula for short times."""

from __future__ import annotations

import pytest
from qiskit.quantum_info import SuperOp, average_gate_fidelity
from qiskit_aer.noise import thermal_relaxation_error

from feedline_bringup.fitting import Measured
from feedline_bringup.routine.limit import beside_limit, coherence_limit
from feedline_bringup.state import QubitFacts

TIMES_S = [(30e-6, 20e-6), (50e-6, 70e-6)]


@pytest.mark.parametrize("duration_s", [40e-9, 5e-6])
def test_limit_is_the_infidelity_of_relaxation(duration_s: float) -> None:
    channels = [SuperOp(thermal_relaxation_error(t1_s, t2_s, duration_s)) for t1_s, t2_s in TIMES_S]
    one = 1 - average_gate_fidelity(channels[0])
    both = 1 - average_gate_fidelity(channels[0].expand(channels[1]))
    assert coherence_limit(duration_s, TIMES_S[:1]) == pytest.approx(one, rel=1e-9)
    assert coherence_limit(duration_s, TIMES_S) == pytest.approx(both, rel=1e-9)


def test_limit_of_a_short_gate_is_two_fifths_of_all_rates() -> None:
    rates_per_s = sum(1 / t1_s + (1 / t2_s - 0.5 / t1_s) for t1_s, t2_s in TIMES_S)
    assert coherence_limit(1e-9, TIMES_S) == pytest.approx(0.4 * 1e-9 * rates_per_s, rel=1e-3)


def test_without_coherence_times_there_is_no_limit() -> None:
    error, known = Measured(0.004, 0.0004), QubitFacts(t1_s=30e-6, t2_s=20e-6)
    assert beside_limit(error, 40e-9, [known, QubitFacts(t1_s=30e-6)]) == {}
    told = beside_limit(error, 40e-9, [known])
    assert told["times_limit"].value == pytest.approx(0.004 / told["limit"].value)
    assert told["times_limit"].error == pytest.approx(0.1 * told["times_limit"].value)
