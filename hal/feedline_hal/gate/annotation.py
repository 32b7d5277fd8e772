# SPDX-License-Identifier: Apache-2.0
"""The annotation that makes a box a pulse box."""

from __future__ import annotations

import hashlib
from typing import Any

import attrs
import numpy as np
from qiskit.circuit import Annotation, ParameterExpression

from feedline.pulse_mark import NAMESPACE
from feedline_hal.errors import PulseError
from feedline_hal.pulse.schedule import Schedule


class PulseAnnotation(Annotation):
    """Says that a box is played as a schedule; its body says what that means.

    Attributes:
        namespace: ``feedline.pulse``.
        schedule: What is played.
        qubits: The physical qubits it was written for, in the order of the box's.
        has_ideal: Whether the body is what the schedule means; else the body is a placeholder.
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
        self._digest = hashlib.sha256(repr(_content(schedule)).encode()).hexdigest()[:16]

    @property
    def name(self) -> str:
        """The schedule's name."""
        return self.schedule.name

    def __eq__(self, other: object) -> bool:
        """Same schedule, qubits and kind of body."""
        return (
            isinstance(other, PulseAnnotation)
            and self._digest == other._digest
            and (self.qubits, self.has_ideal) == (other.qubits, other.has_ideal)
        )

    def __hash__(self) -> int:
        """By content."""
        return hash((self._digest, self.qubits))

    def __repr__(self) -> str:
        """By content: compiled code is cached under it."""
        return f"PulseAnnotation({self._digest}, qubits={self.qubits}, has_ideal={self.has_ideal})"


def _content(value: Any) -> Any:
    """Everything that a schedule holds but its name; samples in full, unlike its ``repr``."""
    if attrs.has(type(value)):
        fields = [field for field in attrs.fields(type(value)) if field.eq]
        return type(value).__name__, [(field.name, _content(getattr(value, field.name))) for field in fields]
    if isinstance(value, tuple):
        return [_content(item) for item in value]
    if isinstance(value, np.ndarray):
        return value.shape, hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()
    return str(value) if isinstance(value, ParameterExpression) else repr(value)
