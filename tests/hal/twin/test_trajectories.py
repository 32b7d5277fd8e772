# SPDX-License-Identifier: Apache-2.0
"""Pure states that jump: on average they are density matrices, and shots of many transmons agree with themselves."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from twin_lab import RUNG_HZ, chip, density, field, frequencies, gaussian, on_resonance, transmon

from feedline_hal.twin.chip import Chip, Coupler, Resonator
from feedline_hal.twin.operator import decay, driven
from feedline_hal.twin.processor import Processor
from feedline_hal.twin.propagator import pair_superoperator, single_superoperators
from feedline_hal.twin.scene import Scene
from feedline_hal.twin.trajectories import kraus
from feedline_hal.twin.trajectory_run import TrajectoryRun
from feedline_hal.twin.watch import watches

QUIET = {"t1_s": 1.0, "t2_s": 1.0}
LINE_HZ = 6.9e9


def test_operators_make_up_the_superoperator() -> None:
    """One transmon and two, driven and decaying: the sum of K x K* is what it was, and probabilities add up to 1."""
    qubit = transmon(t1_s=1e-6, t2_s=0.7e-6, thermal_population=0.1)
    samples = gaussian(0.4).astype(complex)
    single = single_superoperators(driven(qubit, samples, 3e6)[np.newaxis], decay(qubit), 1e-9)[0]
    rng = np.random.default_rng(2)
    raw = rng.normal(size=(8, 9, 9)) + 1j * rng.normal(size=(8, 9, 9))
    pair = pair_superoperator(1e7 * (raw + raw.conj().swapaxes(1, 2)), (decay(qubit), decay(qubit)), 1e-9)
    for superoperator, transmons in ((single, 1), (pair, 2)):
        made = kraus(superoperator, transmons)
        levels = 3**transmons
        assert np.einsum("nba,nbc->ac", made.conj(), made) == pytest.approx(np.eye(levels), abs=1e-6)
        found = np.einsum("nab,ncd->acbd", made, made.conj())
        shaped = superoperator.reshape((3,) * (4 * transmons))
        rows, columns = range(0, 4 * transmons, 2), range(1, 4 * transmons, 2)
        expected = shaped.transpose(*rows, *columns).reshape((levels,) * 4).transpose(0, 2, 1, 3)
        assert found == pytest.approx(expected, abs=1e-9)


def test_shots_are_on_average_the_density_matrix() -> None:
    """Two coupled, driven, warm, decaying in 2 us: 20,000 shots, four standard deviations of a coherence are 0.015."""
    changes = {"t1_s": 2e-6, "t2_s": 1.5e-6, "thermal_population": 0.05}
    first, second = transmon(0, **changes), transmon(1, frequency_hz=4.95e9, **changes)
    coupler = Coupler(qubits=(1, 0), port="c", exchange_hz_per_v=10e6, shift_hz_per_v2=40e6, idle_zz_hz=300e3)
    whole = chip(first, second, couplers=[coupler])
    envelope, volts = np.zeros((2, 600), dtype=complex), np.zeros((2, 600))
    envelope[:, 20:60] = [gaussian(0.3), gaussian(0.2) * 1j]
    volts[:, 100:118] = [[1.0], [0.7]]
    fields = {"d0": field(on_resonance(envelope, first.frequency_hz)), "c": field(volts, 0.0)}
    expected = density(whole, fields, 600e-9)
    scene = Scene.of(whole, fields, frequencies(whole), 2)
    run = TrajectoryRun(Processor(whole), scene, (0, 1), [20_000, 20_000], np.random.default_rng(3))
    found = run.density(600e-9).reshape(2, 3, 3, 3, 3).transpose(0, 1, 3, 2, 4).reshape(2, 9, 9)
    assert found == pytest.approx(expected, abs=0.015)
    assert np.abs(expected[0] - expected[1]).max() > 0.1


def test_three_on_two_couplers_at_once_turn_as_the_density_matrix() -> None:
    """Without decay a shot is the density matrix: two programs, couplers that overlap while a neighbour is driven."""
    qubits = [transmon(index, frequency_hz=5.0e9 - 30e6 * index, **QUIET) for index in range(3)]
    couplers = [Coupler(qubits=(k, k + 1), port=f"c{k}", exchange_hz_per_v=10e6) for k in range(2)]
    whole = chip(*qubits, couplers=couplers)
    envelope, volts = np.zeros((2, 120), dtype=complex), np.zeros((2, 120))
    envelope[:, :40] = [gaussian(0.3), gaussian(0.2) * 1j]
    volts[:, 30:70] = [[1.0], [0.7]]
    fields = {"d0": field(on_resonance(envelope, 5.0e9))}
    fields |= {f"c{k}": field(np.roll(volts, 10 * k, axis=1), 0.0) for k in range(2)}
    scene = Scene.of(whole, fields, frequencies(whole), 2)
    run = TrajectoryRun(Processor(whole), scene, (0, 1, 2), [3, 2], np.random.default_rng(3))
    found = run.density(120e-9).reshape(2, *(3,) * 6).transpose(0, 1, 3, 5, 2, 4, 6).reshape(2, 27, 27)
    assert found == pytest.approx(density(whole, fields, 120e-9), abs=1e-5)


def chain(num_qubits: int) -> Chip:
    """Transmons in a line, each with a little of its neighbours' at rest, so that all share a state."""
    qubits = []
    for index in range(num_qubits):
        own = Resonator(
            port="line", frequency_hz=RUNG_HZ[0] + 60e6 * index, chi_hz=2e6, kappa_hz=4e6, photons_per_v2=1e6
        )
        one = transmon(0, frequency_hz=5.0e9, **QUIET)
        qubits.append(attrs.evolve(one, index=index, port=f"d{index}", resonator=own))
    couplers = [
        Coupler(qubits=(k, k + 1), port=f"c{k}", exchange_hz_per_v=10e6, idle_zz_hz=1.0) for k in range(num_qubits - 1)
    ]
    return chip(*qubits, couplers=couplers)


