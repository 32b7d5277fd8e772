# SPDX-License-Identifier: Apache-2.0
"""What pulses do to transmons: QuTiP and closed forms are the oracles."""

from __future__ import annotations

import math

import attrs
import numpy as np
import pytest
import qutip
from twin_lab import (
    LO_HZ,
    RABI_HZ_PER_V,
    RATE_HZ,
    chip,
    collapses,
    density,
    excited,
    field,
    gaussian,
    on_resonance,
    stepped,
    transmon,
    transmon_hamiltonian,
)

from feedline_hal.twin.chip import Coupler
from feedline_hal.twin.processor import Processor

QUIET = {"t1_s": 1.0, "t2_s": 1.0}


def test_a_driven_transmon_is_where_qutip_says() -> None:
    """Twenty pulses with their own phases, gaps between, decay and a warm bath: in the drive's frame, then turned."""
    qubit = transmon(thermal_population=0.02)
    rng = np.random.default_rng(3)
    envelope = np.zeros(1200, dtype=complex)
    for number in range(20):
        phase = np.exp(1j * rng.uniform(0, 2 * math.pi))
        envelope[60 * number : 60 * number + 40] = gaussian(rng.choice([0.25, 0.5])) * phase
    samples = on_resonance(envelope, qubit.frequency_hz)
    found = density(chip(qubit), {"d0": field(samples)}, 1200e-9)[0]
    at = transmon_hamiltonian(qubit, qubit.frequency_hz - LO_HZ)
    start = qutip.Qobj(np.diag([1, 0.02 / 0.98, (0.02 / 0.98) ** 2])).unit()
    moved = stepped([at(one) for one in samples[0]], collapses(qubit), 1 / RATE_HZ)
    rho = qutip.vector_to_operator(moved * qutip.operator_to_vector(start)).full()
    turn = np.exp(2j * np.pi * (qubit.frequency_hz - LO_HZ) * 1200e-9 * np.arange(3))
    assert found == pytest.approx(turn[:, np.newaxis] * rho * turn.conj(), abs=2e-5)
    assert np.diag(found).real == pytest.approx(np.diag(rho).real, abs=1e-5)


def test_two_coupled_transmons_are_where_qutip_says() -> None:
    """A coupler's pulse while one of them is driven, with decay."""
    first, second = transmon(0), transmon(1, frequency_hz=4.75e9)
    coupler = Coupler(qubits=(0, 1), port="c", exchange_hz_per_v=10e6, shift_hz_per_v2=-30e6)
    whole = chip(first, second, couplers=[coupler])
    volts = np.r_[np.zeros(50), 0.8 * np.sin(np.pi * (np.arange(40) + 0.5) / 40), np.zeros(10)]
    drive = np.zeros(100, dtype=complex)
    drive[:40] = gaussian(0.25)
    drive[55:75] = gaussian(0.1, 20)
    samples = on_resonance(drive, first.frequency_hz)
    found = density(whole, {"d0": field(samples), "c": field(volts, 0.0)}, 100e-9)[0]
    rho = _pair_by_qutip((first, second), coupler, samples[0], volts)
    turn = np.exp(2j * np.pi * 100e-9 * _sums(first.frequency_hz - LO_HZ, second.frequency_hz - LO_HZ))
    assert found == pytest.approx(turn[:, np.newaxis] * rho * turn.conj(), abs=1e-6)


def _sums(first_hz: float, second_hz: float) -> np.ndarray:
    levels = np.arange(3)
    return (first_hz * levels[:, np.newaxis] + second_hz * levels).reshape(-1)


def _pair_by_qutip(qubits: tuple, coupler: Coupler, samples: np.ndarray, volts: np.ndarray) -> np.ndarray:
    one = qutip.qeye(3)
    at = [transmon_hamiltonian(qubit, qubit.frequency_hz - LO_HZ) for qubit in qubits]
    lower = qutip.destroy(3)
    hop = qutip.tensor(lower, lower.dag())
    hamiltonians = []
    for drive, level in zip(samples, volts, strict=True):
        made = qutip.tensor(at[0](drive), one) + qutip.tensor(one, at[1](0))
        made += 2 * math.pi * coupler.exchange_hz_per_v * level * (hop + hop.dag())
        made += 2 * math.pi * coupler.shift_hz_per_v2 * level**2 * qutip.tensor(qutip.num(3), one)
        hamiltonians.append(made)
    jumps = [qutip.tensor(jump, one) for jump in collapses(qubits[0])]
    jumps += [qutip.tensor(one, jump) for jump in collapses(qubits[1])]
    rho = qutip.operator_to_vector(qutip.tensor(qutip.basis(3, 0).proj(), qutip.basis(3, 0).proj()))
    for hamiltonian in hamiltonians:
        rho = qutip.propagator(hamiltonian, 1 / RATE_HZ, jumps, options={"atol": 1e-11, "rtol": 1e-9}) * rho
    return qutip.vector_to_operator(rho).full()


