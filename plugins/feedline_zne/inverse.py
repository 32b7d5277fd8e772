# SPDX-License-Identifier: Apache-2.0
"""Inverses: what undoes a gate, in gates that the target has."""

from __future__ import annotations

import math
from typing import Any

import attrs
import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import CircuitInstruction, Gate, ParameterExpression
from qiskit.circuit.exceptions import CircuitError
from qiskit.circuit.library import PhaseGate, RGate, RXGate, RZGate, XGate, ZGate
from qiskit.exceptions import QiskitError
from qiskit.transpiler import Target, generate_preset_pass_manager

from feedline.rewriting import is_rewritable

_SELF_INVERSE = frozenset({"cx", "cy", "cz", "ch", "ecr", "swap", "ccx", "ccz", "cswap", "x", "y", "z", "h", "id"})
"""Standard gates that undo themselves."""

_PAULIS = {
    "x": ((XGate(), XGate()), (RXGate(math.pi), RXGate(-math.pi)), (RGate(math.pi, 0), RGate(-math.pi, 0))),
    "z": ((ZGate(), ZGate()), (RZGate(math.pi), RZGate(-math.pi)), (PhaseGate(math.pi), PhaseGate(-math.pi))),
}
"""A Pauli and its inverse, in each form that a target may have."""

_CONJUGATED = {"sx": ("z", 0), "iswap": ("z", 0), "rxx": ("z", 0), "ryy": ("z", 0), "rzx": ("z", 1), "rzz": ("x", 0)}
"""Gates exp(i P t), a phase aside, whose generator P changes sign under a Pauli on a qubit: which, and where."""

Steps = tuple[tuple[Gate, tuple[int, ...]], ...]
"""Gates in order, each with the wires of the gate that they undo."""


@attrs.frozen(slots=True, eq=False)
class Inverses:
    """Inverses of one target's gates, each found once.

    In order: the inverse under its own name (cs and csdg, a parametric gate with its angle negated); the
    gate itself if its square is the identity; the gate between Paulis that turn its sign, for targets that
    have iswap but no inverse of it, or angles of one sign only; for one-qubit gates what the transpiler makes.
    """

    target: Target
    _found: dict[Any, Steps | None] = attrs.field(factory=dict)

    def of(self, item: CircuitInstruction, qubits: tuple[int, ...]) -> list[CircuitInstruction] | None:
        """What undoes an instruction up to a global phase; ``None`` if the target has nothing.

        Args:
            item: The instruction.
            qubits: The target's qubits that it is on.
        """
        if item.name in _SELF_INVERSE and item.is_standard_gate():
            return [item]
        operation = item.operation
        if not is_rewritable(operation) or not isinstance(operation, Gate):
            return None
        key = (type(operation), item.name, operation.label, qubits, tuple(map(_key, item.params)))
        if key not in self._found:
            self._found[key] = self._steps(operation, qubits)
        steps = self._found[key]
        if steps is None:
            return None
        return [CircuitInstruction(gate, [item.qubits[wire] for wire in wires], ()) for gate, wires in steps]

    def _steps(self, gate: Gate, qubits: tuple[int, ...]) -> Steps | None:
        wires = tuple(range(gate.num_qubits))
        inverse = _named_inverse(gate)
        if inverse is not None and self._has(inverse, qubits):
            return ((inverse, wires),)
        if _is_self_inverse(gate):
            return ((gate, wires),)
        if gate.name in _CONJUGATED:
            pauli, wire = _CONJUGATED[gate.name]
            for first, last in _PAULIS[pauli]:
                if self._has(first, (qubits[wire],)) and self._has(last, (qubits[wire],)):
                    return ((first, (wire,)), (gate, wires), (last, (wire,)))
        if inverse is not None and gate.num_qubits == 1 and not _is_parametric(gate):
            return self._transpiled(inverse, qubits[0])
        return None

    def _has(self, gate: Gate, qubits: tuple[int, ...]) -> bool:
        if not self.target.instruction_supported(gate.name, qubits):
            return False
        if not self.target.gate_has_angle_bounds(gate.name):
            return True
        return not _is_parametric(gate) and self.target.supported_angle_bound(
            gate.name, [float(a) for a in gate.params]
        )

    def _transpiled(self, gate: Gate, qubit: int) -> Steps | None:
        circuit = QuantumCircuit(1)
        circuit.append(gate, [0])
        made = generate_preset_pass_manager(optimization_level=1, target=self.target, initial_layout=[qubit])
        return tuple((item.operation, (0,)) for item in made.run(circuit).data)


def _named_inverse(gate: Gate) -> Gate | None:
    try:
        inverse = gate.inverse()
    except (CircuitError, NotImplementedError):  # a gate without a definition
        return None
    return inverse if isinstance(inverse, Gate) else None


def _is_self_inverse(gate: Gate) -> bool:
    """Whether the square is the identity up to a phase."""
    if _is_parametric(gate) or gate.num_qubits > 4:
        return False
    try:
        square = np.asarray(gate.to_matrix()) @ np.asarray(gate.to_matrix())
    except (QiskitError, TypeError):  # a gate without a matrix
        return False
    return bool(abs(abs(np.trace(square)) - len(square)) < 1e-9)


def _is_parametric(gate: Gate) -> bool:
    return any(isinstance(value, ParameterExpression) for value in gate.params)


def _key(value: Any) -> Any:
    return (value.shape, value.tobytes()) if isinstance(value, np.ndarray) else value
