# SPDX-License-Identifier: Apache-2.0
"""What passes rewrite executions with: parameters by name, new axes, bits to undo, measurements at the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import Instruction, Parameter

from .execution import Execution
from .pulse_mark import is_pulse_box, is_pulse_gate

Columns = Mapping[Parameter, NDArray[np.float64]]
"""Values by parameter; arrays of the sweep's shape, or broadcast to it."""


@attrs.frozen(slots=True)
class FinalMeasure:
    """A measurement that nothing follows on its qubit, and whose bit nothing reads.

    Attributes:
        place: Index in ``circuit.data``.
        qubit, clbit: Indices in the circuit.
    """

    place: int
    qubit: int
    clbit: int


def final_measures(circuit: QuantumCircuit) -> list[FinalMeasure]:
    """Measurements at the end, in the order of the circuit; others are a part of its logic, and are left alone."""
    busy: set[int] = set()
    read: set[int] = set()
    found = []
    for place in range(len(circuit.data) - 1, -1, -1):
        item = circuit.data[place]
        qubits = [circuit.find_bit(bit).index for bit in item.qubits]
        clbits = [circuit.find_bit(bit).index for bit in item.clbits]
        if item.name == "barrier":
            continue
        if item.name == "measure" and qubits[0] not in busy and clbits[0] not in read:
            found.append(FinalMeasure(place, qubits[0], clbits[0]))
        busy.update(qubits)
        read.update(clbits)
    return found[::-1]


def is_rewritable(operation: Any) -> bool:
    """Whether a pass may look into an operation: a gate that is no pulse gate.

    What is none (control flow, boxes, pulse gates, instructions of a provider's own) is a barrier to every pass.
    """
    if not isinstance(operation, Instruction) or hasattr(operation, "blocks"):
        return False
    return not is_pulse_gate(operation) and not is_pulse_box(operation) and hasattr(operation, "to_matrix")


def columns_of(execution: Execution) -> dict[Parameter, NDArray[np.float64]]:
    """An execution's values by parameter, each of the sweep's shape."""
    return {parameter: execution.values[..., column] for column, parameter in enumerate(execution.circuit.parameters)}


def ordered_values(circuit: QuantumCircuit, columns: Columns, sweep: tuple[int, ...]) -> NDArray[np.float64]:
    """Values in the order in which a circuit has its parameters.

    Args:
        circuit: The circuit.
        columns: Values of every one of its parameters; others are left out.
        sweep: Shape that they are broadcast to.

    Returns:
        Shape ``(*sweep, parameters)``.
    """
    made = np.empty((*sweep, circuit.num_parameters))
    for column, parameter in enumerate(circuit.parameters):
        made[..., column] = columns[parameter]
    return made


def with_axis(
    execution: Execution, name: str, size: int, *, circuit: QuantumCircuit, columns: Columns, shots: int
) -> Execution:
    """An execution with one more axis, the innermost of its sweep.

    Args:
        execution: What is widened; bits that it has to undo are repeated along the axis.
        name: Of the axis.
        size: Its length.
        circuit: What runs instead; frozen.
        columns: Values of its new parameters, shape ``(*sweep, size)`` or broadcast to it.
        shots: Of each point of the wider sweep.
    """
    sweep = (*execution.sweep, size)
    known = {parameter: values[..., np.newaxis] for parameter, values in columns_of(execution).items()}
    flips = execution.flips
    if flips is not None:
        flips = np.ascontiguousarray(np.broadcast_to(flips[..., np.newaxis, :], (*sweep, flips.shape[-1])))
    return attrs.evolve(
        execution,
        circuit=circuit,
        values=ordered_values(circuit, {**known, **columns}, sweep),
        axes=(*execution.axes, name),
        shots=shots,
        flips=flips,
    )


def with_flips(execution: Execution, flipped: Mapping[int, NDArray[np.bool_]]) -> Execution:
    """An execution with further bits to undo.

    Args:
        execution: What is changed; flips that it has already are kept.
        flipped: Whether each point has a classical bit flipped, by index of the bit, each of the sweep's shape.
    """
    width = 8 * execution.num_bytes
    bits = np.zeros((*execution.sweep, width), dtype=np.uint8)
    for clbit, values in flipped.items():
        bits[..., width - 1 - clbit] = values
    flips = np.packbits(bits, axis=-1)
    return attrs.evolve(execution, flips=flips if execution.flips is None else execution.flips ^ flips)


def shots_each(shots: int, count: int) -> int:
    """Shots of each of so many points that have at least these together."""
    return -(-shots // count)


def unused_name(wanted: str, taken: Iterable[str]) -> str:
    """A name, with a number behind it if it is taken."""
    names = set(taken)
    made, number = wanted, 1
    while made in names:
        number += 1
        made = f"{wanted}{number}"
    return made
