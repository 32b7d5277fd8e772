# SPDX-License-Identifier: Apache-2.0
"""Measurements: levels, what they leave behind, weak ones, those that overlap with drives."""

from __future__ import annotations

import math

import numpy as np
import pytest
import qutip
from scipy.stats import binomtest
from twin_lab import CHI_HZ, KAPPA_HZ, chip, field, frequencies, gaussian, on_resonance, tone, transmon

from feedline_hal.twin.chip import Chip, Coupler, Qubit
from feedline_hal.twin.field import Field
from feedline_hal.twin.processor import Processor
from feedline_hal.twin.sensed import Sensed
from feedline_hal.twin.watch import SURE, watches

QUIET = {"t1_s": 1.0, "t2_s": 1.0}
SHOTS = 20_000
LINE_HZ = 6.9e9


def sensed(of: Chip, fields: dict[str, Field], shots: int = SHOTS, seed: int = 1) -> list[list[Sensed]]:
    programs = len(next(iter(fields.values())).volts)
    return Processor(of).play(fields, frequencies(of), [shots] * programs, np.random.default_rng(seed))


def driven(qubit: Qubit, *pulses: tuple[int, float], total: int) -> Field:
    """Gaussian pulses: first sample and part of a turn."""
    envelope = np.zeros(total)
    for start, turn in pulses:
        envelope[start : start + 40] = gaussian(turn)
    lo_hz = qubit.frequency_hz  # where a sampled field is what it was before it was sampled
    return field(on_resonance(envelope, qubit.frequency_hz, lo_hz), lo_hz)


def seen(found: list[Sensed], index: int) -> list[np.ndarray]:
    """Levels of one transmon, measurement by measurement."""
    return [one.levels[:, one.span.qubits.index(index)] for one in found if index in one.span.qubits]


def line(*tones: np.ndarray) -> Field:
    return field(np.sum(tones, axis=0), LINE_HZ)


@pytest.mark.parametrize("turn", [0.0, 0.1, 0.25, 0.4, 0.5])
def test_shots_are_binomial(turn: float) -> None:
    """sin^2(pi turn) of 20,000 shots; a p-value below 1e-4 would be bad luck once in 2,000 seeds."""
    qubit = transmon(anharmonicity_hz=-3e9, **QUIET)
    fields = {"d0": driven(qubit, (0, turn), total=600), "line": line(tone(0, 50, 400, 600))}
    (one,) = sensed(chip(qubit), fields)[0]
    probability = min(1.0, max(0.0, math.sin(math.pi * turn) ** 2))
    expected = min(0.9999, max(1e-4, probability))
    assert binomtest(int((one.levels == 1).sum()), SHOTS, expected).pvalue > 1e-4


def test_a_second_measurement_repeats_the_first_and_a_flip_between_them_turns_it_round() -> None:
    qubit = transmon(**QUIET)
    for flip, differs in ((0.0, 0.0), (0.5, 1.0)):
        fields = {
            "d0": driven(qubit, (0, 0.25), (500, flip), total=1200),
            "line": line(tone(0, 40, 400, 1200), tone(0, 600, 400, 1200)),
        }
        first, second = sensed(chip(qubit), fields)[0]
        assert first.levels.mean() == pytest.approx(0.5, abs=0.02)
        assert (first.levels != second.levels).mean() == pytest.approx(differs, abs=0.003)


def test_measuring_one_of_a_pair_decides_the_other() -> None:
    """A swap of half an excitation entangles; the second, measured later, is always the opposite."""
    first = transmon(0, **QUIET)
    second = transmon(1, frequency_hz=first.frequency_hz, **QUIET)
    swap = Coupler(qubits=(0, 1), port="c", exchange_hz_per_v=10e6)
    volts = np.zeros(1400)
    volts[50:62] = 12.5 / 12  # g t = 1/8: half of it
    fields = {
        "d0": driven(first, (0, 0.5), total=1400),
        "c": field(volts, 0.0),
        "line": line(tone(0, 100, 400, 1400), tone(1, 800, 400, 1400)),
    }
    found = sensed(chip(first, second, couplers=[swap]), fields)[0]
    here, there = seen(found, 0)[0], seen(found, 1)[-1]
    assert here.mean() == pytest.approx(0.5, abs=0.03)
    assert (here + there == 1).mean() > 0.995


def test_tones_that_begin_at_other_times_are_measured_at_their_own() -> None:
    """While one is measured the other is flipped, and measured then."""
    first, second = transmon(0, **QUIET), transmon(1, **QUIET)
    fields = {
        "d1": driven(second, (150, 0.5), total=1000),
        "line": line(tone(0, 50, 600, 1000), tone(1, 200, 600, 1000)),
    }
    found = sensed(chip(first, second), fields)[0]
    assert seen(found, 1)[-1].mean() > 0.995
    assert seen(found, 0)[-1].mean() < 0.005


def test_a_drive_during_a_measurement_does_nothing_and_one_after_it_acts() -> None:
    qubit = transmon(**QUIET)
    for start, flipped in ((200, 0.0), (500, 1.0)):
        fields = {
            "d0": driven(qubit, (start, 0.5), total=1200),
            "line": line(tone(0, 40, 400, 1200), tone(0, 600, 400, 1200)),
        }
        assert sensed(chip(qubit), fields)[0][1].levels.mean() == pytest.approx(flipped, abs=0.01)


