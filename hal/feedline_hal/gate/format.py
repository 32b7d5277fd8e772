# SPDX-License-Identifier: Apache-2.0
"""Pulse gates and pulse boxes in files: what `feedline.serialization` asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from qiskit.circuit import QuantumCircuit

from .carrier import GateAnnotation, unwrapped, wrapped
from .qasm3 import PulseQASM3, declared
from .qpy import PulseQPY


class PulseFormat:
    """Writes and reads annotations of the namespace ``feedline.pulse``, and pulse gates."""

    def qpy(self) -> PulseQPY:
        """For QPY."""
        return PulseQPY()

    def qasm3(self) -> PulseQASM3:
        """For OpenQASM 3."""
        return PulseQASM3()

    def wrapped(self, circuit: QuantumCircuit) -> QuantumCircuit:
        """See `feedline_hal.gate.carrier.wrapped`."""
        return wrapped(circuit)

    def unwrapped(self, circuit: QuantumCircuit) -> QuantumCircuit:
        """See `feedline_hal.gate.carrier.unwrapped`."""
        return unwrapped(circuit)

    def calls(self, circuit: QuantumCircuit) -> Mapping[str, Any]:
        """The carried gates: OpenQASM 3 text calls them, calibrations define them."""
        from qiskit.qasm3 import DefcalInstruction

        return {
            call.name: DefcalInstruction(call.name, len(call.params), len(call.qubits), None)
            for call in _carried(circuit)
        }

    def declared(self, program: Any) -> Any:
        """See `feedline_hal.gate.qasm3.declared`."""
        return declared(program)


def _carried(circuit: QuantumCircuit) -> Iterator[Any]:
    for item in circuit.data:
        if item.is_control_flow():
            if any(isinstance(note, GateAnnotation) for note in getattr(item.operation, "annotations", ())):
                yield item.operation.body.data[0]
            for block in item.operation.blocks:
                yield from _carried(block)
