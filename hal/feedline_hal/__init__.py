# SPDX-License-Identifier: Apache-2.0
"""The hardware abstraction layer: from circuits to the wire.

Everything is loaded on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .backend import PulseBackend
    from .calibration.calibration import Calibration
    from .calibration.calibration_set import CalibrationSet
    from .calibration.store import CalibrationStore
    from .gate.pulse_box import pulse_box
    from .gate.pulse_gate import PulseGate
    from .grid import Grid
    from .lowering.lower import lower
    from .program.program import Program
    from .pulse.frame import Frame
    from .pulse.instruction import (
        Barrier,
        Capture,
        Delay,
        Play,
        SetFrequency,
        SetPhase,
        ShiftFrequency,
        ShiftPhase,
    )
    from .pulse.port import Port
    from .pulse.schedule import Schedule
    from .pulse.shape import register_waveform
    from .pulse.waveform import Waveform

_HOME = {
    "Barrier": "pulse.instruction",
    "Calibration": "calibration.calibration",
    "CalibrationSet": "calibration.calibration_set",
    "CalibrationStore": "calibration.store",
    "Capture": "pulse.instruction",
    "Delay": "pulse.instruction",
    "Frame": "pulse.frame",
    "Grid": "grid",
    "Play": "pulse.instruction",
    "Port": "pulse.port",
    "Program": "program.program",
    "PulseBackend": "backend",
    "PulseGate": "gate.pulse_gate",
    "Schedule": "pulse.schedule",
    "SetFrequency": "pulse.instruction",
    "SetPhase": "pulse.instruction",
    "ShiftFrequency": "pulse.instruction",
    "ShiftPhase": "pulse.instruction",
    "Waveform": "pulse.waveform",
    "lower": "lowering.lower",
    "pulse_box": "gate.pulse_box",
    "register_waveform": "pulse.shape",
}

__all__ = [
    "Barrier",
    "Calibration",
    "CalibrationSet",
    "CalibrationStore",
    "Capture",
    "Delay",
    "Frame",
    "Grid",
    "Play",
    "Port",
    "Program",
    "PulseBackend",
    "PulseGate",
    "Schedule",
    "SetFrequency",
    "SetPhase",
    "ShiftFrequency",
    "ShiftPhase",
    "Waveform",
    "lower",
    "pulse_box",
    "register_waveform",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(import_module(f".{_HOME[name]}", __name__), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'feedline_hal' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
