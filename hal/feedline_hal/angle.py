# SPDX-License-Identifier: Apache-2.0
"""Angles beyond a calibration's bounds: made of several rotations within them.

Qiskit's `WrapAngles` pass asks one registry of the process, by gate name, for a circuit in place of a gate
whose angle is beyond the target's bounds, and does not say for which target. So an angle is brought within
what every calibration set that is in use allows, by turning in equal parts, which takes no other gates.
"""

from __future__ import annotations

import math
import weakref
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from qiskit.circuit import QuantumCircuit
from qiskit.circuit.library import get_standard_gate_name_mapping
from qiskit.converters import circuit_to_dag
from qiskit.dagcircuit import DAGCircuit
from qiskit.transpiler.passes import WrapAngles

from .errors import LimitError

if TYPE_CHECKING:
    from .calibration.calibration_set import CalibrationSet

Bounds = Sequence[tuple[float, float] | None]

_TURN = {name: (2 * math.pi, math.pi) for name in ("rx", "ry", "rz", "rxx", "ryy", "rzz", "rzx")}
_TURN |= {name: (2 * math.pi, 0.0) for name in ("p", "cp")}
_TURN |= {name: (4 * math.pi, 0.0) for name in ("crx", "cry", "crz")}
"""Gates of one angle that add up: a full turn, and the global phase that it leaves."""


class _Known(NamedTuple):
    owner: weakref.ref[CalibrationSet]
    bounds: tuple[tuple[float, float] | None, ...]


_known: dict[str, list[_Known]] = {}


def fold_beyond(calibrations: CalibrationSet, name: str, bounds: Bounds) -> None:
    """Have `WrapAngles` bring this gate's angles within the bounds, while the calibration set is in use.

    The registry keeps one wrapper a name and tells of none: the package that registers last has it, and this
    one registers a name when the first calibration with bounds for it is made part of a target.
    """
    if name not in _known:
        WrapAngles.DEFAULT_REGISTRY.add_wrapper(name, partial(_fold if name in _TURN else _refuse, name))
    alive = [known for known in _known.get(name, []) if known.owner() not in (None, calibrations)]
    _known[name] = [*alive, _Known(weakref.ref(calibrations), tuple(bounds))]


def parts(angle: float, low: float, high: float, turn: float) -> tuple[int, float]:
    """Into how many equal parts within the bounds an angle can be cut, and the parts; fewest parts first.

    Returns:
        Number and size of the parts; number 0 if there is no way.
    """
    most = math.ceil(turn / max(abs(low), abs(high), turn * 1e-3)) + 2
    for number in range(1, most):
        for whole in (0, -1, 1):
            part = (math.remainder(angle, turn) + whole * turn) / number
            if low <= part <= high:
                return number, part
    return 0, 0.0


def _fold(name: str, angles: Sequence[float], qubits: Sequence[int]) -> DAGCircuit:
    low, high = _range(name)
    turn, phase = _TURN[name]
    number, part = parts(angles[0], low, high, turn)
    if number == 0:
        return _refuse(name, angles, qubits)
    gate = get_standard_gate_name_mapping()[name]
    circuit = QuantumCircuit(gate.num_qubits)
    for _ in range(number):
        circuit.append(gate.base_class(part), circuit.qubits)
    circuit.global_phase = phase * round((angles[0] - number * part) / turn)
    return circuit_to_dag(circuit)


def _range(name: str) -> tuple[float, float]:
    """Where every set allows the first angle."""
    given = [bound for bounds in _allowed(name) for bound in bounds[:1] if bound]
    return max(low for low, _ in given), min(high for _, high in given)


def _allowed(name: str) -> list[tuple[tuple[float, float] | None, ...]]:
    """Bounds of the sets in use; of the last one if none is, for somebody may have kept a target alone."""
    return [known.bounds for known in _known[name] if known.owner() is not None] or [_known[name][-1].bounds]


def _refuse(name: str, angles: Sequence[float], qubits: Sequence[Any]) -> DAGCircuit:
    written = ", ".join(f"{angle:.12g}" for angle in angles)
    raise LimitError(
        f"{name}({written}) on qubits {tuple(qubits)} is beyond what it is calibrated for.",
        remedy=f"Calibrated ranges of its parameters: {'; '.join(sorted({str(bounds) for bounds in _allowed(name)}))}.",
    )
