# SPDX-License-Identifier: Apache-2.0
"""Operations that a circuit shares with others, replaced by its own.

Qiskit's circuits share the operations of custom instructions inside control flow with their copies, deep ones
too, and change them when parameters are assigned, and when circuits with ``for`` loops are compared. An
instruction's own ``params`` stay right; those of its operation are what somebody else set last, and
``QuantumCircuit.append`` takes them for the instruction's. A second assignment then fails, or assigns nothing.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from qiskit.circuit import CircuitInstruction, Delay, Instruction, ParameterExpression

if TYPE_CHECKING:
    from qiskit import QuantumCircuit


def with_own_operation(item: CircuitInstruction) -> CircuitInstruction:
    """The instruction with an operation that nobody shares and that has the instruction's parameters.

    Itself if there is nothing to share: standard gates, delays, operations without parameters, control flow
    (whose blocks hold what is shared, see `with_own_operations`).
    """
    if item.is_standard_gate() or item.is_control_flow() or not item.params:
        return item
    operation = item.operation
    if not isinstance(operation, Instruction) or isinstance(operation, Delay):
        return item
    if not all(isinstance(value, int | float | complex | ParameterExpression) for value in item.params):
        return item
    operation = copy.copy(operation)
    operation.params = list(item.params)
    return CircuitInstruction(operation, item.qubits, item.clbits)


def with_own_operations(circuit: QuantumCircuit) -> QuantumCircuit:
    """The circuit with nothing shared inside control flow; itself if it has none.

    Parameters may then be assigned without a trace in other circuits.
    """
    if not any(item.is_control_flow() for item in circuit.data):
        return circuit
    return _rebuilt(circuit)


def _rebuilt(circuit: QuantumCircuit) -> QuantumCircuit:
    made = circuit.copy_empty_like()
    for item in circuit.data:
        if item.is_control_flow():
            operation = item.operation
            made.append(item.replace(operation=operation.replace_blocks([_rebuilt(one) for one in operation.blocks])))
        else:
            made.append(with_own_operation(item), copy=False)
    return made
