# SPDX-License-Identifier: Apache-2.0
"""Propagators against closed forms and QuTiP."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from feedline_hal.pulse.waveform import Waveform
from feedline_hal.testing.library import Library
from feedline_hal.testing.model import Model, Transmon, reference_model
from feedline_hal.testing.propagator import Carrier, carried, overlapping
from feedline_hal.testing.stretch import embedded

from .oracle import evolved, transmon

DT_S = 1e-9
QUBIT = Model(transmons=[Transmon(frequency_hz=5e9, readout_hz=7e9, rabi_hz=10e6)], levels=2)


@pytest.mark.parametrize("amplitude", [0.1, 0.37, 1.0])
def test_resonant_drive_of_two_levels_is_a_rotation(amplitude: float) -> None:
    """The excited population is sin^2 of half the angle: Krantz et al. (2019), eq. (80)."""
    (made,) = carried(QUBIT.channels["q0_drive"], np.ones(73, np.complex128), np.array([amplitude]), 0.0, DT_S)
    angle = 2 * np.pi * 10e6 * amplitude * 73e-9
    wanted = [[np.cos(angle / 2), -1j * np.sin(angle / 2)], [-1j * np.sin(angle / 2), np.cos(angle / 2)]]
    np.testing.assert_allclose(made, wanted, atol=1e-12)


@pytest.mark.parametrize("detuning_hz", [3e6, -12e6])
def test_detuned_drive_of_two_levels_follows_rabi(detuning_hz: float) -> None:
    """Rabi's formula, with the generalised frequency."""
    (made,) = carried(QUBIT.channels["q0_drive"], np.ones(91, np.complex128), np.array([0.8]), detuning_hz, DT_S)
    rate = np.hypot(8e6, detuning_hz)
    assert abs(made[1, 0]) ** 2 == pytest.approx((8e6 / rate) ** 2 * np.sin(np.pi * rate * 91e-9) ** 2, abs=1e-12)


def test_phase_turns_the_axis_towards_minus_y_in_the_lab() -> None:
    """Without the rotating-wave approximation, QuTiP finds the same axis: cos(phi) X - sin(phi) Y."""
    phase, ticks = 0.7, 40
    channel = QUBIT.channels["q0_drive"]
    (made,) = carried(channel, np.ones(ticks, np.complex128), np.array([1.0]), 0.0, DT_S)
    turn = np.exp(-1j * phase * channel.charge)
    made = turn[:, None] * made * turn.conj()
    lower = channel.jump
    frequency = 2 * np.pi * 5e9

    def signal(time_s: float) -> complex:
        return complex(np.cos(frequency * time_s + phase))

    drive = 2 * np.pi * 10e6 * (lower + lower.conj().T)
    energy = frequency * np.diag(channel.charge).astype(np.complex128)
    lab = evolved(energy, [(drive, signal)], ticks * DT_S)
    found = np.exp(1j * frequency * channel.charge * ticks * DT_S)[:, None] * lab
    np.testing.assert_allclose(made, found, atol=3e-3)  # what the approximation leaves out: 10 MHz / 4 x 5 GHz
    angle = 2 * np.pi * 10e6 * ticks * DT_S
    axis = np.array([[0, np.exp(1j * phase)], [np.exp(-1j * phase), 0]])  # cos(phi) X - sin(phi) Y
    np.testing.assert_allclose(made, np.cos(angle / 2) * np.eye(2) - 1j * np.sin(angle / 2) * axis, atol=1e-12)


@pytest.mark.parametrize("detuning_hz", [0.0, 37e6, -300e6])
def test_driven_three_levels_evolve_as_qutip_says(detuning_hz: float, rng: np.random.Generator) -> None:
    """Any samples, on the transition, beside it, and on the next one."""
    model = reference_model(1)
    channel = model.channels["q0_drive"]
    samples = (rng.normal(size=20) + 1j * rng.normal(size=20)) / 3
    (made,) = carried(channel, samples, np.array([0.7]), detuning_hz, DT_S)
    lower, energy = transmon(model)

    def signal(time_s: float) -> complex:
        held = samples[min(int(time_s / DT_S), 19)]
        return complex(0.7 * held * np.exp(2j * np.pi * detuning_hz * time_s))

    rate = np.pi * channel.rate_hz
    terms = [(rate * lower, signal), (rate * lower.T, lambda time_s: signal(time_s).conjugate())]
    found = evolved(energy, terms, 20 * DT_S)
    found = np.exp(1j * np.diag(energy).real * 20 * DT_S)[:, None] * found
    np.testing.assert_allclose(made, found, atol=1e-6)


