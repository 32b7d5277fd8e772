# SPDX-License-Identifier: Apache-2.0
"""Anatomy: what of a circuit decides how Aer should run it."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
from qiskit import QuantumCircuit
from qiskit.circuit import CircuitInstruction, Gate


@attrs.frozen(kw_only=True, slots=True)
class Anatomy:
    """What of a circuit decides how Aer should run it.

    Attributes:
        is_final: Gates first, measurements last: without noise every shot has the same state, and the
            outcomes are drawn from it.
        has_measurement: Whether classical bits may change.
        has_control_flow: Whether there is any.
        readout: Qubit of each classical bit that is measured last from it.
        active: Number of qubits that anything acts on.
        size: Number of instructions that act.
    """

    is_final: bool
    has_measurement: bool
    has_control_flow: bool
    readout: Mapping[int, int]
    active: int
    size: int

    @property
    def is_pure(self) -> bool:
        """Whether the state at the end is the same in every shot: nothing is measured or reset."""
        return self.is_final and not self.has_measurement


def anatomy(circuit: QuantumCircuit) -> Anatomy:
    """Look through a circuit once."""
    touched: set[int] = set()
    measured: set[int] = set()
    readout: dict[int, int] = {}
    is_final = True
    has_control_flow = has_store = False
    size = 0
    for instruction in circuit.data:
        if instruction.name == "barrier":
            continue
        size += 1
        qubits = {circuit.find_bit(qubit).index for qubit in instruction.qubits}
        if instruction.name == "measure":
            readout[circuit.find_bit(instruction.clbits[0]).index] = next(iter(qubits))
            measured |= qubits
        else:
            has_control_flow |= instruction.is_control_flow()
            has_store |= instruction.name == "store"
            is_final &= not qubits & measured and _keeps_pure(instruction, qubits & touched)
        touched |= qubits
    return Anatomy(
        is_final=is_final,
        has_measurement=bool(measured) or has_control_flow or has_store,
        has_control_flow=has_control_flow,
        readout=readout,
        active=len(touched),
        size=size,
    )


def _keeps_pure(instruction: CircuitInstruction, used: set[int]) -> bool:
    """Whether it does the same in every shot; a reset does so on qubits that nothing has acted on."""
    if instruction.name in ("reset", "initialize"):
        return not used
    return instruction.name == "delay" or isinstance(instruction.operation, Gate)
