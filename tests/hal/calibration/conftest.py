# SPDX-License-Identifier: Apache-2.0
"""A two-qubit lab and a store of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from qiskit.circuit import Parameter

from feedline_hal import (
    Calibration,
    CalibrationSet,
    CalibrationStore,
    Capture,
    Frame,
    Play,
    Port,
    Schedule,
    ShiftPhase,
    Waveform,
)


def make_lab(*, amplitude: float = 0.1182, frequency_hz: float = 5.1e9, theta: str = "theta") -> CalibrationSet:
    """Two qubits with sx, rz, rx and measure, and a sampled cz from 0 to 1."""
    calibrations = []
    drives = []
    for qubit in range(2):
        drive = Frame(f"q{qubit}_drive_frame", Port(f"q{qubit}_drive", qubits=[qubit]), frequency_hz=frequency_hz)
        line = Port(f"q{qubit}_readout", qubits=[qubit])
        readout, capture = (
            Frame(f"q{qubit}_{name}_frame", line, frequency_hz=7.1e9) for name in ("readout", "capture")
        )
        angle = Parameter(theta)
        half = Waveform.drag(24e-9, amplitude, sigma_s=6e-9, beta_s=1e-10)
        turn = Waveform.gaussian(24e-9, 0.03 * angle, sigma_s=6e-9)
        tone = Waveform.constant(400e-9, 0.2)
        listen = Capture(capture, 400e-9, kernel=Waveform.constant(400e-9))
        calibrations += [
            Calibration(gate="sx", qubits=[qubit], schedule=Schedule.left(Play(drive, half))),
            Calibration(gate="rz", qubits=[qubit], arguments=[angle], schedule=Schedule.left(ShiftPhase(drive, angle))),
            Calibration(gate="rx", qubits=[qubit], arguments=[angle], schedule=Schedule.left(Play(drive, turn))),
            Calibration(
                gate="measure",
                qubits=[qubit],
                num_bits=1,
                schedule=Schedule.left(Play(readout, tone), listen),
            ),
        ]
        drives.append(drive)
    ramp = Waveform.sampled([0.1, 0.2 + 0.1j, 0.3], rate_hz=1e9)
    cz = Schedule.left(Play(drives[0], ramp), ShiftPhase(drives[1], 0.25), name="cz")
    calibrations.append(Calibration(gate="cz", qubits=[0, 1], schedule=cz, error=0.01))
    return CalibrationSet.of(calibrations)


@pytest.fixture
def lab() -> Callable[..., CalibrationSet]:
    """Makes the lab's calibrations, with changes."""
    return make_lab


@pytest.fixture
def drive() -> Frame:
    """A frame to play on."""
    return Frame("q0_drive_frame", Port("q0_drive", qubits=[0]), frequency_hz=5.1e9)


@pytest.fixture
def store(tmp_path: Path) -> CalibrationStore:
    """An empty store."""
    return CalibrationStore(tmp_path / "store")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder with a home of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FEEDLINE_HOME", str(tmp_path / "home"))
    return tmp_path