def test_levels_fall_during_readout_with_t1_and_rise_with_heat() -> None:
    """1 - exp(-t/T1) of those in 1 have fallen; of all at 20 us and 10 %, equally many rise as fall."""
    qubit = transmon(t1_s=2e-6, t2_s=3e-6, thermal_population=0.1)
    fields = {"line": line(tone(0, 40, 1000, 1200))}
    (one,) = sensed(chip(qubit), fields)[0]
    high = one.levels[:, 0] == 1
    assert high.mean() == pytest.approx(0.1, abs=0.02)
    fell = one.after[high, 0, 0] == 0
    assert fell.mean() == pytest.approx(0.9 / 1.1 * (1 - math.exp(-1.1 / 2)), abs=0.03)
    ended = one.after[:, 0, -1]
    assert (ended == 1).mean() == pytest.approx(high.mean(), abs=0.015)
    assert (np.isfinite(one.jumps[:, 0, 1])).sum() > 100
    both = one.jumps[np.isfinite(one.jumps[:, 0, 1])]
    assert (both[:, 0, 1] > both[:, 0, 0]).all()


def test_a_weak_tone_takes_as_much_coherence_as_qutips_resonator_does() -> None:
    """A qubit in superposition beside a driven resonator of eight levels, the master equation solved."""
    qubit = transmon(**QUIET)
    volts = 4e-4
    only = chip(qubit)
    (watch,) = watches(only, {"line": field(tone(0, 0, 150, 600, volts), LINE_HZ)}, 3)
    kappa, chi = 2 * math.pi * KAPPA_HZ, 2 * math.pi * CHI_HZ
    lower, one = qutip.tensor(qutip.qeye(2), qutip.destroy(8)), qutip.tensor(qutip.num(2), qutip.qeye(8))
    number = lower.dag() * lower
    strength = 0.5 * kappa * volts * math.sqrt(1e6)
    free = chi / 2 * number - chi * one * number
    plus = qutip.tensor((qutip.basis(2, 0) + qutip.basis(2, 1)).unit(), qutip.basis(8, 0)).proj()
    jumps = [math.sqrt(kappa) * lower]
    on = qutip.mesolve(free + strength * (lower + lower.dag()), plus, [0, 150e-9], jumps).states[-1]
    off = qutip.mesolve(free, on, [0, 1e-6], jumps).states[-1].ptrace(0).full()
    assert watch.factors[0, 0] == pytest.approx(2 * off[0, 1], abs=0.01)
    assert 0.5 < abs(watch.factors[0, 0]) < 0.99


def test_a_weak_tone_leaves_a_superposition_which_a_strong_one_does_not() -> None:
    """Two quarter turns with a tone between: without one 1, with a strong one a coin's toss."""
    qubit = transmon(**QUIET)
    for volts, mean in ((1e-6, 1.0), (0.02, 0.5)):
        fields = {
            "d0": driven(qubit, (0, 0.25), (600, 0.25), total=1400),
            "line": line(tone(0, 50, 400, 1400, volts), tone(0, 700, 400, 1400)),
        }
        assert sensed(chip(qubit), fields)[0][-1].levels.mean() == pytest.approx(mean, abs=0.02)


def test_the_same_seed_gives_the_same_shots_and_another_does_not() -> None:
    qubit = transmon()
    fields = {"d0": driven(qubit, (0, 0.25), total=600), "line": line(tone(0, 50, 400, 600))}
    once, again, other = (sensed(chip(qubit), fields, 500, seed)[0][0].levels for seed in (1, 1, 2))
    assert (once == again).all()
    assert (once != other).any()


@pytest.mark.parametrize("volts", [7e-4, 1e-3, 1.5e-3])
def test_a_tone_that_is_not_quite_sure_leaves_what_it_saw(volts: float) -> None:
    """A share 1 - |c| of a superposition is projected: the next measurement agrees with that, and with half the rest.

    20,000 shots: a standard deviation of 0.35 % at most.
    """
    qubit = transmon(**QUIET)
    fields = {
        "d0": driven(qubit, (0, 0.25), total=1400),
        "line": line(tone(0, 50, 400, 1400, volts), tone(0, 700, 400, 1400)),
    }
    weak = next(watches(chip(qubit), fields, 3))
    left = abs(weak.factors[0, 0])
    assert math.exp(-SURE) < left < 0.6
    first, second = sensed(chip(qubit), fields)[0]
    assert (first.levels == second.levels).mean() == pytest.approx(1 - left / 2, abs=0.015)


def test_a_tone_that_is_not_quite_sure_keeps_as_much_coherence_on_average() -> None:
    """Quarter turn, tone, quarter turn of any phase: 1/2 + Re(c exp(i phase)) / 2 of all shots are in 1."""
    qubit = transmon(**QUIET)
    for phase_rad in (0.0, 1.0, 2.5):
        envelope = np.zeros(1400, dtype=complex)
        envelope[:40], envelope[600:640] = gaussian(0.25), gaussian(0.25) * np.exp(1j * phase_rad)
        fields = {
            "d0": field(envelope, qubit.frequency_hz),
            "line": line(tone(0, 50, 400, 1400, 7e-4), tone(0, 700, 400, 1400)),
        }
        weak = next(watches(chip(qubit), fields, 3)).factors[0, 0]
        assert 0.2 < abs(weak) < 0.8
        found = sensed(chip(qubit), fields)[0][-1].levels.mean()
        assert found == pytest.approx(0.5 + 0.5 * (weak * np.exp(-1j * phase_rad)).real, abs=0.02)
