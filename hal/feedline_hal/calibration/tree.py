# SPDX-License-Identifier: Apache-2.0
"""Calibrations as trees of JSON values: what is hashed, and what is stored."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray
from qiskit.circuit import Parameter

from feedline_hal.pulse.frame import Frame
from feedline_hal.pulse.instruction import (
    Barrier,
    Capture,
    Delay,
    Instruction,
    Play,
    SetFrequency,
    SetPhase,
    ShiftFrequency,
    ShiftPhase,
)
from feedline_hal.pulse.schedule import Alignment, Schedule
from feedline_hal.pulse.value import Value
from feedline_hal.pulse.waveform import Waveform

from .calibration import Calibration
from .expression import expression_text

PHASES: Mapping[str, type[ShiftPhase] | type[SetPhase]] = {"shift_phase": ShiftPhase, "set_phase": SetPhase}
FREQUENCIES: Mapping[str, type[ShiftFrequency] | type[SetFrequency]] = {
    "shift_frequency": ShiftFrequency,
    "set_frequency": SetFrequency,
}
KINDS: Mapping[type, str] = {
    Play: "play",
    Capture: "capture",
    Delay: "delay",
    Barrier: "barrier",
    **{kind: name for name, kind in (*PHASES.items(), *FREQUENCIES.items())},
}
"""What instructions are called in trees, differences and tables."""


def formal_parameters(calibration: Calibration) -> tuple[Parameter | None, ...]:
    """The formal parameter of each argument, ``None`` for a literal."""
    return tuple(item if isinstance(item, Parameter) else None for item in calibration.arguments)


def positional_names(calibration: Calibration) -> dict[Parameter, str]:
    """Names of formal parameters by place: ``p0``, ``p1``; so that what they are called does not matter."""
    return {item: f"p{place}" for place, item in enumerate(formal_parameters(calibration)) if item is not None}


@attrs.frozen(slots=True, eq=False)
class TreeWriter:
    """Writes the schedules of one calibration; samples go to `arrays`, named by their hash.

    Attributes:
        names: What formal parameters are called.
        arrays: Samples by hash, shape ``(n,)``, complex.
        has_labels: Whether names that are for people only are written too.
    """

    names: Mapping[Parameter, str]
    arrays: dict[str, NDArray[np.complex128]]
    has_labels: bool = False

    def value(self, value: Value) -> Any:
        """A number; a complex one as ``{"re", "im"}``, an expression as ``{"text"}``."""
        kind = type(value)
        if kind is float:
            return value + 0.0  # -0.0 becomes 0.0
        if kind is complex:
            return {"re": value.real + 0.0, "im": value.imag + 0.0}
        if isinstance(value, int | float):
            return float(value) + 0.0
        text = expression_text(value, self.names)
        try:
            return float(text) + 0.0  # Qiskit has simplified it to a number, and still lists a parameter
        except ValueError:
            return {"text": text}

    def schedule(self, schedule: Schedule) -> dict[str, Any]:
        """A schedule: alignment and items."""
        tree: dict[str, Any] = {"items": [self.item(item) for item in schedule.items]}
        if schedule.alignment is not Alignment.LEFT:
            tree["alignment"] = str(schedule.alignment)
        if self.has_labels and schedule.name:
            tree["name"] = schedule.name
        return tree

    def item(self, item: Instruction | Schedule) -> dict[str, Any]:
        """An instruction or an inner schedule."""
        if isinstance(item, Play):
            return {"play": item.frame.name, "waveform": self.waveform(item.waveform)}
        if isinstance(item, ShiftPhase | SetPhase):
            return {KINDS[type(item)]: item.frame.name, "phase_rad": self.value(item.phase_rad)}
        if isinstance(item, ShiftFrequency | SetFrequency):
            return {KINDS[type(item)]: item.frame.name, "frequency_hz": self.value(item.frequency_hz)}
        if isinstance(item, Delay):
            return {"delay": [frame.name for frame in item.frames], "duration_s": self.value(item.duration_s)}
        if isinstance(item, Barrier):
            return {"barrier": [frame.name for frame in item.frames]}
        if isinstance(item, Capture):
            return {
                "capture": item.frame.name,
                "duration_s": self.value(item.duration_s),
                "kernel": None if item.kernel is None else self.waveform(item.kernel),
                "kind": str(item.kind),
                "slot": item.slot,
            }
        return self.schedule(item)

    def waveform(self, waveform: Waveform) -> dict[str, Any]:
        """A waveform; what it has not is left out."""
        tree: dict[str, Any] = {
            "shape": waveform.shape,
            "duration_s": self.value(waveform.duration_s),
            "amplitude": self.value(waveform.amplitude),
        }
        if waveform.parameters:
            tree["parameters"] = {name: self.value(value) for name, value in waveform.parameters}
        if waveform.parts:
            tree["parts"] = [self.waveform(part) for part in waveform.parts]
        if len(waveform.samples):
            samples = np.asarray(waveform.samples, dtype="<c16") + 0j  # as values: -0.0 becomes 0.0
            key = hashlib.sha256(samples.tobytes()).hexdigest()[:32]
            self.arrays[key] = samples
            tree["samples"] = key
        return tree


def calibration_tree(
    calibration: Calibration, arrays: dict[str, NDArray[np.complex128]], *, has_labels: bool = False
) -> dict[str, Any]:
    """A calibration as JSON; formal parameters are called by their place.

    Args:
        calibration: What to write.
        arrays: Receives samples by hash.
        has_labels: Whether to write names that do not count: of schedules and formal parameters.
    """
    names = positional_names(calibration)
    tree: dict[str, Any] = {
        "gate": calibration.gate,
        "qubits": list(calibration.qubits),
        "arguments": [names.get(item) or float(item) + 0.0 for item in calibration.arguments],
        "schedule": TreeWriter(names, arrays, has_labels).schedule(calibration.schedule),
        "num_bits": calibration.num_bits,
    }
    if any(bound is not None for bound in calibration.bounds):
        tree["bounds"] = [None if bound is None else [float(end) for end in bound] for bound in calibration.bounds]
    if calibration.error is not None:
        tree["error"] = float(calibration.error)
    if has_labels and names:
        tree["names"] = [None if item is None else item.name for item in formal_parameters(calibration)]
    return tree


def frames_tree(frames: Mapping[str, Frame] | Sequence[Frame]) -> dict[str, Any]:
    """Frames by name: port, frequency, phase."""
    writer = TreeWriter({}, {})
    every = frames.values() if isinstance(frames, Mapping) else frames
    return {
        frame.name: {
            "port": frame.port.name,
            "frequency_hz": writer.value(frame.frequency_hz),
            "phase_rad": writer.value(frame.phase_rad),
        }
        for frame in every
    }
