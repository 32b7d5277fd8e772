# SPDX-License-Identifier: Apache-2.0
"""Does a calibration set fit a device? Found out when it is attached, not when a circuit runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from feedline.errors import nearest

from .errors import CalibrationError, LimitError
from .pulse.instruction import Capture, Play, SetFrequency, frames_of
from .pulse.value import parameters_of

if TYPE_CHECKING:
    from .backend import PulseBackend
    from .calibration.calibration_set import CalibrationSet
    from .pulse.port import Port
    from .pulse.schedule import Schedule
    from .pulse.waveform import Waveform

_FLOATING_POINT = 1e-9


def check_fit(calibrations: CalibrationSet, backend: PulseBackend) -> None:
    """Refuse calibrations that the device could not play; what depends on parameters is checked when bound.

    Raises:
        CalibrationError: If a port or qubit does not exist, or a port cannot play or capture.
        LimitError: If an amplitude or frequency is beyond what the port allows.
        GridError: If a duration is off the grid.
    """
    for calibration in calibrations.calibrations:
        what = f"Calibration '{calibration.label}'"
        for qubit in calibration.qubits:
            if qubit is not None and not 0 <= qubit < backend.num_qubits:
                raise CalibrationError(
                    f"{what} is for qubit {qubit}, backend '{backend.name}' has {backend.num_qubits} qubits.",
                    remedy=f"Its qubits are 0 to {backend.num_qubits - 1}.",
                )
        check_schedule(calibration.schedule, backend, what)


def check_schedule(schedule: Schedule, backend: PulseBackend, what: str) -> None:
    """The same for one schedule; errors begin with what it is."""
    for instruction in schedule.instructions():
        kind = type(instruction).__name__.lower()
        for frame in frames_of(instruction):
            port = _port(frame.port.name, backend, f"{what}: {kind}")
            _check_frequency(frame.frequency_hz, port, f"{what}: frame '{frame.name}'")
            if isinstance(instruction, SetFrequency):
                _check_frequency(instruction.frequency_hz, port, f"{what}: set_frequency of frame '{frame.name}'")
            if isinstance(instruction, Play):
                _check_play(instruction.waveform, port, backend, what)
            if isinstance(instruction, Capture):
                _check_capture(instruction, port, backend, what)


def _port(name: str, backend: PulseBackend, what: str) -> Port:
    if name not in backend.ports:
        raise CalibrationError(
            f"{what} is on port '{name}', which backend '{backend.name}' does not have.",
            remedy=nearest(name, backend.ports),
        )
    return backend.ports[name]


def _check_frequency(value: Any, port: Port, what: str) -> None:
    if port.frequency_range_hz is None or parameters_of(value):
        return
    low, high = port.frequency_range_hz
    if not low <= float(value) <= high:
        raise LimitError(
            f"{what} is at {float(value):.10g} Hz, beyond port '{port.name}'.",
            remedy=f"Use a frequency from {low:.10g} to {high:.10g} Hz.",
        )


def _check_play(waveform: Waveform, port: Port, backend: PulseBackend, what: str) -> None:
    if not port.can_play:
        raise CalibrationError(
            f"{what} plays on port '{port.name}', which only captures.", remedy="Use another port of the device."
        )
    if not parameters_of(waveform.duration_s):
        backend.grid.play_ticks(waveform.duration_s, f"{what}: play on '{port.name}'")
    if waveform.free:
        return
    largest = float(np.abs(waveform.sample(port.rate_hz or 1 / backend.grid.dt_s)).max(initial=0.0))
    if largest > port.max_amplitude * (1 + _FLOATING_POINT):
        raise LimitError(
            f"{what} plays an amplitude of {largest:.6g} on port '{port.name}'.",
            remedy=f"The port allows up to {port.max_amplitude:.6g} of full scale.",
        )


def _check_capture(capture: Capture, port: Port, backend: PulseBackend, what: str) -> None:
    if not port.can_capture:
        raise CalibrationError(
            f"{what} captures from port '{port.name}', which only plays.", remedy="Use another port of the device."
        )
    if not parameters_of(capture.duration_s):
        backend.grid.capture_ticks(capture.duration_s, f"{what}: capture from '{port.name}'")
