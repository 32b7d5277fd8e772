# SPDX-License-Identifier: Apache-2.0
"""The workload on our side: a made-up pulse backend of any width, its circuits, and calibrations as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter, ParameterVector

from feedline.capabilities import Capabilities
from feedline.device import Device, Executable
from feedline.execution import Chunk, Execution
from feedline.isa import check_isa
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
    PulseGate,
    Schedule,
    ShiftPhase,
    Waveform,
)
from feedline_hal.lowering.bind import bind
from feedline_hal.lowering.family import ProgramFamily
from feedline_hal.lowering.key import device_fingerprint

THETA = Parameter("theta")
MANY_QUBITS = 6
"""From here on qubits lie in a line; fewer form a star, as on qibolab's dummy platform."""


class RandomDevice(Device):
    """Binds every parameter set down to the tables, then answers with random bits, as qibolab's dummy does."""

    def __init__(self, backend: PulseBackend) -> None:
        self._backend = backend
        self._rng = np.random.default_rng(1)

    @property
    def fingerprint(self) -> tuple[str, ...]:
        """What port programs depend on besides the circuit."""
        return device_fingerprint(self._backend)

    def compile(self, circuit: QuantumCircuit) -> Executable:
        """Lower it to the port level."""
        check_isa(circuit, self._backend.target)
        return Executable(circuit, ProgramFamily.of(circuit, self._backend))

    def execute(self, executions: Sequence[Execution]) -> Iterator[Chunk]:
        """One chunk of random bits for each execution."""
        for index, execution in enumerate(executions):
            assert execution.executable is not None, "sent through a session"
            for _, program, values in execution.executable.payload.groups(execution.points):
                bind(program, values)
            shape = (execution.size, execution.shots, execution.num_bytes)
            bits = self._rng.integers(0, 1 << execution.circuit.num_clbits, size=shape, dtype=np.uint8)
            yield Chunk(execution=index, points=slice(0, execution.size), bits=bits)

    def abort(self) -> None:
        """Nothing runs for long."""

    def close(self) -> None:
        """Nothing is open."""


class DummyBackend(PulseBackend):
    """Describes the pulses; the device answers at random."""

    def open(self) -> RandomDevice:
        """A device that is ready."""
        return RandomDevice(self)


def pairs(num_qubits: int) -> list[tuple[int, int]]:
    """Which qubits have a CZ."""
    if num_qubits >= MANY_QUBITS:
        return [(qubit, qubit + 1) for qubit in range(num_qubits - 1)]
    centre = min(2, num_qubits - 1)
    return [(min(qubit, centre), max(qubit, centre)) for qubit in range(num_qubits) if qubit != centre]


def backend(num_qubits: int) -> DummyBackend:
    """A backend whose gates have the pulses of qibolab's dummy platform, on a grid of 1 ns."""
    calibrations = [gate for qubit in range(num_qubits) for gate in one_qubit(qubit)]
    calibrations += [entangler(*pair) for pair in pairs(num_qubits)]
    made = CalibrationSet.of(calibrations)
    return DummyBackend(
        "bench",
        num_qubits=num_qubits,
        ports=made.ports.values(),
        grid=Grid(dt_s=1e-9),
        calibrations=made,
        capabilities=Capabilities(),
    )


def frames(qubit: int) -> tuple[Frame, Frame, Frame]:
    """Drive, readout and capture frame."""
    drive = Port(f"q{qubit}_drive", qubits=(qubit,), lo_frequency_hz=5.0e9)
    readout = Port(f"q{qubit}_readout", qubits=(qubit,), lo_frequency_hz=7.0e9)
    return (
        Frame(f"q{qubit}_drive_frame", drive, frequency_hz=5.05e9 + 1e6 * qubit),
        Frame(f"q{qubit}_readout_frame", readout, frequency_hz=7.1e9),
        Frame(f"q{qubit}_capture_frame", readout, frequency_hz=7.1e9),
    )


