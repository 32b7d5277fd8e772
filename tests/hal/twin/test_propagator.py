# SPDX-License-Identifier: Apache-2.0
"""Superoperators of pulses against QuTiP's exponentials, element by element."""

from __future__ import annotations

import numpy as np
import pytest
import qutip
from twin_lab import RATE_HZ, collapses, gaussian, stepped, transmon, transmon_hamiltonian

from feedline_hal.twin.chip import Coupler
from feedline_hal.twin.component import embedded
from feedline_hal.twin.operator import decay, driven, exchange, rest
from feedline_hal.twin.propagator import pair_superoperator, rest_superoperator, single_superoperators


def _rows(superoperator: qutip.Qobj, size: int) -> np.ndarray:
    """QuTiP stacks columns, the twin rows."""
    shaped = superoperator.full().reshape((size,) * 4)
    return shaped.transpose(1, 0, 3, 2).reshape(size**2, size**2)


def test_a_single_pulse_is_qutips_to_a_millionth() -> None:
    """40 ns, DRAG and detuned, T1 38 us, T2 50 us, 2 % thermal."""
    qubit = transmon(thermal_population=0.02)
    envelope = gaussian(0.5)
    samples = envelope + 0.4e-9j * np.gradient(envelope, 1 / RATE_HZ)
    made = single_superoperators(driven(qubit, samples, 3e6)[np.newaxis], decay(qubit), 1 / RATE_HZ)[0]
    at = transmon_hamiltonian(qubit, 3e6)
    expected = stepped([at(one) for one in samples], collapses(qubit), 1 / RATE_HZ)
    assert made == pytest.approx(_rows(expected, 3), abs=1e-6)


def test_rest_is_exact() -> None:
    qubit = transmon(thermal_population=0.05)
    expected = (qutip.liouvillian(transmon_hamiltonian(qubit, 0.0)(0), collapses(qubit)) * 1e-6).expm()
    assert rest_superoperator(rest(qubit), decay(qubit), 1e-6) == pytest.approx(_rows(expected, 3), abs=1e-9)


def test_a_pulse_on_two_is_qutips_to_a_millionth() -> None:
    """A coupler's pulse acts on every product state as QuTiP's solver says."""
    qubits = transmon(0), transmon(1, frequency_hz=4.75e9)
    coupler = Coupler(qubits=(0, 1), port="c", exchange_hz_per_v=8e6, shift_hz_per_v2=-40e6)
    volts = np.sin(np.pi * (np.arange(24) + 0.5) / 24)
    still = embedded(rest(qubits[0], 50e6)[np.newaxis], (0,), 2) + embedded(rest(qubits[1])[np.newaxis], (1,), 2)
    hamiltonians = still + exchange(coupler, volts)
    made = pair_superoperator(hamiltonians, (decay(qubits[0]), decay(qubits[1])), 1 / RATE_HZ)
    one = qutip.qeye(3)
    jumps = [qutip.tensor(jump, one) for jump in collapses(qubits[0])]
    jumps += [qutip.tensor(one, jump) for jump in collapses(qubits[1])]
    rng = np.random.default_rng(1)
    kets = [qutip.Qobj(rng.normal(size=3) + 1j * rng.normal(size=3)).unit() for _ in qubits]
    rho = qutip.tensor(kets[0].proj(), kets[1].proj())
    start = np.kron(kets[0].proj().full().reshape(-1), kets[1].proj().full().reshape(-1))
    for hamiltonian in hamiltonians:
        step = qutip.Qobj(hamiltonian, dims=[[3, 3], [3, 3]])
        options = {"atol": 1e-12, "rtol": 1e-10}
        rho = qutip.mesolve(step, rho, [0, 1 / RATE_HZ], jumps, options=options).states[-1]
    found = (made @ start).reshape(3, 3, 3, 3).transpose(0, 2, 1, 3).reshape(9, 9)
    assert found == pytest.approx(rho.full(), abs=1e-6)


@pytest.mark.parametrize("thermal_population", [0.0, 0.01, 0.1])
def test_coherence_of_the_lower_levels_falls_with_t2_however_warm(thermal_population: float) -> None:
    """exp(-t/T2) exactly; populations of 0 and 1 are thermal in the end."""
    qubit = transmon(t1_s=40e-6, t2_s=50e-6, thermal_population=thermal_population)
    rho = np.full((3, 3), 0.5, dtype=complex)
    rho[2, :] = rho[:, 2] = 0
    for time_s in (1e-6, 20e-6, 90e-6):
        after = (rest_superoperator(rest(qubit), decay(qubit), time_s) @ rho.reshape(-1)).reshape(3, 3)
        assert abs(after[0, 1]) == pytest.approx(0.5 * np.exp(-time_s / 50e-6), rel=1e-4)
    late = (rest_superoperator(rest(qubit), decay(qubit), 2e-3) @ rho.reshape(-1)).reshape(3, 3)
    ratio = thermal_population / (1 - thermal_population)
    assert late[1, 1] / late[0, 0] == pytest.approx(ratio, abs=1e-6)


def test_superpositions_with_the_third_level_dephase_as_those_of_a_frequency_that_wanders() -> None:
    """White noise of the frequency takes 1 and 2 apart as fast as 0 and 1, and 0 and 2 four times as fast."""
    qubit = transmon(t1_s=1.0, t2_s=10e-6)
    after = (rest_superoperator(rest(qubit), decay(qubit), 5e-6) @ np.full(9, 1 / 3, dtype=complex)).reshape(3, 3)
    left = 3 * np.abs(after)
    assert left[0, 1] == pytest.approx(np.exp(-0.5), abs=1e-4)
    assert left[1, 2] == pytest.approx(np.exp(-0.5), abs=1e-4)
    assert left[0, 2] == pytest.approx(np.exp(-2.0), abs=1e-4)
