# SPDX-License-Identifier: Apache-2.0
"""From voltages of converters to populations: the laboratory frame, QuTiP's Liouvillian and closed forms as oracles."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import qutip
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import expm_multiply
from twin_lab import chip, collapses, density, excited, field, frequencies, gaussian, on_resonance, tone, transmon
from twin_lab import transmon_hamiltonian as hamiltonian_of

from feedline_hal.rack.schema import Channel, InstrumentSpec, PortSpec, RackSpec
from feedline_hal.twin.chip import Coupler, Mixer, Qubit
from feedline_hal.twin.field import fields
from feedline_hal.twin.processor import Processor
from feedline_hal.twin.propagator import product, unitaries

QUIET = {"t1_s": 1.0, "t2_s": 2.0}
DELAY_S, STEP_S, LOSS_DB = 20e-9, 2e-12, 6.0


class Converters:
    """A sequencer that plays I and Q."""

    rate_hz = 1e9

    def __init__(self, samples: NDArray[np.complex128]) -> None:
        self.parts = {1: samples.real, 2: samples.imag}

    def played(self, channel: int, shots: range) -> NDArray[np.float64]:
        return np.tile(self.parts[channel], (len(shots), 1))


def wired(lo_hz: float) -> RackSpec:
    port = PortSpec(
        name="d0",
        i=Channel("awg", "ch1"),
        q=Channel("awg", "ch2"),
        lo_frequency_hz=lo_hz,
        delay_s=DELAY_S,
        attenuation_db=LOSS_DB,
    )
    awg = InstrumentSpec(name="awg", driver="any", address="")
    return RackSpec(path=Path("lab.toml"), name="lab", instruments={"awg": awg}, ports={"d0": port})


def in_the_laboratory(
    qubit: Qubit, samples: NDArray[np.complex128], lo_hz: float, mixer: Mixer, until_s: float
) -> NDArray[np.complex128]:
    """Every oscillation of the voltage at a transmon, no rotating wave: the density matrix, then in its own frame."""
    times_s = (np.arange(round(until_s / STEP_S)) + 0.5) * STEP_S
    place = np.floor((times_s - DELAY_S) * 1e9).astype(int)
    held = np.where((place >= 0) & (place < len(samples)), samples[np.clip(place, 0, len(samples) - 1)], 0)
    turn = 2 * np.pi * lo_hz * times_s
    volts = (held.real + mixer.leak_i_v) * np.cos(turn)
    volts = volts - mixer.gain * (held.imag + mixer.leak_q_v) * np.sin(turn + mixer.phase_rad)
    level = np.arange(3)
    still = 2 * np.pi * np.diag(qubit.frequency_hz * level + qubit.anharmonicity_hz / 2 * level * (level - 1))
    both = np.diag(np.sqrt([1.0, 2.0]), 1) + np.diag(np.sqrt([1.0, 2.0]), -1)
    felt = 2 * np.pi * qubit.rabi_hz_per_v * 10 ** (-LOSS_DB / 20) * volts
    steps = unitaries(still + felt[:, np.newaxis, np.newaxis] * both, STEP_S)
    state = product(steps[np.newaxis])[0][:, 0] * np.exp(2j * np.pi * qubit.frequency_hz * until_s * level)
    return np.outer(state, state.conj())


@pytest.mark.parametrize("lo_hz", [5.1431e9, 5.3431e9])
@pytest.mark.parametrize("mixer", [Mixer(), Mixer(gain=1.2, phase_rad=0.25, leak_i_v=-0.02, leak_q_v=0.03)])
def test_voltages_of_both_sidebands_do_what_they_do_in_the_laboratory(lo_hz: float, mixer: Mixer) -> None:
    """Two pulses of different phases above or below the oscillator, through a mixer that may be bad, late and weaker.

    What counter-rotates is left out by the twin: some 1e-3, and more where an image of it that the clock makes, at a
    whole number of GHz less the transmon's frequency, is near; here it is half a GHz away.
    """
    qubit = transmon(frequency_hz=5.2437e9, **QUIET)
    envelope = np.zeros(70, dtype=complex)
    envelope[2:32], envelope[34:64] = gaussian(0.21, 30) * np.exp(0.3j), gaussian(0.25, 30) * np.exp(1.9j)
    samples = 10 ** (LOSS_DB / 20) * on_resonance(envelope, qubit.frequency_hz, lo_hz)[0]
    arrived = fields(wired(lo_hz), {"awg": Converters(samples)}, {"d0": mixer}, {"awg": range(1)})
    found = density(chip(qubit), arrived, 95e-9)[0]
    expected = in_the_laboratory(qubit, samples, lo_hz, mixer, 95e-9)
    assert found == pytest.approx(expected, abs=4e-3)
    assert np.abs(found[0, 1]) > 0.3


def test_twenty_gates_on_two_transmons_are_where_qutip_says() -> None:
    """Both driven at once, crosstalk, a coupler, decay, heat: populations to 1e-6, where 1e-4 is asked for."""
    changes = {"t1_s": 8e-6, "t2_s": 6e-6, "thermal_population": 0.02}
    first, second = transmon(0, **changes), transmon(1, frequency_hz=4.75e9, crosstalk={"d0": 0.02}, **changes)
    coupler = Coupler(qubits=(0, 1), port="c", exchange_hz_per_v=16e6, shift_hz_per_v2=-30e6)
    rng = np.random.default_rng(3)
    envelopes, volts = np.zeros((2, 500), dtype=complex), np.zeros(500)
    for gate in range(20):
        begin = 25 * gate
        if gate % 3 == 2:
            volts[begin + 1 : begin + 22] = 0.8 * np.sin(np.pi * (np.arange(21) + 0.5) / 21)
        else:
            phases = np.exp(1j * rng.uniform(0, 6.3, (2, 1)))
            envelopes[:, begin : begin + 20] = gaussian(rng.choice([0.25, 0.5]), 20) * phases
    samples = [on_resonance(one, f)[0] for one, f in zip(envelopes, (5.0e9, 4.75e9), strict=True)]
    played = {"d0": field(samples[0]), "d1": field(samples[1]), "c": field(volts, 0.0)}
    found = density(chip(first, second, couplers=[coupler]), played, 500e-9)[0]
    expected = _by_liouvillian((first, second), coupler, samples, volts)
    assert np.diag(found).real == pytest.approx(np.diag(expected).real, abs=1e-6)
    assert np.abs(found) == pytest.approx(np.abs(expected), abs=2e-6)
    assert np.diag(found).real.reshape(3, 3)[:2, :2].min() > 0.01


def _by_liouvillian(
    qubits: tuple[Qubit, Qubit], coupler: Coupler, samples: list[NDArray[np.complex128]], volts: NDArray[np.float64]
) -> NDArray[np.complex128]:
    one, lower = qutip.qeye(3), qutip.destroy(3)
    hop = qutip.tensor(lower, lower.dag()) + qutip.tensor(lower.dag(), lower)
    shifted = qutip.tensor(qutip.num(3), one)
    jumps = [qutip.tensor(jump, one) for jump in collapses(qubits[0])]
    jumps += [qutip.tensor(one, jump) for jump in collapses(qubits[1])]
    decay = csr_matrix(sum(qutip.lindblad_dissipator(jump) for jump in jumps).full())
    at = [hamiltonian_of(qubit, qubit.frequency_hz - 4.9e9) for qubit in qubits]
    ratios = [one.thermal_population / (1 - one.thermal_population) for one in qubits]
    begun = np.kron(*(np.diag([1, ratio, ratio**2]) / (1 + ratio + ratio**2) for ratio in ratios))
    vector = begun.reshape(-1, order="F").astype(complex)
    for here, there, level in zip(*samples, volts, strict=True):
        made = qutip.tensor(at[0](here), one) + qutip.tensor(one, at[1](there + 0.02 * here))
        made += 2 * math.pi * (coupler.exchange_hz_per_v * level * hop + coupler.shift_hz_per_v2 * level**2 * shifted)
        vector = expm_multiply((csr_matrix(qutip.liouvillian(made).full()) + decay) * 1e-9, vector)
    found: NDArray[np.complex128] = vector.reshape(9, 9, order="F")
    return found


def test_contrast_of_ramsey_and_echo_falls_with_t2_and_excitation_with_t1() -> None:
    """Ratios of what is left after two waits, which pulses do not change: exp(-t/T2) and exp(-t/T1) to a thousandth."""
    qubit = transmon(t1_s=30e-6, t2_s=20e-6, anharmonicity_hz=-3e9)
    contrasts: dict[str, list[float]] = {"ramsey": [], "echo": [], "excited": []}
    for wait in (1000, 9000):
        total = 2 * wait + 120
        rows = np.zeros((5, total), dtype=complex)
        rows[:4, :40] = gaussian(0.25)
        rows[:2, wait + 40 : wait + 80] = np.array([[1.0], [-1.0]]) * gaussian(0.25)
        rows[2:4, wait + 40 : wait + 80] = gaussian(0.5)
        rows[2:4, 2 * wait + 80 :] = np.array([[1.0], [-1.0]]) * gaussian(0.25)
        rows[4, :40] = gaussian(0.5)
        found = [density(chip(qubit), {"d0": field(rows[k : k + 2], qubit.frequency_hz)}, stop * 1e-9)
                 for k, stop in ((0, wait + 80), (2, total), (4, wait + 40))]  # fmt: skip
        ramsey, echo, flipped = (excited(one) for one in found)
        contrasts["ramsey"].append(abs(ramsey[0] - ramsey[1]))
        contrasts["echo"].append(abs(echo[0] - echo[1]))
        contrasts["excited"].append(flipped[0])
    left = {name: late / early for name, (early, late) in contrasts.items()}
    expected = {"ramsey": math.exp(-8 / 20), "echo": math.exp(-16 / 20), "excited": math.exp(-8 / 30)}
    assert left == pytest.approx(expected, rel=1e-3)


def test_a_ramsey_fringe_turns_with_the_detuning_the_right_way_round() -> None:
    """A drive 1 MHz above: after t its frame is ahead by 2 pi 1 MHz t, as by a virtual Z; a quarter tells the sign."""
    qubit = transmon(**QUIET)
    for wait, level in ((250, 1), (750, 0)):  # centres of the pulses are wait ns apart: a quarter of a fringe
        envelope = np.zeros(wait + 40, dtype=complex)
        envelope[:40] += gaussian(0.25)
        envelope[wait:] += -1j * gaussian(0.25)
        found = excited(density(chip(qubit), {"d0": field(on_resonance(envelope, 5.001e9))}, (wait + 40) * 1e-9))[0]
        assert found == pytest.approx(level, abs=0.02)


def test_the_derivative_in_quadrature_keeps_out_of_the_third_level() -> None:
    """DRAG with beta = 1/alpha, negative, leaks less than a raised cosine of 16 ns alone; with the other sign, more."""
    qubit = transmon(frequency_hz=4.9e9, **QUIET)
    turn = 2 * np.pi * (np.arange(16) + 0.5) / 16
    shape = (1 - np.cos(turn)) * 0.5 / (16e-9 * qubit.rabi_hz_per_v)
    slope = np.sin(turn) * 2 * np.pi / 16e-9 * 0.5 / (16e-9 * qubit.rabi_hz_per_v)
    beta_s = 1 / (2 * math.pi * qubit.anharmonicity_hz)
    rows = np.array([shape + 1j * factor * beta_s * slope for factor in (0.0, 1.0, -1.0)])
    leaked = density(chip(qubit), {"d0": field(rows)}, 16e-9)[:, 2, 2].real
    assert leaked[1] < 0.3 * leaked[0] < leaked[2]


def test_a_pair_that_is_read_at_once_is_read_opposite() -> None:
    """An excitation shared by two, both tones at the same time: 01 or 10, half of the time each."""
    first = transmon(0, **QUIET)
    second = transmon(1, frequency_hz=first.frequency_hz, **QUIET)
    swap = Coupler(qubits=(0, 1), port="c", exchange_hz_per_v=10e6)
    drive, volts = np.zeros(700), np.zeros(700)
    drive[:40] = gaussian(0.5)
    volts[50:62] = 12.5 / 12
    line = tone(0, 100, 400, 700) + tone(1, 100, 400, 700)
    whole = chip(first, second, couplers=[swap])
    played = {"d0": field(drive, first.frequency_hz), "c": field(volts, 0.0), "line": field(line, 6.9e9)}
    (found,) = Processor(whole).play(played, frequencies(whole), [10_000], np.random.default_rng(1))
    levels = [
        one.levels[:, one.span.qubits.index(index)] for index in (0, 1) for one in found if index in one.span.qubits
    ]
    assert (levels[0] + levels[-1] == 1).mean() > 0.995
    assert levels[0].mean() == pytest.approx(0.5, abs=0.03)
