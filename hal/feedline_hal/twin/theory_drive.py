# SPDX-License-Identifier: Apache-2.0
"""Amplitude and quadrature of the drive pulses of ``sx`` and ``x``, from a transmon's Hamiltonian without decay.

Source: Motzoi et al., Phys. Rev. Lett. 103, 110501 (2009), for the derivative in quadrature; its factor is found here
by search, so that ``sx`` turns about X alone.
"""

from __future__ import annotations

import math

import attrs
import numpy as np

from feedline.errors import InputError
from feedline_hal.pulse.waveform import Waveform
from feedline_hal.rack.schema import RackSpec

from .chip import Qubit
from .operator import NUMBER, Matrix, driven
from .propagator import product, unitaries
from .theory_wiring import peak_v, rate_hz

SIGMAS = 4.0
"""Length of a drive pulse in standard deviations of its Gaussian."""
_ROUNDS = 4


@attrs.frozen(kw_only=True, slots=True)
class Turn:
    """A DRAG pulse.

    Attributes:
        duration_s: Its length.
        amplitude: Of full scale.
        beta_s: Factor of the derivative.
    """

    duration_s: float
    amplitude: float
    beta_s: float

    @property
    def waveform(self) -> Waveform:
        """The pulse."""
        return Waveform.drag(self.duration_s, self.amplitude, sigma_s=self.duration_s / SIGMAS, beta_s=self.beta_s)


def quarter_turn(qubit: Qubit, frequency_hz: float, spec: RackSpec, duration_s: float) -> Turn:
    """The pulse of ``sx``.

    Args:
        qubit: The transmon.
        frequency_hz: Its frequency, and the drive's.
        spec: The rack.
        duration_s: Length, on the rack's grid.

    Raises:
        InputError: If it needs more than full scale.
    """
    from scipy.optimize import brentq

    found = _rough(qubit, spec, duration_s)
    for _ in range(_ROUNDS):
        rough, beta_s = found.amplitude, found.beta_s

        def missing(scale: float, found: Turn = found) -> float:
            unitary = _scaled(qubit, frequency_hz, spec, found, scale)
            return 2 * math.atan2(abs(unitary[1, 0]), abs(unitary[0, 0])) - math.pi / 2

        found = attrs.evolve(found, amplitude=rough * brentq(missing, 0.6, 1.5, xtol=1e-12))

        def askew(factor: float, found: Turn = found, beta_s: float = beta_s) -> float:
            unitary = pulse_unitary(qubit, frequency_hz, spec, attrs.evolve(found, beta_s=factor * beta_s))
            return float(np.angle(unitary[1, 1] / unitary[0, 0]))

        found = attrs.evolve(found, beta_s=beta_s * brentq(askew, -1.0, 4.0, xtol=1e-10))
    return _checked(found, qubit, spec)


def half_turn(qubit: Qubit, frequency_hz: float, spec: RackSpec, quarter: Turn) -> Turn:
    """The pulse of ``x``, with the quadrature of ``sx``: a half turn itself could not tell.

    Raises:
        InputError: If it needs more than full scale.
    """
    from scipy.optimize import minimize_scalar

    def left(scale: float) -> float:
        return abs(complex(_scaled(qubit, frequency_hz, spec, quarter, scale)[0, 0])) ** 2

    best = minimize_scalar(left, bounds=(1.6, 2.5), method="bounded", options={"xatol": 1e-8})
    return _checked(attrs.evolve(quarter, amplitude=quarter.amplitude * float(best.x)), qubit, spec)


def pulse_unitary(qubit: Qubit, frequency_hz: float, spec: RackSpec, turn: Turn) -> Matrix:
    """What a pulse does in the transmon's own frame, shape ``(3, 3)``."""
    rate = rate_hz(qubit.port, spec)
    lo_hz = spec.ports[qubit.port].lo_frequency_hz
    samples = turn.waveform.sample(rate)
    middles_s = (np.arange(len(samples)) + 0.5) / rate
    volts = peak_v(qubit.port, spec) * samples * np.exp(2j * np.pi * (frequency_hz - lo_hz) * middles_s)
    steps = unitaries(driven(qubit, volts, frequency_hz - lo_hz), 1 / rate)
    back = np.exp(2j * np.pi * (frequency_hz - lo_hz) * turn.duration_s * np.diag(NUMBER))
    turned: Matrix = back[:, np.newaxis] * product(steps[np.newaxis])[0]
    return turned


def _scaled(qubit: Qubit, frequency_hz: float, spec: RackSpec, turn: Turn, scale: float) -> Matrix:
    return pulse_unitary(qubit, frequency_hz, spec, attrs.evolve(turn, amplitude=scale * turn.amplitude))


def _rough(qubit: Qubit, spec: RackSpec, duration_s: float) -> Turn:
    """By the area of the pulse alone, and half of the quadrature that avoids leakage: that keeps the phase."""
    rate = rate_hz(qubit.port, spec)
    shape = Turn(duration_s=duration_s, amplitude=1.0, beta_s=0.25 / (math.pi * qubit.anharmonicity_hz))
    area_s = float(shape.waveform.sample(rate).real.sum()) / rate
    return attrs.evolve(shape, amplitude=0.25 / (qubit.rabi_hz_per_v * peak_v(qubit.port, spec) * area_s))


def _checked(turn: Turn, qubit: Qubit, spec: RackSpec) -> Turn:
    most = spec.ports[qubit.port].max_amplitude
    if turn.amplitude > most:
        raise InputError(
            f"q{qubit.index} needs {turn.amplitude:.4g} of full scale on port '{qubit.port}'; it takes {most:g}.",
            remedy="Attenuate the port less, or give its channels more amplitude_v if that is safe.",
        )
    return turn
