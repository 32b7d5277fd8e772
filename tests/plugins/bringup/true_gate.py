# SPDX-License-Identifier: Apache-2.0
"""What a CZ does to a simulated chip, by the propagator of its Hamiltonian and decay, without any circuit."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline_bringup.edit import drive_frame, play_of
from feedline_hal.calibration.calibration_set import CalibrationSet
from feedline_hal.pulse.instruction import ShiftPhase
from feedline_hal.rack.schema import RackSpec
from feedline_hal.twin.bias import set_hz
from feedline_hal.twin.chip import LEVELS, Chip
from feedline_hal.twin.operator import decay, exchange, rest
from feedline_hal.twin.propagator import pair_superoperator
from feedline_hal.twin.theory_wiring import peak_v, rate_hz

_CZ = np.array([1, 1, 1, -1]).reshape(2, 2)


@attrs.frozen(kw_only=True)
class TrueGate:
    """How far a gate is from CZ.

    Attributes:
        infidelity: Averaged over states of the lower two levels; what ends in higher ones counts as lost.
        leakage: Population that ends in higher levels, averaged over the lower ones.
    """

    infidelity: float
    leakage: float


def true_cz(chip: Chip, spec: RackSpec, calibrations: CalibrationSet) -> TrueGate:
    """The CZ of a calibration set on a chip's first coupler.

    Source: Wood and Gambetta, Phys. Rev. A 97, 032306 (2018), for the infidelity with leakage:
    ``1 - (d F + 1 - L) / (d + 1)``.
    """
    coupler = chip.couplers[0]
    qubits = [chip.qubits[one] for one in coupler.qubits]
    rate = rate_hz(coupler.port, spec)
    played = play_of(calibrations, "cz", coupler.qubits)
    volts = played.waveform.sample(rate).real * peak_v(coupler.port, spec)
    at_hz = set_hz(chip, {name: one.settings for name, one in spec.instruments.items()})
    apart_hz = at_hz[qubits[0].index] - at_hz[qubits[1].index]
    still = np.kron(rest(qubits[0], apart_hz), np.eye(LEVELS)) + np.kron(np.eye(LEVELS), rest(qubits[1]))
    made = pair_superoperator(still + exchange(coupler, volts), (decay(qubits[0]), decay(qubits[1])), 1 / rate)
    turns = [2 * np.pi * apart_hz * len(volts) / rate, 0.0]
    for item in calibrations.find("cz", coupler.qubits).schedule.instructions():
        for place, qubit in enumerate(coupler.qubits):
            if isinstance(item, ShiftPhase) and item.frame.name == drive_frame(calibrations, qubit).name:
                turns[place] += float(item.phase_rad)  # type: ignore[arg-type]
    return _judged(made, turns)


def _judged(made: NDArray[np.complex128], turns: list[float]) -> TrueGate:
    """Of a superoperator ``(i j)(k l)``, after turns of both frames."""
    lower = made.reshape((LEVELS,) * 8)[(slice(2),) * 8]
    first, second = (np.exp(1j * turn * np.subtract.outer(np.arange(2), np.arange(2))) for turn in turns)
    ideal = np.einsum("ik,jl->ijkl", _CZ, _CZ)
    process = np.einsum("ijklijkl,ij,kl,ijkl->", lower, first, second, ideal).real / 16
    left = np.einsum("aabbccdd->", lower).real / 4
    return TrueGate(infidelity=float(1 - (4 * process + left) / 5), leakage=float(1 - left))
