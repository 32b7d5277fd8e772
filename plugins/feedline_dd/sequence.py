# SPDX-License-Identifier: Apache-2.0
"""Sequences: which pulses, in which gates of the target, with which spacing.

XX and XpXm are IBM's names. Sources: CPMG: S. Meiboom, D. Gill, Rev. Sci. Instrum. 29, 688 (1958); XY4: A. Maudsley,
J. Magn. Reson. 69, 488 (1986); XY8: T. Gullion, D. Baker, M. Conradi, J. Magn. Reson. 89, 479 (1990).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import attrs
import numpy as np
from qiskit.circuit import Gate
from qiskit.circuit.library import PhaseGate, RGate, RXGate, RYGate, RZGate, U3Gate, UGate, XGate, YGate
from qiskit.transpiler import Target

_PULSES = {
    "XX": ("x", "x"),
    "XpXm": ("x", "-x"),
    "CPMG": ("y", "y"),
    "XY4": ("x", "y", "x", "y"),
    "XY8": ("x", "y", "x", "y", "y", "x", "y", "x"),
}
_PHASES = {"x": 0.0, "y": np.pi / 2, "-x": np.pi}
_ABOUT_Z: dict[str, Callable[[float], Gate]] = {"rz": RZGate, "p": PhaseGate}


@attrs.frozen(slots=True, eq=False)
class Sequence:
    """Gates in order, and the shares of the free time before, between and behind them."""

    gates: tuple[Gate, ...]
    spacing: tuple[float, ...]


def sequence(name: str, target: Target, qubits: Iterable[int]) -> Sequence | None:
    """A sequence in gates that all of these qubits have, with durations; ``None`` if they have none."""
    where = list(qubits)
    pulses = _PULSES[name]
    share = 1 / len(pulses)
    gates: list[Gate] = []
    spacing: list[float] = []
    for index, pulse in enumerate(pulses):
        made = next((made for made in _ways(pulse) if all(_has(target, gate, where) for gate in made)), None)
        if made is None:
            return None
        gates += made
        spacing += [share / (2 if index == 0 else 1), *[0.0] * (len(made) - 1)]
    if len(gates) % 2:  # Qiskit's pass takes an even number
        return None
    return Sequence(tuple(gates), (*spacing, share / 2))


def has_x(target: Target, qubits: Iterable[int]) -> bool:
    """Whether all of these qubits have an X gate of known duration."""
    return _has(target, XGate(), list(qubits))


def _ways(pulse: str) -> Iterable[tuple[Gate, ...]]:
    """Gates that make a half turn about an axis in the XY plane, the plainest first."""
    phase = _PHASES[pulse]
    if pulse == "x":
        yield (XGate(),)
    if pulse == "y":
        yield (YGate(),)
    yield (RGate(np.pi, phase),)
    yield ((RYGate(np.pi),) if pulse == "y" else (RXGate(np.pi if pulse == "x" else -np.pi),))
    for about_z in _ABOUT_Z.values():
        for half_turn in (XGate(), RXGate(np.pi)):
            yield (about_z(-phase), half_turn, about_z(phase))
    for kind in (UGate, U3Gate):
        yield (kind(np.pi, phase - np.pi / 2, np.pi / 2 - phase),)


def _has(target: Target, gate: Gate, qubits: list[int]) -> bool:
    if gate.name not in target.operation_names:
        return False
    known = target[gate.name]
    operation = target.operation_from_name(gate.name)
    if getattr(operation, "base_class", None) is not gate.base_class:
        return False
    if gate.params and not all(hasattr(angle, "parameters") and angle.parameters for angle in operation.params):
        return False
    if gate.params and target.gate_has_angle_bounds(gate.name):
        return False
    return all(getattr(known.get((qubit,)), "duration", None) is not None for qubit in qubits)
