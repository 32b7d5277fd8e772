# SPDX-License-Identifier: Apache-2.0
"""A made-up pulse backend of any width, for tests of lowering."""

from __future__ import annotations

from qiskit.circuit import Parameter

from feedline import Device
from feedline.capabilities import Capabilities
from feedline_hal import (
    Barrier,
    Calibration,
    CalibrationSet,
    Capture,
    Frame,
    Grid,
    Play,
    Port,
    PulseBackend,
    Schedule,
    SetFrequency,
    SetPhase,
    ShiftFrequency,
    ShiftPhase,
    Waveform,
)

THETA = Parameter("theta")
NS = 1e-9
CONTROL_FLOW = frozenset({"if_else", "for_loop", "while_loop", "switch_case", "break_loop", "continue_loop"})


class Paper(PulseBackend):
    """Exists on paper only."""

    def open(self) -> Device:
        raise NotImplementedError


def port(name: str, *qubits: int, lo_hz: float | None = None, **limits: object) -> Port:
    return Port(name, qubits=qubits, lo_frequency_hz=lo_hz, **limits)  # type: ignore[arg-type]


def frames(qubit: int) -> tuple[Frame, Frame, Frame]:
    """Drive, readout and capture frame of a qubit."""
    drive = port(f"q{qubit}_drive", qubit, lo_hz=5.0e9, frequency_range_hz=(4.5e9, 5.5e9))
    readout = port(f"q{qubit}_readout", qubit, lo_hz=7.0e9)
    return (
        Frame(f"q{qubit}_drive_frame", drive, frequency_hz=5.05e9 + 1e6 * qubit),
        Frame(f"q{qubit}_readout_frame", readout, frequency_hz=7.1e9),
        Frame(f"q{qubit}_capture_frame", readout, frequency_hz=7.1e9),
    )


def drag(amplitude: object) -> Waveform:
    return Waveform.drag(40 * NS, amplitude, sigma_s=10 * NS, beta_s=1 * NS)  # type: ignore[arg-type]


def one_qubit(qubit: int) -> list[Calibration]:
    """Gates of one qubit."""
    drive, readout, capture = frames(qubit)

    def gate(name: str, *items: object, formal: bool = False, **extra: object) -> Calibration:
        arguments = (THETA,) if formal else ()
        return Calibration(gate=name, qubits=(qubit,), arguments=arguments, schedule=Schedule(items), **extra)  # type: ignore[arg-type]

    read = (
        Play(readout, Waveform.constant(400 * NS, 0.2)),
        Capture(capture, 400 * NS, kernel=Waveform.constant(400 * NS)),
    )
    return [
        gate("rz", ShiftPhase(drive, THETA), formal=True),
        gate("sx", Play(drive, drag(0.15))),
        gate("x", Play(drive, drag(0.3))),
        gate("rx", Play(drive, drag(THETA * 0.1)), formal=True, bounds=((-3.2, 3.2),)),
        gate("bend", Play(drive, drag(0.3 * (THETA / 2).sin())), formal=True),
        gate("tune", ShiftFrequency(drive, 1e6 * THETA), formal=True),
        gate("retune", SetFrequency(drive, 5.0e9 + 1e6 * THETA), formal=True),
        gate("zero", SetPhase(drive, THETA), formal=True),
        gate("long", Play(drive, Waveform.constant(THETA, 0.1)), formal=True),
        gate("wide", Play(drive, Waveform.gaussian(40 * NS, 0.1, sigma_s=THETA)), formal=True),
        gate("measure", *read, num_bits=1),
    ]


def two_qubits(one: int, other: int) -> list[Calibration]:
    """A CZ with its virtual Z rotations."""
    coupler = Frame(f"q{one}_q{other}_coupler_frame", port(f"q{one}_q{other}_coupler", one, other), frequency_hz=0.0)
    first, second = frames(one)[0], frames(other)[0]
    schedule = Schedule(
        (
            Play(coupler, Waveform.constant(60 * NS, 0.5)),
            Barrier((coupler, first, second)),
            ShiftPhase(first, 0.3),
            ShiftPhase(second, -0.2),
        )
    )
    return [Calibration(gate="cz", qubits=(one, other), schedule=schedule)]


def paper(num_qubits: int, *, grid: Grid | None = None, more: tuple[Calibration, ...] = ()) -> Paper:
    """A backend of so many qubits in a line."""
    calibrations = [calibration for qubit in range(num_qubits) for calibration in one_qubit(qubit)]
    calibrations += [gate for qubit in range(num_qubits - 1) for gate in two_qubits(qubit, qubit + 1)]
    made = CalibrationSet.of([*calibrations, *more])
    return Paper(
        "paper",
        num_qubits=num_qubits,
        ports=made.ports.values(),
        grid=grid or Grid(dt_s=1 * NS),
        calibrations=made,
        capabilities=Capabilities(control_flow=CONTROL_FLOW),
    )
