# SPDX-License-Identifier: Apache-2.0
"""The signs of docs/decisions/0006-pulse-conventions.md, integrated from the Hamiltonian they are derived from."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.linalg import expm

from feedline_hal import Waveform

Matrix = NDArray[np.complex128]
X, Y, Z = np.array([[0, 1], [1, 0]]), np.array([[0, -1j], [1j, 0]]), np.diag([1, -1])


def rotation(axis: Matrix, angle: float) -> Matrix:
    return np.asarray(expm(-0.5j * angle * axis))


def lab_frame(phase_rad: float, angle: float) -> Matrix:
    """Drive a qubit of 1 GHz with ``Re[w(t) exp(i(omega t + phase))]``, without the rotating-wave approximation."""
    omega, rate_hz, length_s = 2 * math.pi * 1e9, 64e9, 1e-6
    envelope = Waveform.cosine(length_s, 1).sample(rate_hz)
    strength = angle / (length_s / 2)  # the area of the shape turns by the angle
    times = (np.arange(len(envelope)) + 0.5) / rate_hz
    signal = strength * (envelope * np.exp(1j * (omega * times + phase_rad))).real
    length = np.hypot(omega / 2, signal)
    cosine, sine = np.cos(length / rate_hz), np.sin(length / rate_hz) / length
    # exp(-i (s X - omega/2 Z) dt), omega a^dagger a up to a constant: |0> is the ground state.
    steps = (
        cosine[:, None, None] * np.eye(2)
        - 1j * (sine * signal)[:, None, None] * X
        + 1j * (sine * omega / 2)[:, None, None] * Z
    )
    total = np.eye(2, dtype=complex)
    for step in steps:
        total = step @ total
    return np.asarray(rotation(-Z, -omega * length_s) @ total)


def assert_same_gate(one: Matrix, other: Matrix, atol: float = 2e-3) -> None:
    overlap = abs(np.trace(one.conj().T @ other)) / len(one)
    assert overlap == pytest.approx(1, abs=atol**2 * len(one))


@pytest.mark.parametrize("phase_rad", [0.0, math.pi / 2, 0.7])
def test_a_pulse_of_phase_phi_turns_about_cos_phi_x_minus_sin_phi_y(phase_rad: float) -> None:
    axis = math.cos(phase_rad) * X - math.sin(phase_rad) * Y
    assert_same_gate(lab_frame(phase_rad, math.pi / 2), rotation(axis, math.pi / 2))


def test_a_shift_of_the_phase_by_theta_is_rz_theta() -> None:
    """After the shift, every pulse is the old one between Rz(-theta) and Rz(theta): that is a Z gate before it."""
    theta = 0.7
    shifted = lab_frame(theta, math.pi / 2)
    assert_same_gate(rotation(Z, theta) @ shifted, lab_frame(0.0, math.pi / 2) @ rotation(Z, theta))
    with pytest.raises(AssertionError):
        assert_same_gate(rotation(Z, -theta) @ shifted, lab_frame(0.0, math.pi / 2) @ rotation(Z, -theta))


def leakage(beta_s: float, anharmonicity: float) -> float:
    """Population of |2> of a transmon after a pi pulse, in the frame of the drive."""
    rate_hz = 20e9
    envelope = Waveform.drag(24e-9, 1, sigma_s=3e-9, beta_s=beta_s).sample(rate_hz)
    strength = math.pi * rate_hz / envelope.real.sum()
    lower = np.diag([1, math.sqrt(2)], 1)
    state = np.array([1, 0, 0], dtype=complex)
    for sample in envelope:
        coupling = 0.5 * strength * sample * lower
        state = expm(-1j * (np.diag([0, 0, anharmonicity]) + coupling + coupling.conj().T) / rate_hz) @ state
    return float(abs(state[2]) ** 2)


def test_drag_with_beta_of_one_over_the_anharmonicity_leaks_least() -> None:
    """Motzoi et al.: the derivative over the anharmonicity, in quadrature; for a transmon beta is negative."""
    anharmonicity = -2 * math.pi * 200e6
    none, right, wrong = (leakage(sign / anharmonicity, anharmonicity) for sign in (0, 1, -1))
    assert right < none / 10
    assert wrong > 2 * none


def test_the_beginning_of_a_sample_is_half_a_sample_early() -> None:
    """What the middle of the hold time avoids: a phase error of half a sample at the sideband."""
    rate_hz, sideband_hz = 1e9, 100e6
    samples = Waveform.sine(10e-9, 1, frequency_hz=sideband_hz, phase_rad=math.pi / 2).sample(rate_hz)
    edges = np.arange(11) / rate_hz
    held = [
        (math.sin(2 * math.pi * sideband_hz * b) - math.sin(2 * math.pi * sideband_hz * a))
        / (2 * math.pi * sideband_hz * (b - a))
        for a, b in pairwise(edges)
    ]
    droop = np.sinc(sideband_hz / rate_hz)
    np.testing.assert_allclose(samples.real * droop, held, rtol=1e-9, atol=1e-12)