def one_qubit(qubit: int) -> list[Calibration]:
    """``gpi2`` (a quarter turn about an axis in the plane), ``rz``, ``sx`` and ``measure``."""
    drive, readout, capture = frames(qubit)
    quarter = Play(drive, Waveform.gaussian(20e-9, 0.1, sigma_s=4e-9))
    read = (
        Play(readout, Waveform.gaussian(2e-6, 0.1, sigma_s=0.4e-6)),
        Capture(capture, 2e-6, kernel=Waveform.constant(2e-6)),
    )
    turned = Schedule((ShiftPhase(drive, -THETA), quarter, ShiftPhase(drive, THETA)))
    return [
        Calibration(gate="gpi2", qubits=(qubit,), arguments=(THETA,), schedule=turned),
        Calibration(gate="rz", qubits=(qubit,), arguments=(THETA,), schedule=Schedule((ShiftPhase(drive, THETA),))),
        Calibration(gate="sx", qubits=(qubit,), schedule=Schedule((quarter,))),
        Calibration(gate="measure", qubits=(qubit,), schedule=Schedule(read), num_bits=1),
    ]


def entangler(one: int, other: int) -> Calibration:
    """A CZ: a pulse on the coupler, then a virtual Z on either qubit."""
    coupler = Frame(
        f"q{one}_q{other}_coupler_frame", Port(f"q{one}_q{other}_coupler", qubits=(one, other)), frequency_hz=0.0
    )
    first, second = frames(one)[0], frames(other)[0]
    items = (
        Play(coupler, Waveform.gaussian(32e-9, 0.05, sigma_s=6.4e-9)),
        Barrier((coupler, first, second)),
        ShiftPhase(first, 0.1),
        ShiftPhase(second, -0.1),
    )
    return Calibration(gate="cz", qubits=(one, other), schedule=Schedule(items))


def random_angles(num_qubits: int, layers: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Angles of one circuit, shape ``(layers, 2, num_qubits)``: first the axes of the pulses, then the virtual Z."""
    return rng.uniform(-np.pi, np.pi, (layers, 2, num_qubits))


def circuit(
    num_qubits: int, layers: int, angles: NDArray[Any] | None = None, *, native: bool = True, full: bool = False
) -> QuantumCircuit:
    """Layers of ``gpi2`` and ``rz`` on every qubit and a CZ, then all qubits are measured.

    Args:
        num_qubits: How many.
        layers: How many.
        angles: From `random_angles`; without them all angles are parameters.
        native: ``gpi2`` is one gate, else ``rz sx rz``.
        full: A layer of CZ on disjoint pairs instead of one.
    """
    made = QuantumCircuit(num_qubits, num_qubits)
    if angles is None:
        angles = np.array(ParameterVector("a", 2 * num_qubits * layers)).reshape(layers, 2, num_qubits)
    coupled = pairs(num_qubits)
    for layer, (axes, turns) in enumerate(angles.tolist()):
        for qubit, axis in enumerate(axes):
            if native:
                made.append(PulseGate("gpi2", 1, [axis]), [qubit])
            else:
                made.rz(-axis, qubit)
                made.sx(qubit)
                made.rz(axis, qubit)
        for qubit, turn in enumerate(turns):
            made.rz(turn, qubit)
        for pair in coupled[layer % 2 :: 2] if full else [coupled[layer % len(coupled)]]:
            made.cz(*pair)
    made.measure(range(num_qubits), range(num_qubits))
    return made


def defcals(num_qubits: int) -> str:
    """OpenPulse text with four ``defcal`` a qubit, and their ports and frames."""
    calibrations = []
    for qubit in range(num_qubits):
        drive = frames(qubit)[0]
        kept = [gate for gate in one_qubit(qubit) if gate.gate in ("rz", "measure")]
        for name, amplitude in (("sx", 0.1 + 1e-4 * qubit), ("x", 0.2 + 1e-4 * qubit)):
            pulse = Play(drive, Waveform.drag(20e-9, amplitude, sigma_s=4e-9, beta_s=1e-9))
            kept.append(Calibration(gate=name, qubits=(qubit,), schedule=Schedule((pulse,))))
        calibrations += kept
    return CalibrationSet.of(calibrations).to_openpulse()