def heard(index: int, start: int, count: int, total: int) -> np.ndarray:
    made = np.zeros(total, dtype=complex)
    made[start : start + count] = 0.02
    return on_resonance(made, RUNG_HZ[0] + 60e6 * index - 1e6, LINE_HZ)[0]


@pytest.mark.parametrize("num_qubits", [5, 6])
def test_many_transmons_are_measured_over_and_over(num_qubits: int) -> None:
    """A pair shares an excitation; one is measured twice, then flipped, then all are: every shot is consistent."""
    total = 3000
    made = chain(num_qubits)
    drive = {index: np.zeros(total) for index in range(num_qubits)}
    drive[0][:40] = gaussian(0.5)
    for index in range(2, num_qubits):
        drive[index][:40] = gaussian(0.25)
    drive[1][1500:1540] = gaussian(0.5)
    swap = np.zeros(total)
    swap[50:62] = 12.5 / 12
    ends = [heard(index, 1700, 400, total) for index in range(num_qubits)]
    line = np.sum([heard(1, 100, 400, total), heard(1, 900, 400, total), heard(3, 100, 400, total), *ends], axis=0)
    fields = {f"d{index}": field(samples, 5.0e9) for index, samples in drive.items()}
    fields |= {"c0": field(swap, 0.0), "line": field(line, LINE_HZ)}
    (found,) = Processor(made).play(fields, frequencies(made), [1000], np.random.default_rng(1))
    seen = {
        index: [one.levels[:, one.span.qubits.index(index)] for one in found if index in one.span.qubits]
        for index in range(num_qubits)
    }
    early, again, late = seen[1]
    assert early.mean() == pytest.approx(0.5, abs=0.07)
    assert (early == again).mean() > 0.99
    assert (again != late).mean() > 0.98
    assert (early + seen[0][-1] == 1).mean() > 0.98
    assert (seen[3][0] == seen[3][-1]).mean() > 0.98
    assert abs(np.corrcoef(early, seen[2][-1])[0, 1]) < 0.12


def test_shots_in_portions_are_all_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """More shots than fit at once, of two programs that have not equally many."""
    monkeypatch.setattr("feedline_hal.twin.trajectory_run._MOST_ELEMENTS", 3**5 * 60)
    made = chain(5)
    line = heard(1, 100, 400, 1600) + heard(1, 900, 400, 1600)
    drive = np.zeros(1600)
    drive[:40] = gaussian(0.25)
    fields = {f"d{index}": field(np.tile(drive, (2, 1)), 5.0e9) for index in range(5)}
    fields["line"] = field(np.tile(line, (2, 1)), LINE_HZ)
    found = Processor(made).play(fields, frequencies(made), [100, 75], np.random.default_rng(1))
    for program, shots in zip(found, (100, 75), strict=True):
        first, last = (one for one in program if 1 in one.span.qubits and one.levels.any())
        assert first.levels.shape[0] == last.levels.shape[0] == shots
        levels = [one.levels[:, one.span.qubits.index(1)] for one in (first, last)]
        assert (levels[0] == levels[1]).mean() > 0.97
        assert 0.3 < levels[0].mean() < 0.7


@pytest.mark.parametrize("phase_rad", [0.0, 1.2, 2.6])
def test_a_tone_that_is_not_sure_kicks_and_projects_single_shots(
    monkeypatch: pytest.MonkeyPatch, phase_rad: float
) -> None:
    """Quarter turn, tone, quarter turn: 1/2 + Re(c exp(-i phase)) / 2 are in 1; without the last, 1 - |c|/2 agree."""
    monkeypatch.setattr("feedline_hal.twin.trajectory_run._MANY", 1)
    qubit = transmon(**QUIET)
    line = heard(0, 600, 400, 1400) + 0.03 * heard(0, 50, 400, 1400)
    rows = np.zeros((2, 1400), dtype=complex)
    rows[:, :40] = gaussian(0.25)
    rows[0, 500:540] = gaussian(0.25) * np.exp(1j * phase_rad)
    fields = {"d0": field(rows, qubit.frequency_hz), "line": field(np.tile(line, (2, 1)), LINE_HZ)}
    weak = next(watches(chip(qubit), fields, 3)).factors[0, 0]
    assert 0.2 < abs(weak) < 0.8
    shots = [10_000, 10_000]
    turned, plain = Processor(chip(qubit)).play(fields, frequencies(chip(qubit)), shots, np.random.default_rng(4))
    assert turned[-1].levels.mean() == pytest.approx(0.5 + 0.5 * (weak * np.exp(-1j * phase_rad)).real, abs=0.025)
    assert (plain[0].levels == plain[1].levels).mean() == pytest.approx(1 - abs(weak) / 2, abs=0.02)
