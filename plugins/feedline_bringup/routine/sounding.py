# SPDX-License-Identifier: Apache-2.0
"""What routines for the readout share: preparing, demodulating, frequencies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from feedline_bringup.edit import (
    capture_of,
    number,
)
from feedline_bringup.experiment import Sweep, measured, measuring
from feedline_bringup.fitting import Array
from feedline_bringup.state import State

if TYPE_CHECKING:
    from feedline_hal.backend import PulseBackend


def prepared(state: State, num_qubits: int, qubits: Sequence[int]) -> tuple[Sweep, ...]:
    """Circuits that measure all in 0, and all after an ``x`` on one of them, for each.

    All of them measure at the same time: a record's phase depends on when it begins.
    """
    durations_s = {qubit: state.calibrations.find("x", (qubit,)).schedule.duration_s for qubit in qubits}
    longest_s = max(durations_s.values())
    sweeps = []
    for excited in (None, *qubits):
        circuit = measuring(num_qubits, qubits)
        for qubit in qubits:
            waits_s = longest_s - durations_s[qubit] if qubit == excited else longest_s
            if waits_s > 0:
                circuit.delay(waits_s, qubit, "s")
        if excited is not None:
            circuit.x(excited)
        sweeps.append(Sweep(circuit=measured(circuit, qubits)))
    return tuple(sweeps)


def demodulated(records: NDArray[Any], duration_s: float, between_hz: float) -> tuple[Array, NDArray[np.complex128]]:
    """Times of samples, and records turned back by the tone's distance to the oscillator, ``(shots, samples)``."""
    times_s = (np.arange(records.shape[-1]) + 0.5) * duration_s / records.shape[-1]
    return times_s, records * np.exp(-2j * np.pi * between_hz * times_s)


def tone_hz(state: State, qubit: int) -> float:
    """Frequency of a qubit's readout."""
    return number(capture_of(state.calibrations, qubit).frame.frequency_hz, f"readout frequency of q{qubit}")


def oscillator_hz(backend: PulseBackend, state: State, qubit: int) -> float:
    """What records are relative to."""
    return float(backend.ports[capture_of(state.calibrations, qubit).frame.port.name].lo_frequency_hz or 0.0)


def unread(state: State, qubit: int) -> State:
    """Without angle and threshold, which were those of another readout."""
    names = ("angle_rad", "threshold", "zero", "one", "misread_0", "misread_1")
    return state.knowing(qubit, **dict.fromkeys(names))
