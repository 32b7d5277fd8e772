# SPDX-License-Identifier: Apache-2.0
"""The reference device's own calibrations.

Amplitudes start from the area that a rotation needs, ``angle / (2 pi rabi_hz sum(envelope) dt)``, and
``beta_s`` from half the inverse anharmonicity; both were then moved to the least average infidelity of
the exact propagator (Nelder-Mead) and rounded. The same was done for the coupler's amplitude and
frequency. Tests hold the resulting errors to the numbers given here.

``rz`` is virtual and acts on the drive frame only. Gates that conserve the number of excitations but
exchange them (an iSWAP on the coupler) would need its frame turned as well; CZ and RZZ do not.

Source: Motzoi et al., Phys. Rev. Lett. 103, 110501 (2009) (DRAG); McKay et al., Phys. Rev. A 96, 022330
(2017) (virtual Z); Reagor et al., Science Advances 4, eaao3603 (2018) (CZ by a driven |11> - |20>).
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import attrs
from qiskit.circuit import Parameter

from feedline_hal.calibration.calibration import Calibration
from feedline_hal.calibration.calibration_set import CalibrationSet
from feedline_hal.pulse.frame import Frame
from feedline_hal.pulse.instruction import Barrier, Capture, Delay, Play, ShiftPhase
from feedline_hal.pulse.schedule import Schedule
from feedline_hal.pulse.waveform import Waveform

from .model import Model

GATE_S = 32e-9
SIGMA_S = 6e-9
COUPLER_S = 128e-9
READOUT_S = 400e-9
READOUT_AMPLITUDE = 0.4
RESET_S = 200e-9
RESET_HZ = 3e9


@attrs.frozen(kw_only=True, slots=True)
class _Tuned:
    """Amplitude and DRAG coefficient of a rotation, and the infidelity that they leave."""

    amplitude: float
    beta_s: float
    error: float


_SX = (
    _Tuned(amplitude=0.335069, beta_s=-0.276e-9, error=1.9e-6),
    _Tuned(amplitude=0.372295, beta_s=-0.267e-9, error=4.4e-7),
)
_X = (
    _Tuned(amplitude=0.670595, beta_s=-0.274e-9, error=4.8e-6),
    _Tuned(amplitude=0.745062, beta_s=-0.265e-9, error=4.5e-6),
)
_COUPLER_HZ = 300.0525e6
"""The |11> - |20> transition, 300 MHz, and how far the drive moves it."""

_COUPLER_AMPLITUDE = 0.92072
_COUPLER_RAD = 0.030683
"""What the coupler's pulse adds to qubit 1's phase and takes from qubit 0's, by driving |01> - |10> far off."""

_PAIR_RAD = 0.00602
"""What two half pulses add to the conditional phase beyond pi and the phase between them."""


def gate_set(model: Model, *, fractional: bool = False) -> CalibrationSet:
    """The calibrations.

    Args:
        model: The physics; one or two transmons.
        fractional: Whether to have ``rx`` and ``rzz`` of any angle too.
    """
    ports = {port.name: port for port in model.ports}
    frames = {frame.name: frame for frame in _frames(model)}
    made: list[Calibration] = []
    for qubit in range(model.num_qubits):
        made += _rotations(qubit, frames[f"q{qubit}_drive_frame"], fractional=fractional)
        made += [_measure(qubit, frames), _reset(qubit, frames)]
    if model.num_qubits == 2:
        made += [_cz(frames, pair) for pair in ((0, 1), (1, 0))]
        made += [_rzz(frames, pair) for pair in ((0, 1), (1, 0)) if fractional]
    return CalibrationSet(ports=ports, frames=frames, calibrations=made)


def _frames(model: Model) -> Iterator[Frame]:
    ports = {port.name: port for port in model.ports}
    for qubit, transmon in enumerate(model.transmons):
        readout = ports[f"q{qubit}_readout"]
        yield Frame(f"q{qubit}_drive_frame", ports[f"q{qubit}_drive"], frequency_hz=transmon.frequency_hz)
        yield Frame(f"q{qubit}_readout_frame", readout, frequency_hz=transmon.readout_hz)
        yield Frame(f"q{qubit}_capture_frame", readout, frequency_hz=transmon.readout_hz)
        yield Frame(f"q{qubit}_reset_frame", ports[f"q{qubit}_reset"], frequency_hz=RESET_HZ)
    if model.num_qubits == 2:
        yield Frame("q0_q1_coupler_frame", ports["q0_q1_coupler"], frequency_hz=_COUPLER_HZ)


