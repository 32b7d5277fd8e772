# SPDX-License-Identifier: Apache-2.0
"""Propagators of whole circuits: plays that overlap, and what has none."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from qiskit import QuantumCircuit

from feedline.errors import CapabilityError
from feedline_hal import Delay, Play, Schedule, ShiftPhase, Waveform, pulse_box
from feedline_hal.testing import ReferenceBackend, circuit_propagator

BACKEND = ReferenceBackend(2)
FRAMES = BACKEND.calibrations.frames
DRIVE, COUPLER = FRAMES["q0_drive_frame"], FRAMES["q0_q1_coupler_frame"]


def played(drive: float | None, coupler: float | None, *, lead_s: float = 16e-9) -> NDArray[np.complex128]:
    """A drive on qubit 0 and the coupler, frames turned, late in a circuit; ``None`` waits instead."""
    kick = Waveform.drag(40e-9, drive or 0.0, sigma_s=8e-9, beta_s=-0.3e-9)
    push = Waveform.cosine(64e-9, coupler or 0.0)
    schedule = Schedule.parallel(
        Schedule.sequential(ShiftPhase(DRIVE, 0.4), Delay(40e-9, (DRIVE,)) if drive is None else Play(DRIVE, kick)),
        Schedule.sequential(
            Delay(lead_s, (COUPLER,)),
            ShiftPhase(COUPLER, -0.9),
            Delay(64e-9, (COUPLER,)) if coupler is None else Play(COUPLER, push),
        ),
    )
    circuit = QuantumCircuit(2)
    circuit.sx(1)
    circuit.delay(37, 0, unit="ns")
    circuit.barrier()
    with pulse_box(circuit, schedule, qubits=[0, 1]):
        pass
    circuit.sx(0)
    return circuit_propagator(circuit, BACKEND)


def test_silent_partner_changes_nothing() -> None:
    """Overlapping plays are stepped; with one of them silent that is what the other does alone."""
    np.testing.assert_allclose(played(0.6, 0.0), played(0.6, None), atol=1e-7)
    np.testing.assert_allclose(played(0.0, 0.8), played(None, 0.8), atol=1e-7)


def test_overlap_of_drive_and_coupler_matters() -> None:
    """Both at once is something else than one after the other, and no less unitary."""
    beside, after = played(0.6, 0.8), played(0.6, 0.8, lead_s=40e-9)
    assert np.abs(np.abs(beside) - np.abs(after)).max() > 0.01
    np.testing.assert_allclose(beside @ beside.conj().T, np.eye(9), atol=1e-9)


def test_measured_circuit_has_no_propagator() -> None:
    circuit = QuantumCircuit(1, 1, name="looked")
    circuit.measure(0, 0)
    with pytest.raises(CapabilityError, match="'looked' measures, resets or decides"):
        circuit_propagator(circuit, BACKEND)
    circuit = QuantumCircuit(1, 1, name="chosen")
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(0)
    with pytest.raises(CapabilityError, match="'chosen'"):
        circuit_propagator(circuit, BACKEND)