def test_coupler_and_drives_at_once_evolve_as_qutip_says(rng: np.random.Generator) -> None:
    """Three carriers with three frequencies on two transmons, begun late in a program."""
    model = reference_model(2)
    start_s, ticks = 137e-9, 12
    carriers = []
    for name, detuning_hz, phase in (("q0_drive", 0.0, 0.3), ("q1_drive", 21e6, -1.1), ("q0_q1_coupler", -300e6, 2.0)):
        channel = model.channels[name]
        signal = (rng.normal(size=ticks) + 1j * rng.normal(size=ticks)) / 3
        carriers.append(
            Carrier(
                rate_hz=channel.rate_hz,
                jump=embedded(channel, (0, 1), 3),
                signal=signal,
                phase_rad=phase,
                detuning_hz=detuning_hz,
            )
        )
    made = overlapping(carriers, model.anharmonic_hz((0, 1)), start_s, DT_S)

    def coefficient(carrier: Carrier, sign: int) -> Callable[[float], complex]:
        def value(time_s: float) -> complex:
            turn = np.exp(1j * (carrier.phase_rad + 2 * np.pi * carrier.detuning_hz * time_s))
            found = carrier.signal[min(int(time_s / DT_S), ticks - 1)] * turn
            return complex(found if sign > 0 else found.conjugate())

        return value

    terms = [(np.pi * one.rate_hz * one.jump, coefficient(one, 1)) for one in carriers]
    terms += [(np.pi * one.rate_hz * one.jump.conj().T, coefficient(one, -1)) for one in carriers]
    energy = 2 * np.pi * model.anharmonic_hz((0, 1))
    found = evolved(np.diag(energy).astype(np.complex128), terms, ticks * DT_S)
    found = np.exp(1j * energy * (start_s + ticks * DT_S))[:, None] * found * np.exp(-1j * energy * start_s)
    np.testing.assert_allclose(made, found, atol=1e-6)


def test_stepping_agrees_with_the_exact_product() -> None:
    """One detuned carrier alone, by both roads."""
    model = reference_model(1)
    channel = model.channels["q0_drive"]
    samples = Waveform.drag(32e-9, 0.8, sigma_s=6e-9, beta_s=-0.3e-9).sample(1 / DT_S)
    (wanted,) = carried(channel, samples, np.array([1.0]), 45e6, DT_S)
    alone = Carrier(rate_hz=channel.rate_hz, jump=channel.jump, signal=samples, phase_rad=0.0, detuning_hz=45e6)
    np.testing.assert_allclose(overlapping([alone], channel.anharmonic_hz, 0.0, DT_S), wanted, atol=1e-8)


def test_many_amplitudes_agree_with_each_alone() -> None:
    """Interpolated propagators are exact to rounding, for drive and coupler, at the ends too."""
    model = reference_model(2)
    for name, duration_s in (("q0_drive", 32e-9), ("q0_drive", 200e-9), ("q0_q1_coupler", 128e-9)):
        channel = model.channels[name]
        samples = Waveform.cosine(duration_s, 1.0).sample(1 / DT_S)
        amplitude = np.concatenate([np.linspace(0, 1, 201), [-0.3, -1.0]])
        found = Library(DT_S).propagators(
            channel, samples, amplitude=amplitude, detuning_hz=np.full(len(amplitude), 5e6)
        )
        wanted = carried(channel, samples, amplitude, 5e6, DT_S)
        np.testing.assert_allclose(found, wanted, atol=1e-11)


def test_known_propagators_come_again(rng: np.random.Generator) -> None:
    """Single amplitudes are remembered; other waveforms and carriers are not mixed up with them."""
    channel = reference_model(1).channels["q0_drive"]
    library = Library(DT_S)
    for _ in range(2):
        for samples in (np.ones(8, np.complex128), np.ones(9, np.complex128)):
            for detuning_hz in (0.0, 1e7):
                amplitude = np.array([0.5, 0.25, 0.5])
                found = library.propagators(channel, samples, amplitude=amplitude, detuning_hz=np.full(3, detuning_hz))
                np.testing.assert_allclose(found, carried(channel, samples, amplitude, detuning_hz, DT_S), atol=1e-13)


def test_drag_keeps_the_third_level_empty() -> None:
    """With Motzoi's coefficient, the inverse anharmonicity, a fast pulse leaks 20 times less; QuTiP agrees."""
    model = Model(transmons=[Transmon(frequency_hz=5e9, readout_hz=7e9, rabi_hz=100e6)])
    channel = model.channels["q0_drive"]
    lower, energy = transmon(model)
    best_s = 1 / (2 * np.pi * model.transmons[0].anharmonicity_hz)
    leaked = []
    for beta_s in (0.0, best_s):
        samples = Waveform.drag(12e-9, 1.0, sigma_s=1.5e-9, beta_s=beta_s).sample(1 / DT_S)
        amplitude = 0.25 / (channel.rate_hz * samples.real.sum() * DT_S)
        (made,) = carried(channel, samples, np.array([amplitude]), 0.0, DT_S)
        rate = np.pi * channel.rate_hz * amplitude
        terms = [
            (rate * lower, lambda time_s, held=samples: complex(held[min(int(time_s / DT_S), 11)])),
            (rate * lower.T, lambda time_s, held=samples: complex(held[min(int(time_s / DT_S), 11)]).conjugate()),
        ]
        found = evolved(energy, terms, 12e-9)
        np.testing.assert_allclose(np.abs(made) ** 2, np.abs(found) ** 2, atol=1e-7)
        leaked.append(abs(made[2, 0]) ** 2)
    assert leaked[0] > 4e-4
    assert leaked[1] < leaked[0] / 20
