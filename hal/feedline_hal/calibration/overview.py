# SPDX-License-Identifier: Apache-2.0
"""A calibration in one line: duration, amplitudes, shapes; for tables and JSON."""

from __future__ import annotations

from typing import Any

from qiskit.circuit import Parameter, ParameterExpression

from feedline_hal.errors import PulseError
from feedline_hal.pulse.instruction import Play
from feedline_hal.pulse.value import Value

from .calibration import Calibration
from .calibration_set import CalibrationSet


def calibration_row(calibration: Calibration) -> dict[str, Any]:
    """One calibration as JSON; expressions as text, ``None`` for what is not known.

    ``amplitudes`` and ``shapes`` have an entry for each play.
    """
    plays = [item.waveform for item in calibration.schedule.instructions() if isinstance(item, Play)]
    arguments = [item.name if isinstance(item, Parameter) else float(item) for item in calibration.arguments]
    return {
        "label": calibration.label,
        "gate": calibration.gate,
        "arguments": arguments,
        "qubits": list(calibration.qubits),
        "duration_s": _duration_s(calibration),
        "amplitudes": [_value(waveform.amplitude) for waveform in plays],
        "shapes": [waveform.shape for waveform in plays],
        "num_bits": calibration.num_bits,
        "bounds": [None if bound is None else list(bound) for bound in calibration.bounds],
        "error": calibration.error,
    }


def frame_rows(calibrations: CalibrationSet) -> list[dict[str, Any]]:
    """The frames of a set as JSON."""
    return [
        {
            "frame": frame.name,
            "port": frame.port.name,
            "frequency_hz": _value(frame.frequency_hz),
            "phase_rad": _value(frame.phase_rad),
        }
        for frame in calibrations.frames.values()
    ]


def _duration_s(calibration: Calibration) -> float | None:
    try:
        return calibration.schedule.duration_s
    except PulseError:
        return None  # it depends on the arguments


def _value(value: Value) -> Any:
    if isinstance(value, ParameterExpression):
        return str(value)
    return {"re": value.real, "im": value.imag} if isinstance(value, complex) else value
