# SPDX-License-Identifier: Apache-2.0
"""The annotation that makes a box a pulse box."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import numpy as np
from qiskit.circuit import Annotation

from feedline.pulse_mark import NAMESPACE
from feedline_hal.calibration.calibration import Calibration
from feedline_hal.calibration.calibration_set import CalibrationSet
from feedline_hal.calibration.codec import from_tree, to_tree
from feedline_hal.calibration.content import canonical_json
from feedline_hal.errors import PulseError
from feedline_hal.pulse.instruction import Capture
from feedline_hal.pulse.schedule import Schedule

_VERSION = 1


class PulseAnnotation(Annotation):
    """Says that a box is played as a schedule; its body says what that means.

    Attributes:
        namespace: ``feedline.pulse``.
        schedule: What is played.
        qubits: The physical qubits it was written for, ascending.
        has_ideal: Whether the body is what the schedule means; else the body is a placeholder.
        payload: All of it as one line of JSON; two annotations with the same payload are equal.
    """

    namespace = NAMESPACE

    def __init__(self, schedule: Schedule, *, qubits: tuple[int, ...], has_ideal: bool) -> None:
        free = sorted(parameter.name for parameter in schedule.free)
        if free:
            raise PulseError(
                f"The schedule '{schedule.name}' of a pulse box still depends on {', '.join(free)}.",
                remedy="Qiskit assigns no parameters of annotations: bind them (schedule.bind), or give the schedule "
                "to a Calibration and append a PulseGate with these parameters.",
            )
        self.schedule = schedule
        self.qubits = tuple(qubits)
        self.has_ideal = has_ideal
        self.payload = canonical_json(
            {"version": _VERSION, "qubits": self.qubits, "has_ideal": has_ideal, **_written(schedule)}
        )
        self._digest = hashlib.sha256(self.payload.encode()).hexdigest()[:16]

    @classmethod
    def of(cls, payload: str) -> PulseAnnotation:
        """Read a payload.

        Raises:
            PulseError: If it is none, or of a newer version.
        """
        try:
            tree = json.loads(payload)
            if tree["version"] != _VERSION:
                raise PulseError(
                    f"The pulse annotation is of version {tree['version']}, this version reads {_VERSION}.",
                    remedy="Update feedline.",
                )
            return cls(_read(tree), qubits=tuple(tree["qubits"]), has_ideal=bool(tree["has_ideal"]))
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, PulseError):
                raise
            raise PulseError(
                f"A pulse annotation is damaged: {type(error).__name__} {error}.",
                remedy="Write it again with feedline.qpy_dump or feedline.qasm3_dumps.",
            ) from None

    @property
    def name(self) -> str:
        """The schedule's name."""
        return self.schedule.name

    @property
    def num_bits(self) -> int:
        """How many classical bits its captures give."""
        return num_bits(self.schedule)

    def __eq__(self, other: object) -> bool:
        """Same schedule, qubits and kind of body."""
        return isinstance(other, PulseAnnotation) and self.payload == other.payload

    def __hash__(self) -> int:
        """By content."""
        return hash(self.payload)

    def __repr__(self) -> str:
        """By content: compiled code is cached under it."""
        return f"PulseAnnotation({self._digest}, qubits={self.qubits}, has_ideal={self.has_ideal})"


def num_bits(schedule: Schedule) -> int:
    """How many bits the captures of a schedule give."""
    return sum(isinstance(item, Capture) and item.slot is not None for item in schedule.instructions())


def _written(schedule: Schedule) -> dict[str, Any]:
    """The schedule as a calibration set with it alone, samples as text."""
    frames = {frame.name: frame for frame in schedule.frames()}
    tree, arrays = to_tree(
        CalibrationSet(
            ports={frame.port.name: frame.port for frame in frames.values()},
            frames=frames,
            calibrations=(Calibration(gate="pulse", qubits=(), schedule=schedule, num_bits=num_bits(schedule)),),
        )
    )
    samples = {name: base64.b64encode(value.astype("<c16").tobytes()).decode() for name, value in arrays.items()}
    return {"set": tree, "samples": samples}


def _read(tree: Any) -> Schedule:
    arrays = {
        name: np.frombuffer(base64.b64decode(text), dtype="<c16").astype(np.complex128)
        for name, text in tree["samples"].items()
    }
    return from_tree(tree["set"], arrays).calibrations[0].schedule