def _rotations(qubit: int, frame: Frame, *, fractional: bool) -> Iterator[Calibration]:
    theta = Parameter("theta")
    qubits, sx, x = (qubit,), _SX[qubit], _X[qubit]
    yield Calibration(
        gate="rz", qubits=qubits, arguments=(theta,), schedule=Schedule.left(ShiftPhase(frame, theta)), error=0.0
    )
    for name, tuned in (("sx", sx), ("x", x)):
        pulse = Waveform.drag(GATE_S, tuned.amplitude, sigma_s=SIGMA_S, beta_s=tuned.beta_s)
        yield Calibration(gate=name, qubits=qubits, schedule=Schedule.left(Play(frame, pulse)), error=tuned.error)
    yield Calibration(gate="id", qubits=qubits, schedule=Schedule.left(Delay(GATE_S, (frame,))), error=0.0)
    if fractional:
        turned = 2 * (theta / 2).tan().arctan()  # from -pi to pi, the same rotation but for a sign
        pulse = Waveform.drag(GATE_S, x.amplitude / math.pi * turned, sigma_s=SIGMA_S, beta_s=x.beta_s)
        yield Calibration(
            gate="rx", qubits=qubits, arguments=(theta,), schedule=Schedule.left(Play(frame, pulse)), error=x.error
        )


def _measure(qubit: int, frames: dict[str, Frame]) -> Calibration:
    tone, ear = frames[f"q{qubit}_readout_frame"], frames[f"q{qubit}_capture_frame"]
    schedule = Schedule.left(
        Barrier((tone, ear)),
        Play(tone, Waveform.constant(READOUT_S, READOUT_AMPLITUDE)),
        Capture(ear, READOUT_S, kernel=Waveform.constant(READOUT_S)),
    )
    return Calibration(gate="measure", qubits=(qubit,), schedule=schedule, num_bits=1, error=0.0)


def _reset(qubit: int, frames: dict[str, Frame]) -> Calibration:
    """Energy leaves through the reset port: less than 1e-13 of it is left."""
    pulse = Waveform.constant(RESET_S, 1.0)
    schedule = Schedule.left(Play(frames[f"q{qubit}_reset_frame"], pulse))
    return Calibration(gate="reset", qubits=(qubit,), schedule=schedule, error=0.0)


def _cz(frames: dict[str, Frame], pair: tuple[int, int]) -> Calibration:
    """A full turn of |11> through |20> gives it a sign."""
    coupler = frames["q0_q1_coupler_frame"]
    drives = tuple(frames[f"q{qubit}_drive_frame"] for qubit in (0, 1))
    schedule = Schedule.left(
        Barrier((*drives, coupler)),
        Play(coupler, Waveform.cosine(COUPLER_S, _COUPLER_AMPLITUDE)),
        Barrier((*drives, coupler)),
        ShiftPhase(drives[0], _COUPLER_RAD),
        ShiftPhase(drives[1], -_COUPLER_RAD),
    )
    return Calibration(gate="cz", qubits=pair, schedule=schedule, error=1e-9)


def _rzz(frames: dict[str, Frame], pair: tuple[int, int]) -> Calibration:
    """Half a turn to |20> and half a turn back about an axis turned by the angle."""
    theta = Parameter("theta")
    coupler = frames["q0_q1_coupler_frame"]
    drives = tuple(frames[f"q{qubit}_drive_frame"] for qubit in (0, 1))
    half = Waveform.cosine(COUPLER_S / 2, _COUPLER_AMPLITUDE)
    between = math.pi + _PAIR_RAD + 2 * theta
    schedule = Schedule.left(
        Barrier((*drives, coupler)),
        Play(coupler, half),
        ShiftPhase(coupler, -between),
        Play(coupler, half),
        ShiftPhase(coupler, between),
        Barrier((*drives, coupler)),
        ShiftPhase(drives[0], theta + _COUPLER_RAD),
        ShiftPhase(drives[1], theta - _COUPLER_RAD),
    )
    return Calibration(gate="rzz", qubits=pair, arguments=(theta,), schedule=schedule, error=1e-4)
