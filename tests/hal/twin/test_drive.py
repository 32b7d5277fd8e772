# SPDX-License-Identifier: Apache-2.0
"""Drives of several oscillators at once: an integration in much smaller steps than a sample is the oracle."""

from __future__ import annotations

import math
from collections.abc import Sequence

import attrs
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.linalg import expm
from twin_lab import chip, density, field, gaussian, on_resonance, transmon

from feedline_hal.twin.chip import Coupler, Qubit
from feedline_hal.twin.field import Field

QUIET = {"t1_s": 1.0, "t2_s": 2.0}
STEP_S = 1e-9 / 32
LOWER = np.diag(np.sqrt([1.0, 2.0]), 1)
NUMBER = np.diag([0.0, 1.0, 2.0])


COUPLER = Coupler(qubits=(0, 1), port="c", exchange_hz_per_v=10e6, shift_hz_per_v2=-30e6)
SWELL = field(0.8 * np.sin(np.pi * (np.arange(50) + 0.5) / 50), 0.0, start_s=5e-9)


def at(source: Field, time_s: float) -> complex:
    """Envelope of what a field holds at a time, relative to its oscillator."""
    place = math.floor((time_s - source.start_s) * source.rate_hz)
    return complex(source.volts[0, place]) if 0 <= place < source.volts.shape[1] else 0.0


def integrated(
    qubits: Sequence[Qubit], felt: Sequence[Sequence[tuple[float, Field]]], until_s: float
) -> NDArray[np.complex128]:
    """Density matrix from the ground state, in the transmons' own frames; two are coupled by `COUPLER`."""
    size, frame_hz = len(qubits), qubits[-1].frequency_hz
    lowers = [np.kron(np.kron(np.eye(3**k), LOWER), np.eye(3 ** (size - k - 1))) for k in range(size)]
    numbers = [np.kron(np.kron(np.eye(3**k), NUMBER), np.eye(3 ** (size - k - 1))) for k in range(size)]
    still = np.zeros((3**size, 3**size), dtype=complex)
    for one, number in zip(qubits, numbers, strict=True):
        still += 2 * np.pi * (one.frequency_hz - frame_hz) * number
        still += np.pi * one.anharmonicity_hz * number @ (number - np.eye(3**size))
    state = np.eye(3**size, dtype=complex)[0]
    for step in range(round(until_s / STEP_S)):
        time_s = (step + 0.5) * STEP_S
        made = still.copy()
        for one, lower, sources in zip(qubits, lowers, felt, strict=True):
            turned = [share * at(source, time_s) * np.exp(2j * np.pi * (source.lo_hz - frame_hz) * time_s)
                      for share, source in sources]  # fmt: skip
            half = np.pi * one.rabi_hz_per_v * sum(turned) * lower
            made += half + half.conj().T
        if size == 2:
            level = at(SWELL, time_s).real
            hop = lowers[0] @ lowers[1].T
            made += 2 * np.pi * COUPLER.exchange_hz_per_v * level * (hop + hop.T)
            made += 2 * np.pi * COUPLER.shift_hz_per_v2 * level**2 * numbers[0]
        state = expm(-1j * made * STEP_S) @ state
    turns = sum((one.frequency_hz - frame_hz) * number for one, number in zip(qubits, numbers, strict=True))
    state = np.exp(2j * np.pi * until_s * np.diag(turns)) * state
    return np.outer(state, state.conj())


def pulse(turn: float, frequency_hz: float, lo_hz: float, start_s: float) -> Field:
    return field(on_resonance(gaussian(turn), frequency_hz, lo_hz), lo_hz, start_s=start_s)


@pytest.mark.parametrize("start_s", [10e-9, 10.375e-9, 2.75e-9])
def test_two_oscillators_while_a_coupler_acts(start_s: float) -> None:
    """Transmons 370 MHz apart, each driven from its own oscillator, on clocks that need not coincide."""
    first, second = transmon(0, **QUIET), transmon(1, frequency_hz=4.63e9, **QUIET)
    fields = {"d0": pulse(0.25, 5.0e9, 4.9e9, start_s), "d1": pulse(0.4, 4.63e9, 4.55e9, start_s), "c": SWELL}
    found = density(chip(first, second, couplers=[COUPLER]), fields, 60e-9)[0]
    felt = [[(1.0, fields["d0"])], [(1.0, fields["d1"])]]
    expected = integrated((first, second), felt, 60e-9)
    assert found == pytest.approx(expected, abs=4e-3)
    assert np.diag(found).real == pytest.approx(np.diag(expected).real, abs=2e-3)


@pytest.mark.parametrize(("delay_s", "within"), [(0.0, 8e-3), (0.375e-9, 2e-2)])
def test_a_neighbours_oscillator_drives_a_transmon_on_resonance_as_its_own_would(delay_s: float, within: float) -> None:
    """Crosstalk of another oscillator at the transmon's frequency, on top of its own pulse: phases count.

    To second order in a sample's time; a clock that does not coincide is averaged over.
    """
    qubit = transmon(0, port="d0", crosstalk={"d1": 0.5}, **QUIET)
    for phase_rad in (0.0, 2.0):
        own, other = pulse(0.2, 5.0e9, 4.9e9, 4e-9), pulse(0.3, 5.0e9, 5.35e9, 6e-9 + delay_s)
        other = attrs.evolve(other, volts=other.volts * np.exp(1j * phase_rad))
        found = density(chip(qubit), {"d0": own, "d1": other}, 50e-9)[0]
        expected = integrated((qubit,), [[(1.0, own), (0.5, other)]], 50e-9)
        assert found == pytest.approx(expected, abs=within)


def test_a_pulse_within_a_voltage_of_another_clock_is_where_it_was_played() -> None:
    """A reset voltage, too weak to damp, that begins in the middle of a sample: the pulse in it keeps its phase."""
    qubit = transmon(0, reset_port="r", damping_hz_per_v2=1.0, **QUIET)
    late = pulse(0.25, 5.0e9, 4.9e9, 30e-9)
    both = field(np.concatenate([pulse(0.25, 5.0e9, 4.9e9, 0.0).volts, np.zeros((1, 4)), late.volts], axis=1))
    expected = integrated((qubit,), [[(1.0, both)]], 90e-9)
    for start_s in (40e-9, 41.5e-9, 41.25e-9):
        found = density(chip(qubit), {"d0": both, "r": field(np.full(48, 1e-2), 0.0, start_s=start_s)}, 90e-9)[0]
        assert found == pytest.approx(expected, abs=4e-3)