def test_rabi_oscillation_is_a_sine_of_the_area() -> None:
    """A weak square pulse on resonance, exactly on the local oscillator: sin^2(pi f t)."""
    qubit = transmon(frequency_hz=LO_HZ, anharmonicity_hz=-3e9, **QUIET)
    volts = np.linspace(0.001, 0.02, 9)
    envelope = np.repeat(volts[:, np.newaxis], 300, axis=1)
    found = excited(density(chip(qubit), {"d0": field(envelope)}, 300e-9))
    assert found == pytest.approx(np.sin(math.pi * RABI_HZ_PER_V * volts * 300e-9) ** 2, abs=2e-4)


def test_ramsey_fringes_turn_with_the_detuning_and_fade_with_t2() -> None:
    qubit = transmon(t1_s=30e-6, t2_s=20e-6)
    found, expected = [], []
    for delay in (0, 400, 900, 2500, 6000):
        envelope = np.zeros(delay + 80)
        envelope[:40] = envelope[-40:] = gaussian(0.25)
        samples = on_resonance(envelope, qubit.frequency_hz + 1e6)
        found.append(excited(density(chip(qubit), {"d0": field(samples)}, (delay + 80) * 1e-9))[0])
        away_s = (delay + 40) * 1e-9
        expected.append(0.5 + 0.5 * math.exp(-away_s / 20e-6) * math.cos(2 * math.pi * 1e6 * away_s))
    assert found == pytest.approx(expected, abs=0.03)


def test_an_echo_takes_the_detuning_back_and_keeps_t2() -> None:
    qubit = transmon(t1_s=30e-6, t2_s=20e-6)
    found = []
    for shift_hz in (0.0, 0.3e6):
        envelope = np.zeros(8120)
        envelope[:40] = envelope[-40:] = gaussian(0.25)
        envelope[4040:4080] = gaussian(0.5)
        samples = on_resonance(envelope, qubit.frequency_hz + shift_hz)
        found.append(excited(density(chip(qubit), {"d0": field(samples)}, 8120e-9))[0])
    assert found[0] == pytest.approx(found[1], abs=0.01)
    assert found[0] == pytest.approx(0.5 - 0.5 * math.exp(-8.08e-6 / 20e-6), abs=0.02)


def test_excitation_falls_with_t1_to_the_thermal_population() -> None:
    qubit = transmon(t1_s=10e-6, t2_s=15e-6, thermal_population=0.03)
    envelope = np.r_[gaussian(0.5), np.zeros(8)]
    fields = {"d0": field(on_resonance(envelope, qubit.frequency_hz))}
    rest = excited(density(chip(qubit), fields, 200e-6))[0]
    early, late = (excited(density(chip(qubit), fields, 40e-9 + wait_s))[0] for wait_s in (0.0, 8e-6))
    assert rest == pytest.approx(0.03, abs=1.5e-3)
    assert (late - rest) / (early - rest) == pytest.approx(math.exp(-0.8), abs=0.01)


@pytest.mark.parametrize("phase_rad", [0.3, 2.0, -1.1])
def test_a_phase_or_a_later_start_finds_the_cached_pulse_and_is_exact(phase_rad: float) -> None:
    """The same pulse later and turned is one entry of the library, and gives what a fresh one does."""
    qubit = transmon()
    envelope = np.zeros(220, dtype=complex)
    envelope[:40] = gaussian(0.25)
    envelope[97:137] = gaussian(0.25) * np.exp(1j * phase_rad)
    fields = {"d0": field(on_resonance(envelope, qubit.frequency_hz))}
    used = Processor(chip(qubit))
    cached = density(chip(qubit), fields, 220e-9, processor=used)
    assert (used.library.misses, used.library.hits) == (1, 1)
    samples = fields["d0"].volts[0]
    at = transmon_hamiltonian(qubit, qubit.frequency_hz - LO_HZ)
    moved = stepped([at(one) for one in samples], collapses(qubit), 1 / RATE_HZ)
    rho = qutip.vector_to_operator(moved * qutip.operator_to_vector(qutip.basis(3, 0).proj())).full()
    turn = np.exp(2j * np.pi * (qubit.frequency_hz - LO_HZ) * 220e-9 * np.arange(3))
    assert cached[0] == pytest.approx(turn[:, np.newaxis] * rho * turn.conj(), abs=2e-6)


def test_a_leaking_carrier_shifts_the_frequency() -> None:
    """AC Stark: 2 MHz of Rabi frequency from 100 MHz below shift a transmon by what second order says."""
    qubit = transmon(**QUIET)
    leak_v = 2e6 / RABI_HZ_PER_V
    envelope = np.zeros(10000)
    envelope[:40] = gaussian(0.25)
    fields = {"d0": field(on_resonance(envelope, qubit.frequency_hz), rest_v=leak_v)}
    away_hz = LO_HZ - qubit.frequency_hz
    shift_hz = (2e6**2 / 4) * (-2 / away_hz + 2 / (away_hz - qubit.anharmonicity_hz))
    early, late = (density(chip(qubit), fields, time_s)[0][1, 0] for time_s in (1e-6, 9e-6))
    turned = float(np.angle(late / early))
    assert abs(turned) == pytest.approx(2 * math.pi * abs(shift_hz) * 8e-6, rel=0.05)
    assert np.sign(turned) == -np.sign(shift_hz)


