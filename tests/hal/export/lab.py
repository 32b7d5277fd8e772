# SPDX-License-Identifier: Apache-2.0
"""A lab of any number of qubits whose pulses are known: what exports and pictures must say of them follows."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from feedline.capabilities import CONTROL_FLOW, Capabilities
from feedline.device import Device
from feedline_hal.backend import PulseBackend
from feedline_hal.calibration.calibration import Calibration
from feedline_hal.calibration.calibration_set import CalibrationSet
from feedline_hal.grid import Grid
from feedline_hal.pulse.frame import Frame
from feedline_hal.pulse.instruction import Barrier, Capture, Play, ShiftPhase
from feedline_hal.pulse.port import Port
from feedline_hal.pulse.schedule import Schedule
from feedline_hal.pulse.waveform import Waveform

SX_S, CZ_S, READOUT_S = 40e-9, 100e-9, 1e-6
SX_AMPLITUDE, READOUT_AMPLITUDE = 0.125, 0.25
SIX_GHZ, SEVEN_GHZ = 6e9, 7e9


class Lab(PulseBackend):
    """A line of qubits; nothing behind it."""

    def __init__(self, qubits: int) -> None:
        calibrations = gate_set(qubits)
        super().__init__(
            "lab",
            num_qubits=qubits,
            ports=calibrations.ports.values(),
            grid=Grid(dt_s=1e-9),
            calibrations=calibrations,
            capabilities=Capabilities(control_flow=CONTROL_FLOW),
        )

    def open(self) -> Device:
        raise NotImplementedError


def gate_set(qubits: int) -> CalibrationSet:
    ports: dict[str, Port] = {}
    frames: dict[str, Frame] = {}

    def add(port: Port, frequency_hz: float, *names: str) -> None:
        ports[port.name] = port
        frames.update({name: Frame(name, port, frequency_hz=frequency_hz) for name in names})

    for qubit in range(qubits):
        add(Port(f"q{qubit}_drive", qubits=(qubit,), lo_frequency_hz=SIX_GHZ - 1e8), SIX_GHZ, f"q{qubit}_drive_frame")
        readout = Port(f"q{qubit}_readout", qubits=(qubit,))
        add(readout, SEVEN_GHZ, f"q{qubit}_readout_frame", f"q{qubit}_capture_frame")
    for one, other in pairwise(range(qubits)):
        add(Port(f"q{one}_q{other}_coupler", qubits=(one, other)), 0.0, f"q{one}_q{other}_coupler_frame")
    made = [calibration for qubit in range(qubits) for calibration in _single(qubit, frames)]
    made += [_cz(one, other, frames) for one, other in pairwise(range(qubits))]
    return CalibrationSet(ports=ports, frames=frames, calibrations=made)


def _single(qubit: int, frames: dict[str, Frame]) -> list[Calibration]:
    theta = Parameter("theta")
    drive, tone, ear = (frames[f"q{qubit}_{what}_frame"] for what in ("drive", "readout", "capture"))
    sx = Play(drive, Waveform.drag(SX_S, SX_AMPLITUDE, sigma_s=8e-9, beta_s=1e-9))
    measure = Schedule.left(
        Barrier((drive, tone, ear)),
        Play(tone, Waveform.constant(READOUT_S, READOUT_AMPLITUDE)),
        Capture(ear, READOUT_S, kernel=Waveform.constant(READOUT_S)),
    )
    return [
        Calibration(gate="sx", qubits=(qubit,), schedule=Schedule.left(sx)),
        Calibration(gate="rz", qubits=(qubit,), arguments=(theta,), schedule=Schedule.left(ShiftPhase(drive, theta))),
        Calibration(gate="measure", qubits=(qubit,), schedule=measure, num_bits=1),
    ]


def _cz(one: int, other: int, frames: dict[str, Frame]) -> Calibration:
    coupler = frames[f"q{one}_q{other}_coupler_frame"]
    drives = [frames[f"q{qubit}_drive_frame"] for qubit in (one, other)]
    pulse = Waveform.gaussian_square(CZ_S, 0.5, sigma_s=5e-9, width_s=80e-9)
    schedule = Schedule.left(Barrier((*drives, coupler)), Play(coupler, pulse), Barrier((*drives, coupler)))
    return Calibration(gate="cz", qubits=(one, other), schedule=schedule)


def turns(theta: float | Parameter) -> QuantumCircuit:
    """sx, rz(theta), sx, measure."""
    circuit = QuantumCircuit(1, 1, name="turns")
    circuit.sx(0)
    circuit.rz(theta, 0)
    circuit.sx(0)
    circuit.measure(0, 0)
    return circuit


def layers(qubits: int, depth: int, rng: np.random.Generator) -> QuantumCircuit:
    """Layers of rz-sx-rz-sx-rz on each qubit and of cz on neighbours; then all are measured."""
    circuit = QuantumCircuit(qubits, qubits, name=f"{depth} layers")
    for layer in range(depth):
        for qubit in range(qubits):
            for _ in range(2):
                circuit.rz(rng.uniform(-3, 3), qubit)
                circuit.sx(qubit)
            circuit.rz(rng.uniform(-3, 3), qubit)
        for qubit in range(layer % 2, qubits - 1, 2):
            circuit.cz(qubit, qubit + 1)
    circuit.measure(range(qubits), range(qubits))
    return circuit


def decisions() -> QuantumCircuit:
    """Measure; if the bit is 1 turn, else wait; twice a turn; stop while it is 1; turn."""
    circuit = QuantumCircuit(1, 1, name="decisions")
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)) as otherwise:
        circuit.sx(0)
    with otherwise:
        circuit.delay(300, 0, unit="ns")
    with circuit.for_loop(range(2)):
        circuit.sx(0)
    with circuit.while_loop((circuit.clbits[0], 1)):
        circuit.break_loop()
    circuit.sx(0)
    return circuit
