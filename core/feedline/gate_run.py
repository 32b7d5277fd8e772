# SPDX-License-Identifier: Apache-2.0
"""Runs of one-qubit gates, evaluated over a whole sweep: what a frame is merged with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray
from qiskit.circuit import CircuitInstruction, Parameter, ParameterExpression
from qiskit.circuit.exceptions import CircuitError

from . import rotation
from .rewriting import Columns, is_rewritable
from .rotation import Floats

IDENTITY = np.array([1.0, 0.0, 0.0, 0.0])
"""The quaternion of a run without gates."""

_NOT_MERGED = ("id", "delay")
"""These stand for time; they are kept where they are."""


def _about(x: Any, y: Any, z: Any, angle_rad: Floats) -> Floats:
    cos, sin = np.cos(angle_rad / 2), np.sin(angle_rad / 2)
    return np.stack(np.broadcast_arrays(cos, sin * x, sin * y, sin * z), axis=-1)


def _u(theta: Floats, phi: Floats, lam: Floats) -> Floats:
    return rotation.quaternion(np.stack(np.broadcast_arrays(theta, phi, lam), axis=-1))


_WITH_ANGLES: dict[str, Callable[..., Floats]] = {
    "rx": lambda angle: _about(1, 0, 0, angle),
    "ry": lambda angle: _about(0, 1, 0, angle),
    **{name: lambda angle: _about(0, 0, 1, angle) for name in ("rz", "p", "u1")},
    "r": lambda theta, phi: _about(np.cos(phi), np.sin(phi), 0, theta),
    "u2": lambda phi, lam: _u(np.full_like(phi, np.pi / 2), phi, lam),
    **dict.fromkeys(("u", "u3"), _u),
}


@attrs.define(slots=True, eq=False)
class GateRuns:
    """One-qubit gates of one execution as quaternions; what was worked out once is remembered.

    Attributes:
        columns: The execution's values by parameter.
        sweep: Shape of its sweep.
    """

    columns: Columns
    sweep: tuple[int, ...]
    _gates: dict[Any, Floats | None] = attrs.field(factory=dict, init=False)
    _angles: dict[ParameterExpression, Floats] = attrs.field(factory=dict, init=False)

    def gate(self, instruction: CircuitInstruction) -> Floats | None:
        """A gate's quaternion.

        Returns:
            Shape ``(4,)``, or ``(*sweep, 4)`` where it has parameters; ``None`` for what is no one-qubit gate
            that can be evaluated, or stands for time.
        """
        if len(instruction.qubits) != 1 or instruction.clbits or instruction.name in _NOT_MERGED:
            return None
        is_standard = instruction.is_standard_gate()
        key = (instruction.name, *instruction.params) if is_standard else id(instruction.operation)
        if key not in self._gates:
            self._gates[key] = self._made(instruction, is_standard)
        return self._gates[key]

    def run(self, instructions: Iterable[CircuitInstruction]) -> Floats:
        """Quaternion of gates that act one after the other, shape ``(4,)`` or ``(*sweep, 4)``."""
        made = IDENTITY
        for instruction in instructions:
            gate = self.gate(instruction)
            assert gate is not None, "only what `gate` could evaluate belongs into a run"
            made = gate if made is IDENTITY else rotation.after(gate, made)
        return made

    def _made(self, instruction: CircuitInstruction, is_standard: bool) -> Floats | None:
        if instruction.is_parameterized():
            if not is_standard or instruction.name not in _WITH_ANGLES:
                return None
            return _WITH_ANGLES[instruction.name](*map(self._value, instruction.params))
        if not is_standard and not is_rewritable(instruction.operation):
            return None
        try:
            return rotation.of_matrix(np.asarray(instruction.operation.to_matrix(), dtype=np.complex128))
        except CircuitError:  # a gate by name only
            return None

    def _value(self, angle: Any) -> Floats:
        """An angle at every point of the sweep, or at all of them alike."""
        if not isinstance(angle, ParameterExpression):
            return np.array(float(angle))
        if isinstance(angle, Parameter):
            return self.columns[angle]
        if angle not in self._angles:
            self._angles[angle] = self._evaluated(angle)
        return self._angles[angle]

    def _evaluated(self, angle: ParameterExpression) -> Floats:
        parameters = list(angle.parameters)
        slopes = _slopes(angle)
        if slopes is not None:
            made = np.full(self.sweep, _real(angle.bind(dict.fromkeys(parameters, 0.0))))
            for parameter, slope in slopes.items():
                made = made + slope * self.columns[parameter]
            return made
        points = [np.broadcast_to(self.columns[parameter], self.sweep).ravel() for parameter in parameters]
        values = [_real(angle.bind(dict(zip(parameters, point, strict=True)))) for point in zip(*points, strict=True)]
        return np.array(values).reshape(self.sweep)


def _slopes(angle: ParameterExpression) -> dict[Parameter, float] | None:
    """Derivatives of an expression that is linear in its parameters, else ``None``."""
    slopes = {}
    for parameter in angle.parameters:
        try:
            slope = angle.gradient(parameter)
        except (RuntimeError, TypeError, ValueError):  # not differentiable
            return None
        if not isinstance(slope, int | float):
            return None
        slopes[parameter] = float(slope)
    return slopes


def _real(value: ParameterExpression) -> float:
    return float(value.numeric())


def angles_of(run: Floats) -> NDArray[np.float64]:
    """Euler angles of a run, shape ``(3,)`` or ``(*sweep, 3)``."""
    return np.zeros(3) if run is IDENTITY else rotation.euler_angles(run)