def test_crosstalk_drives_the_neighbour_by_its_share() -> None:
    """Half a turn of one is a tenth of it for another of the same frequency."""
    first = transmon(0, **QUIET)
    second = transmon(1, frequency_hz=first.frequency_hz, crosstalk={"d0": 0.1}, **QUIET)
    late = field(on_resonance(gaussian(0.5), first.frequency_hz), start_s=0.4e-9)
    rho = density(chip(first, second), {"d0": late}, 40.4e-9)[0].reshape(3, 3, 3, 3)
    assert np.einsum("aiaj->ij", rho)[1, 1].real == pytest.approx(math.sin(0.05 * math.pi) ** 2, abs=1e-3)


def test_a_drive_whose_oscillator_is_off_does_nothing() -> None:
    qubit = transmon()
    found = density(chip(qubit), {"d0": field(gaussian(0.5), math.nan)}, 50e-9)
    assert excited(found)[0] == 0.0


def test_what_is_left_of_a_coupling_turns_one_if_the_other_is_excited() -> None:
    """Between two quarter turns of one qubit its phase depends on the other: 2 pi zz t."""
    coupler = Coupler(qubits=(0, 1), port="c", exchange_hz_per_v=0.0, idle_zz_hz=100e3)
    first, second = transmon(0, **QUIET), transmon(1, **QUIET)
    whole = chip(first, second, couplers=[coupler])
    angles = []
    for turn in (0.0, 0.5):
        one, other = np.zeros(2100), np.zeros(2100)
        one[50:90], other[:40] = gaussian(0.25), gaussian(turn)
        fields = {
            "d0": field(on_resonance(one, first.frequency_hz)),
            "d1": field(on_resonance(other, second.frequency_hz, 4.7e9), 4.7e9),
        }
        rho = density(whole, fields, 2070e-9)[0].reshape(3, 3, 3, 3)
        angles.append(float(np.angle(np.einsum("iaja->ij", rho)[1, 0])))
    turned = math.remainder(angles[1] - angles[0], 2 * math.pi)
    assert turned == pytest.approx(-2 * math.pi * 100e3 * 2.0e-6, abs=0.02)


def test_three_transmons_on_two_couplers_at_once_follow_the_exponential() -> None:
    """A chain of three of one frequency swaps its excitation end to end: sin^4(g t / sqrt 2) with g in rad/s."""
    qubits = [transmon(index, frequency_hz=5.0e9, **QUIET) for index in range(3)]
    couplers = [Coupler(qubits=(k, k + 1), port=f"c{k}", exchange_hz_per_v=10e6) for k in range(2)]
    whole = chip(*qubits, couplers=couplers)
    drive = np.zeros(120)
    drive[:40] = gaussian(0.5)
    volts = np.zeros(120)
    volts[50:90] = 1.0
    fields = {
        "d0": field(on_resonance(drive, 5.0e9)),
        "c0": field(volts, 0.0),
        "c1": field(volts, 0.0, start_s=0.0),
    }
    rho = density(whole, fields, 120e-9)[0]
    populations = np.diag(rho).real.reshape(3, 3, 3)
    angle = 2 * math.pi * 10e6 * 40e-9 / math.sqrt(2)
    assert populations[0, 0, 1] == pytest.approx(math.sin(angle) ** 4, abs=2e-3)
    assert populations[0, 1, 0] == pytest.approx(math.sin(2 * angle) ** 2 / 2, abs=2e-3)
    assert populations.sum() == pytest.approx(1)


def test_a_reset_voltage_damps_what_is_excited() -> None:
    """1 V for 50 ns at 10 MHz of damping leaves exp(-pi) of the excitation; per program as loud as it is."""
    qubit = transmon(reset_port="r", damping_hz_per_v2=10e6, **QUIET)
    drive = np.tile(np.r_[gaussian(0.5), np.zeros(60)], (2, 1))
    volts = np.zeros((2, 100))
    volts[:, 45:95] = [[1.0], [0.5]]
    fields = {"d0": field(on_resonance(drive, qubit.frequency_hz)), "r": field(volts, 0.0)}
    found = excited(density(chip(qubit), fields, 100e-9))
    assert found == pytest.approx(np.exp(-math.pi * np.array([1, 0.25])), abs=2e-3)


def test_a_chip_of_seven_is_refused() -> None:
    with pytest.raises(Exception, match=r"has 7 qubits.*\n.*Up to 6"):
        Processor(chip(*(attrs.evolve(transmon(), index=index) for index in range(7))))
