# SPDX-License-Identifier: Apache-2.0
"""Frames: single-qubit unitaries that are parameter values of one compiled circuit, in a target's own gates.

Sequences: McKay, Wood, Sheldon, Chow, Gambetta, PRA 96, 022330 (2017) for virtual Z rotations with two half turns;
the others are the Euler decomposition with the axes renamed.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Self

import attrs
import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter, ParameterExpression, ParameterVector
from qiskit.circuit.library import get_standard_gate_name_mapping
from qiskit.transpiler import Target

from . import rotation
from .rotation import Floats

_PI, _HALF = np.pi, np.pi / 2
_THETA, _PHI, _LAM = (1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0)

Row = tuple[float, float, float, float]
"""An angle: weights of theta, phi and lam, and a constant."""


@attrs.frozen(slots=True)
class Turn:
    """A gate of a frame and how its angles follow from the Euler angles.

    Attributes:
        gate: Qiskit's name of it; ``z`` for the target's rotation about Z.
        angles: One row for each of its parameters; a row without weights is a number, not a parameter.
    """

    gate: str
    angles: tuple[Row, ...] = ()


@attrs.frozen(slots=True)
class _Recipe:
    """A way to make any unitary, and any that a measurement follows; a final Z rotation is not seen there."""

    gates: tuple[str, ...]
    whole: tuple[Turn, ...]
    measured: tuple[Turn, ...]
    is_about_x: bool = False


def _shifted(row: Row, constant_rad: float) -> Row:
    return (*row[:3], row[3] + constant_rad)


def _z(row: Row) -> Turn:
    return Turn("z", (row,))


_AXIS: Row = (0.0, 0.0, -1.0, _HALF)
_SEQUENCES = {
    "r": (Turn("r", (_THETA, _AXIS)), _z((0.0, 1.0, 1.0, 0.0))),
    "rx": (_z(_shifted(_LAM, -_HALF)), Turn("rx", (_THETA,)), _z(_shifted(_PHI, _HALF))),
    "ry": (_z(_LAM), Turn("ry", (_THETA,)), _z(_PHI)),
    "sx": (_z(_LAM), Turn("sx"), _z(_shifted(_THETA, _PI)), Turn("sx"), _z(_shifted(_PHI, _PI))),
}
_FLAT: Row = (0.0, 0.0, 0.0, 0.0)
_MIRROR = (
    Turn("r", (_shifted(_THETA, -_PI), _AXIS)),
    Turn("r", ((0.0, 0.0, 0.0, _PI), (0.0, 0.5, -0.5, -_HALF))),
)
_ABOUT_X = (Turn("rx", (_LAM,)), Turn("ry", (_THETA,)), Turn("rx", (_PHI,)))
_RECIPES = (
    *(
        _Recipe((gate,), (Turn(gate, (_THETA, _PHI, _LAM)),), (Turn(gate, (_THETA, _FLAT, _LAM)),))
        for gate in ("u", "u3")
    ),
    *(_Recipe((gate, "z"), turns, turns[:-1]) for gate, turns in _SEQUENCES.items()),
    _Recipe(("r",), _MIRROR, (Turn("r", (_THETA, _AXIS)),)),
    _Recipe(("rx", "ry"), _ABOUT_X, _ABOUT_X[:-1], is_about_x=True),
)
"""Fewest pulses first: one, two, three."""

_TURNS_ABOUT_Z = ("rz", "p", "u1")
_TO_X = rotation.quaternion(np.array([-_HALF, 0.0, 0.0]))


@attrs.frozen(slots=True)
class FrameKind:
    """How frames are made on a qubit: a sequence of gates whose angles are parameters.

    Attributes:
        turns: The gates, in order.
        is_measured: Whether a measurement follows, so that a final Z rotation is left out.
        is_about_x: Whether the Euler angles of the sequence are about X and Y instead of Z and Y.
        weights: Of theta, phi, lam and 1 in each parameter, shape ``(num_parameters, 4)``.
    """

    turns: tuple[Turn, ...]
    is_measured: bool = False
    is_about_x: bool = False
    weights: Floats = attrs.field(init=False, repr=False, eq=False)
    _steps: tuple[tuple[str, tuple[float | None, ...]], ...] = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        """Collect the rows of the angles that are parameters."""
        rows = [row for turn in self.turns for row in turn.angles if any(row[:3])]
        object.__setattr__(self, "weights", np.array(rows).reshape(-1, 4))
        steps = ((turn.gate, tuple(None if any(row[:3]) else row[3] for row in turn.angles)) for turn in self.turns)
        object.__setattr__(self, "_steps", tuple(steps))

    @classmethod
    def of(cls, target: Target, qubit: int, *, is_measured: bool = False) -> Self | None:
        """The kind with the fewest pulses that a qubit's gates allow, or ``None``.

        Args:
            target: What the backend has. Gates with bounds on their angles are not used.
            qubit: Which qubit.
            is_measured: Whether the frame stands directly before a measurement.
        """
        about_z = next((name for name in _TURNS_ABOUT_Z if _has(target, name, qubit)), "")
        for recipe in _RECIPES:
            if all(about_z if gate == "z" else _has(target, gate, qubit) for gate in recipe.gates):
                turns = recipe.measured if is_measured else recipe.whole
                named = tuple(attrs.evolve(turn, gate=about_z) if turn.gate == "z" else turn for turn in turns)
                return cls(named, is_measured, recipe.is_about_x)
        return None

    @property
    def num_parameters(self) -> int:
        """How many parameters a frame has."""
        return len(self.weights)

    def append(self, circuit: QuantumCircuit, qubit: Any, parameters: Sequence[Parameter]) -> None:
        """Append a frame.

        Args:
            circuit: Where to; changed.
            qubit: Which of its qubits.
            parameters: As many as `num_parameters`.
        """
        left = iter(parameters)
        for gate, fixed in self._steps:
            angles = [next(left) if angle is None else angle for angle in fixed]
            method = getattr(circuit, gate, None)
            if method is None:
                circuit.append(_STANDARD[gate].base_class(*angles), [qubit], copy=False)
            else:
                method(*angles, qubit)

    def values(self, euler: Floats) -> Floats:
        """Parameter values of frames.

        Args:
            euler: Angles ``(theta, phi, lam)`` of ``Rz(phi) Ry(theta) Rz(lam)``, shape ``(..., 3)``, radians.

        Returns:
            Shape ``(..., num_parameters)``. Before a measurement only what it sees of the unitary is kept.
        """
        if self.is_about_x:
            euler = _measured_about_x(euler) if self.is_measured else _about_x(euler)
        made: Floats = euler @ self.weights[:, :3].T + self.weights[:, 3]
        return made

    def paulis(self, x: NDArray[np.bool_], z: NDArray[np.bool_]) -> Floats:
        """Parameter values of Paulis, looked up.

        Args:
            x, z: Whether each has an X and a Z part (both for Y), of any one shape.

        Returns:
            Shape ``(..., num_parameters)``.
        """
        table: Floats = self.values(rotation.PAULIS)
        return table[x + 2 * z]

    def cliffords(self, index: NDArray[np.intp]) -> Floats:
        """Parameter values of Cliffords, looked up.

        Args:
            index: Indices into `feedline.rotation.CLIFFORDS`, of any shape.

        Returns:
            Shape ``(..., num_parameters)``.
        """
        table: Floats = self.values(rotation.euler_angles(rotation.CLIFFORDS))
        return table[index]


@lru_cache(maxsize=64)
def frame_parameters(name: str, count: int) -> tuple[Parameter, ...]:
    """Parameters for frames, the same ones for the same name and number, so that equal circuits are equal.

    They sort by their index and stay together.
    """
    return tuple(ParameterVector(name, count))


_STANDARD = get_standard_gate_name_mapping()


def _has(target: Target, name: str, qubit: int) -> bool:
    """Whether a qubit has Qiskit's gate of that name, with any angle."""
    where = (qubit,) if target.num_qubits else None
    if name not in target.operation_names or not target.instruction_supported(name, where):
        return False
    operation = target.operation_from_name(name)
    if isinstance(operation, type) or operation.base_class is not _STANDARD[name].base_class:
        return False
    return all(isinstance(angle, ParameterExpression) for angle in operation.params) and not (
        target.gate_has_angle_bounds(name)
    )


def _about_x(euler: Floats) -> Floats:
    """Angles of ``Rx(phi) Ry(theta) Rx(lam)``."""
    back = _TO_X * np.array([1.0, -1.0, -1.0, -1.0])
    return rotation.euler_angles(rotation.after(rotation.after(_TO_X, rotation.quaternion(euler)), back))


def _measured_about_x(euler: Floats) -> Floats:
    """Angles of ``Ry(theta) Rx(lam)`` that turn the same axis into Z."""
    theta, lam = euler[..., 0], euler[..., 2]
    tilt = np.arcsin(np.clip(np.sin(theta) * np.cos(lam), -1.0, 1.0))
    return np.stack([tilt, np.zeros_like(tilt), np.arctan2(np.sin(theta) * np.sin(lam), np.cos(theta))], axis=-1)
