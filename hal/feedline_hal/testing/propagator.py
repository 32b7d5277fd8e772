# SPDX-License-Identifier: Apache-2.0
"""What plays do to transmons: exact propagators for signals that are held for a tick.

Everything is in the frame that turns with the transmons' own energies, so that nothing happens where
nothing plays. While a single carrier acts, the Hamiltonian in that carrier's frame is constant within
each tick: a product of matrix exponentials is exact, and the carrier's phase and the time of the play are
diagonal factors outside. Carriers that overlap on a qubit are stepped by the fourth-order Magnus
expansion, finely enough that its error stays below 1e-9.

Source: Blanes et al., Phys. Rep. 470, 151 (2009), sec. 5 (Magnus with two Gauss points).
"""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from .model import Channel, Matrix

_BATCH = 200_000
_STEP_RAD = 0.15
_GAUSS = np.sqrt(3) / 6


def exponential(hermitian: Matrix) -> Matrix:
    """``exp(-i K)`` of matrices of shape ``(..., d, d)``."""
    energies, basis = np.linalg.eigh(hermitian)
    made: Matrix = (basis * np.exp(-1j * energies)[..., None, :]) @ basis.conj().swapaxes(-1, -2)
    return made


def ordered_product(steps: Matrix) -> Matrix:
    """The product of steps of shape ``(..., n, d, d)``, the first acting first: shape ``(..., d, d)``."""
    while steps.shape[-3] > 1:
        odd = steps[..., -1:, :, :] if steps.shape[-3] % 2 else None
        paired = steps[..., 1::2, :, :] @ steps[..., : steps.shape[-3] // 2 * 2 : 2, :, :]
        steps = paired if odd is None else np.concatenate([paired, odd], axis=-3)
    return steps[..., 0, :, :]


def carried(
    channel: Channel, samples: Matrix, amplitude: NDArray[np.float64], detuning_hz: float, dt_s: float
) -> Matrix:
    """Propagators of one play of phase 0 at time 0, for several amplitudes.

    Args:
        channel: What the port does.
        samples: The waveform of amplitude 1, a sample per tick, shape ``(n,)``.
        amplitude: Shape ``(m,)``.
        detuning_hz: Of the carrier from the channel's own frequency.
        dt_s: Length of a tick.

    Returns:
        Shape ``(m, d, d)``, in the frame of the transmons' energies.
    """
    free = 2 * np.pi * dt_s * (channel.anharmonic_hz - detuning_hz * channel.charge)
    heights, place, lengths = _held(samples)
    driven = np.pi * channel.rate_hz * dt_s * heights[:, None, None] * channel.jump
    driven = driven + driven.conj().swapaxes(-1, -2)
    made = []
    for part in np.array_split(amplitude, 1 + len(heights) * len(amplitude) * len(free) ** 2 // _BATCH):
        energies, basis = np.linalg.eigh(part[:, None, None, None] * driven + np.diag(free))
        turned = np.exp(-1j * energies[:, place] * lengths[:, None])
        basis = basis[:, place]
        made.append(ordered_product((basis * turned[..., None, :]) @ basis.conj().swapaxes(-1, -2)))
    return np.asarray(np.exp(1j * free * len(samples))[:, None] * np.concatenate(made))


def _held(samples: Matrix) -> tuple[Matrix, NDArray[np.intp], NDArray[np.int64]]:
    """Distinct samples, which of them comes when, and for how many ticks."""
    starts = np.concatenate([[0], np.flatnonzero(np.diff(samples)) + 1])
    heights, place = np.unique(samples[starts], return_inverse=True)
    return heights, place, np.diff(np.append(starts, len(samples)))


@attrs.frozen(kw_only=True, eq=False)
class Carrier:
    """One play among several that overlap.

    Attributes:
        rate_hz: Of its port at full scale.
        jump: What its port does, on all qubits of the stretch.
        signal: Amplitude times waveform per tick of the whole stretch, 0 outside the play, shape ``(n,)``.
        phase_rad: Against the channel's own rotation, at the start of the stretch.
        detuning_hz: Of the carrier from the channel's own frequency.
    """

    rate_hz: float
    jump: Matrix
    signal: Matrix
    phase_rad: float
    detuning_hz: float


def overlapping(carriers: list[Carrier], anharmonic_hz: NDArray[np.float64], start_s: float, dt_s: float) -> Matrix:
    """The propagator of several carriers at once, shape ``(d, d)``, in the frame of the transmons' energies."""
    ticks = len(carriers[0].signal)
    fastest = max(abs(carrier.detuning_hz) for carrier in carriers)
    if fastest:
        fastest = max(fastest, np.abs(anharmonic_hz).max())
    fine = max(1, int(np.ceil(2 * np.pi * fastest * dt_s / _STEP_RAD)))
    step_s = dt_s / fine
    middle_s = (np.arange(ticks * fine) + 0.5) * step_s
    early, late = (_hamiltonian(carriers, anharmonic_hz, middle_s + side * _GAUSS * step_s, fine) for side in (-1, 1))
    action = (early + late) * (step_s / 2) + 0.5j * _GAUSS * step_s**2 * (early @ late - late @ early)
    energy = 2 * np.pi * anharmonic_hz
    made = ordered_product(exponential(action))
    turned = np.exp(1j * energy * (start_s + ticks * dt_s))[:, None] * made * np.exp(-1j * energy * start_s)
    return np.asarray(turned, dtype=np.complex128)


def _hamiltonian(
    carriers: list[Carrier], anharmonic_hz: NDArray[np.float64], time_s: NDArray[np.float64], fine: int
) -> Matrix:
    total = np.zeros((len(time_s), len(anharmonic_hz), len(anharmonic_hz)), dtype=np.complex128)
    for carrier in carriers:
        turn = np.exp(1j * (carrier.phase_rad + 2 * np.pi * carrier.detuning_hz * time_s))
        total += (np.pi * carrier.rate_hz * np.repeat(carrier.signal, fine) * turn)[:, None, None] * carrier.jump
    return np.asarray(total + total.conj().swapaxes(-1, -2) + 2 * np.pi * np.diag(anharmonic_hz))
