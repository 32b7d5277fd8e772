# SPDX-License-Identifier: Apache-2.0
"""A made-up device of three qubits in a row that answers with zeros: for what happens before pulses play."""

from __future__ import annotations

import math
from typing import Any

from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from feedline.capabilities import CONTROL_FLOW, Capabilities
from feedline.device import Device
from feedline.isa import IsaCache, Transpilation
from feedline.testing.null import NullDevice
from feedline_hal import (
    Calibration,
    CalibrationSet,
    Capture,
    Frame,
    Grid,
    Play,
    Port,
    PulseBackend,
    PulseGate,
    Schedule,
    ShiftPhase,
    Waveform,
)

NS = 1e-9
THETA = Parameter("theta")
WIDTH = 3
GRID = Grid(dt_s=NS, granularity_ticks=4, min_play_ticks=8, pulse_alignment_ticks=2, capture_alignment_ticks=4)
PORTS = {
    port.name: port
    for port in (
        *(
            Port(f"q{q}_drive", qubits=(q,), can_capture=False, frequency_range_hz=(4e9, 6e9), max_amplitude=0.9)
            for q in range(WIDTH)
        ),
        *(Port(f"q{q}_readout", qubits=(q,)) for q in range(WIDTH)),
        *(Port(f"q{q}_q{q + 1}_coupler", qubits=(q, q + 1)) for q in range(WIDTH - 1)),
    )
}
DRIVE = [Frame(f"q{q}_drive_frame", PORTS[f"q{q}_drive"], frequency_hz=5e9 + 1e8 * q) for q in range(WIDTH)]
READOUT = [Frame(f"q{q}_readout_frame", PORTS[f"q{q}_readout"], frequency_hz=7e9) for q in range(WIDTH)]
COUPLER = [Frame(f"c{q}_frame", PORTS[f"q{q}_q{q + 1}_coupler"], frequency_hz=3e8) for q in range(WIDTH - 1)]


def wave(amplitude: Any = 0.2, duration_s: float = 20 * NS) -> Waveform:
    return Waveform.gaussian(duration_s, amplitude, sigma_s=duration_s / 4)


def drive(qubit: int, amplitude: Any = 0.2, name: str = "") -> Schedule:
    return Schedule.left(Play(DRIVE[qubit], wave(amplitude)), name=name)


def readout(*qubits: int) -> Schedule:
    captures = [
        Capture(READOUT[qubit], 1e-6, kernel=Waveform.constant(1e-6), slot=slot) for slot, qubit in enumerate(qubits)
    ]
    return Schedule.parallel(*captures, name="readout")


def calibration_set(*calibrations: Calibration) -> CalibrationSet:
    """A set with the frames and ports that its schedules are about."""
    frames = {frame.name: frame for one in calibrations for frame in one.schedule.frames()}
    ports = {frame.port.name: frame.port for frame in frames.values()}
    return CalibrationSet(ports=ports, frames=frames, calibrations=calibrations)


def own_calibrations() -> list[Calibration]:
    made = []
    for q in range(WIDTH):
        virtual = Schedule.left(ShiftPhase(DRIVE[q], THETA))
        made += [
            Calibration(gate="rz", qubits=(q,), arguments=(THETA,), schedule=virtual),
            Calibration(gate="sx", qubits=(q,), schedule=drive(q), error=1e-4),
            Calibration(gate="measure", qubits=(q,), schedule=readout(q), num_bits=1, error=1e-2),
        ]
    for q in range(WIDTH - 1):
        schedule = Schedule.left(Play(COUPLER[q], Waveform.constant(40 * NS, 0.3)))
        made.append(Calibration(gate="cz", qubits=(q, q + 1), schedule=schedule, error=1e-3))
    return made


class Lab(PulseBackend):
    """Plays nothing, answers with zeros."""

    def open(self) -> Device:
        return NullDevice(self.target)


def lab(*more: Calibration) -> PulseBackend:
    backend = Lab(
        "lab",
        num_qubits=WIDTH,
        ports=PORTS.values(),
        grid=GRID,
        calibrations=calibration_set(*own_calibrations()),
        capabilities=Capabilities(control_flow=CONTROL_FLOW),
    )
    return backend.derived(calibration_set(*more)) if more else backend


def kick(*qubits: int) -> tuple[Calibration, ...]:
    """A gate of one amplitude, calibrated on these qubits."""
    return tuple(
        Calibration(gate="kick", qubits=(q,), arguments=(THETA,), schedule=drive(q, THETA / math.pi)) for q in qubits
    )


def isa(circuit: QuantumCircuit, backend: Any, level: int = 2) -> QuantumCircuit:
    """What a primitive makes of the circuit."""
    return IsaCache(backend).get(circuit, Transpilation(optimization_level=level, seed=5))


def pulse_gate(value: Any = 0.5, ideal: Any = None) -> PulseGate:
    return PulseGate("kick", 1, [value], ideal=ideal)
