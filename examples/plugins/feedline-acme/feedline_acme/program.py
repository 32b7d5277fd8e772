# SPDX-License-Identifier: Apache-2.0
"""Programs: a circuit as the lines that the controller loads, with slots for parameters."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import CircuitInstruction, ParameterExpression

_UNIT_S = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "ps": 1e-12, "dt": 1e-9}


@attrs.frozen(slots=True, eq=False)
class Program:
    """What is loaded once per circuit; a new parameter set changes the slots only.

    Attributes:
        lines: Instructions, one a line: ``RZ 0 @2`` turns qubit 0 by slot 2, ``MEASURE 1 0`` measures
            qubit 1 into column 0.
        slots: The angle of each slot, as an expression of the circuit's parameters.
        columns: The classical bit of each column, ascending.
    """

    lines: tuple[str, ...]
    slots: tuple[ParameterExpression, ...]
    columns: tuple[int, ...]

    @classmethod
    def of(cls, circuit: QuantumCircuit) -> Program:
        """Translate an ISA circuit."""
        columns = sorted(
            {circuit.find_bit(item.clbits[0]).index for item in circuit.data if item.operation.name == "measure"}
        )
        lines: list[str] = []
        slots: list[ParameterExpression] = []
        for item in circuit.data:
            line = _line(circuit, item, columns, slots)
            if line:
                lines.append(line)
        return cls(tuple(lines), tuple(slots), tuple(columns))

    def slot_values(self, circuit: QuantumCircuit, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Numbers for the slots.

        Args:
            circuit: The circuit that the program was made from.
            points: Parameter values, shape ``(n, n_parameters)``.

        Returns:
            Angles in radians, shape ``(n, n_slots)``.
        """
        angles = np.empty((len(points), len(self.slots)))
        index = {parameter: column for column, parameter in enumerate(circuit.parameters)}
        for column, slot in enumerate(self.slots):
            used = [(parameter, index[parameter]) for parameter in slot.parameters]
            for row, point in enumerate(points):
                angles[row, column] = float(slot.bind({parameter: point[place] for parameter, place in used}))
        return angles

    def unpack(self, data: str, shots: int, num_bytes: int) -> NDArray[np.uint8]:
        """Read shots off the wire into Feedline's packing.

        Args:
            data: Hex digits; a shot is a row of the columns' bits, column 0 first, padded to bytes.
            shots: How many were asked for.
            num_bytes: Bytes per shot of the result.

        Returns:
            Packed shots, shape ``(shots, num_bytes)``: classical bit 0 is the lowest bit of the last byte.

        Raises:
            ValueError: If the data do not hold that many shots.
        """
        raw = np.frombuffer(bytes.fromhex(data), dtype=np.uint8).reshape(shots, -1)
        rows = np.unpackbits(raw, axis=1)[:, : len(self.columns)]
        bits = np.zeros((shots, 8 * num_bytes), dtype=np.uint8)
        bits[:, list(self.columns)] = rows
        return np.packbits(bits[:, ::-1], axis=1)


def _line(
    circuit: QuantumCircuit,
    item: CircuitInstruction,
    columns: Sequence[int],
    slots: list[ParameterExpression],
) -> str:
    """One instruction; a new angle takes a new slot."""
    operation = item.operation
    words = [operation.name.upper(), *(str(circuit.find_bit(qubit).index) for qubit in item.qubits)]
    if operation.name == "barrier":
        return ""
    if operation.name == "measure":
        words.append(str(columns.index(circuit.find_bit(item.clbits[0]).index)))
    elif operation.name == "delay":
        words.append(f"{float(operation.duration) * _UNIT_S[operation.unit]:.9g}")
    elif operation.params:
        angle = operation.params[0]
        if isinstance(angle, ParameterExpression) and angle.parameters:
            words.append(f"@{len(slots)}")
            slots.append(angle)
        else:
            words.append(f"{float(angle):.15g}")
    return " ".join(words)
