# SPDX-License-Identifier: Apache-2.0
"""Plausible chips, drawn from a seed: transmons in a line, a tunable coupler between neighbours, one readout line."""

from __future__ import annotations

import numpy as np

from feedline.errors import InputError

from .chip import Chip, Coupler, Line, Mixer, Qubit, Resonator
from .chip_check import MAX_QUBITS

READOUT = "readout"
_HIGH_HZ, _STEP_HZ, _BELOW_HZ = 5.16e9, -30e6, -360e6
_FIRST_RESONATOR_HZ = 7.0e9


def random_chip(num_qubits: int = 2, seed: int = 0) -> Chip:
    """A chip of up to six transmons in a line.

    Every other transmon is high, its neighbours low by the anharmonicity and some 30 to 90 MHz more: a coupler's
    voltage moves the high one down until two excitations meet the high one's third level, which is what a CZ gate
    needs. Drives reach neighbours at about 1 %, 1 % of excitation is thermal.

    Args:
        num_qubits: 1 to 6.
        seed: Of everything that is drawn; also the chip's own.

    Raises:
        InputError: If there are too few or too many qubits, or the seed is negative.
    """
    if not 1 <= num_qubits <= MAX_QUBITS:
        raise InputError(f"num_qubits is {num_qubits}.", remedy=f"A simulated chip has 1 to {MAX_QUBITS} qubits.")
    if seed < 0:
        raise InputError(f"seed is {seed}.", remedy="Give a whole number from 0.")
    rng = np.random.default_rng([seed, num_qubits])
    offsets_hz = (
        np.cumsum(rng.uniform(64e6, 80e6, num_qubits)) - 64e6
    )  # no two differ by what a sampled tone aliases to
    qubits = tuple(
        _qubit(index, num_qubits, _FIRST_RESONATOR_HZ + offsets_hz[index], rng) for index in range(num_qubits)
    )
    pairs = [(k, k + 1) if k % 2 == 0 else (k + 1, k) for k in range(num_qubits - 1)]
    mixed = [*(qubit.port for qubit in qubits), READOUT]
    return Chip(
        name="twin",
        seed=seed,
        qubits=qubits,
        couplers=tuple(_coupler(pair, rng) for pair in pairs),
        lines={READOUT: Line(gain=100.0, noise_v=0.05, phase_rad=_digits(rng.uniform(-3, 3), 3))},
        mixers={port: _mixer(rng) for port in mixed},
    )


def _qubit(index: int, num_qubits: int, resonator_hz: float, rng: np.random.Generator) -> Qubit:
    place, is_low = divmod(index, 2)
    frequency_hz = _HIGH_HZ + place * _STEP_HZ + is_low * (_BELOW_HZ + _STEP_HZ / 2) + rng.uniform(-4e6, 4e6)
    t1_s = _digits(rng.uniform(20e-6, 60e-6), 3)
    others = [f"q{other}_drive" for other in (index - 1, index + 1) if 0 <= other < num_qubits]
    return Qubit(
        index=index,
        frequency_hz=_digits(frequency_hz, 7),
        anharmonicity_hz=_digits(-rng.uniform(295e6, 305e6), 5),
        t1_s=t1_s,
        t2_s=_digits(min(t1_s * rng.uniform(0.6, 1.7), 2 * t1_s), 3),
        thermal_population=0.01,
        port=f"q{index}_drive",
        rabi_hz_per_v=_digits(rng.uniform(12e9, 16e9), 4),
        crosstalk={port: _digits(rng.uniform(0.005, 0.015), 2) for port in others},
        resonator=Resonator(
            port=READOUT,
            frequency_hz=_digits(resonator_hz, 7),
            chi_hz=_digits(rng.uniform(1.6e6, 2.4e6), 4),
            kappa_hz=_digits(rng.uniform(3e6, 5e6), 4),
            photons_per_v2=3e7,
        ),
        reset_port=f"q{index}_reset",
        damping_hz_per_v2=_digits(rng.uniform(18e6, 24e6), 3),
        bias=f"q{index}_bias",
        bias_period_v=_digits(rng.uniform(0.8, 1.2), 3),
        bias_sweet_v=round(rng.uniform(-0.02, 0.02), 3),
    )


def _coupler(pair: tuple[int, int], rng: np.random.Generator) -> Coupler:
    return Coupler(
        qubits=pair,
        port=f"q{min(pair)}_q{max(pair)}_coupler",
        exchange_hz_per_v=_digits(rng.uniform(23e6, 27e6), 4),
        shift_hz_per_v2=_digits(-rng.uniform(450e6, 550e6), 4),
        idle_zz_hz=_digits(rng.uniform(5e3, 15e3), 3),
    )


def _mixer(rng: np.random.Generator) -> Mixer:
    gain, phase_rad = 1 + rng.uniform(-0.03, 0.03), rng.uniform(-0.03, 0.03)
    leak_i_v, leak_q_v = (_digits(one, 3) for one in rng.uniform(-4e-3, 4e-3, 2))
    return Mixer(gain=_digits(gain, 4), phase_rad=_digits(phase_rad, 3), leak_i_v=leak_i_v, leak_q_v=leak_q_v)


def _digits(value: float, digits: int) -> float:
    """Rounded to what a data sheet would say."""
    return float(f"{value:.{digits}g}")
