# SPDX-License-Identifier: Apache-2.0
"""A backend without pulses that was allowed to run what pulse gates mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from feedline.errors import CapabilityError
from feedline.own_operation import with_own_operation
from feedline.processor import Backend
from feedline.pulse_mark import has_ideal, is_pulse_box, is_pulse_gate, pulse_parts, unpacked

if TYPE_CHECKING:
    from qiskit.circuit import CircuitInstruction, QuantumCircuit
    from qiskit.transpiler import Target

    from feedline.capabilities import Capabilities
    from feedline.device import Device

    from .calibration.calibration_set import CalibrationSet


class IdealPulseBackend(Backend):
    """Runs circuits on another backend, with pulse gates and pulse boxes replaced by what they mean.

    Everything else is the other backend's, the results too; they say ``"pulses": "ideal"``.

    Args:
        backend: Who runs them.
        calibrations: What was attached; not played.
    """

    def __init__(self, backend: Backend, calibrations: CalibrationSet) -> None:
        super().__init__(backend.name, description=backend.description or "", version=backend.backend_version or "")
        self.backend = backend
        self.calibrations = calibrations
        self._options = backend.options

    @property
    def target(self) -> Target:
        """The other backend's."""
        return self.backend.target

    @property
    def capabilities(self) -> Capabilities:
        """The other backend's: it plays no pulses, and does not become able to."""
        return self.backend.capabilities

    @property
    def device_id(self) -> str:
        """The other backend's: they share a lane."""
        return self.backend.device_id

    def open(self) -> Device:
        """The other backend's device."""
        return self.backend.open()

    def admit(self, circuit: QuantumCircuit) -> QuantumCircuit:
        """The circuit with every pulse gate and pulse box replaced by its ideal meaning.

        Raises:
            CapabilityError: If one has none; names it and its qubits.
        """
        made = idealised(circuit)
        for part in pulse_parts(made):
            raise CapabilityError(
                f"Circuit '{circuit.name}' holds {part}, which has no ideal meaning that backend '{self.name}' "
                "could run instead.",
                remedy="Write what it means: PulseGate(..., ideal=...), or gates inside the pulse box.",
            )
        return self.backend.admit(made)

    def describe(self) -> Mapping[str, Any]:
        """The other backend's words, and that pulses were not played."""
        return {**self.backend.describe(), "calibration_id": self.calibrations.id, "pulses": "ideal"}


def idealised(circuit: QuantumCircuit) -> QuantumCircuit:
    """The circuit with pulse gates and pulse boxes replaced by what they mean; what means nothing stays."""
    if not any(pulse_parts(circuit)):
        return circuit
    circuit = unpacked(circuit)
    made = circuit.copy_empty_like()
    for item in circuit.data:
        operation = item.operation
        if is_pulse_gate(operation) and has_ideal(operation):
            made.compose(idealised(_meaning(item)), item.qubits, item.clbits, inplace=True)
        elif is_pulse_box(operation) and has_ideal(operation):
            body = idealised(operation.blocks[0])
            made.compose(body, item.qubits, item.clbits, inplace=True, inline_captures=True)
        elif item.is_control_flow() and not is_pulse_box(operation):
            blocks = [idealised(block) for block in operation.blocks]
            made.append(operation.replace_blocks(blocks), item.qubits, item.clbits, copy=False)
        else:
            made.append(with_own_operation(item))
    return made


def _meaning(item: CircuitInstruction) -> QuantumCircuit:
    """A pulse gate's meaning, for the instruction's parameters.

    Qiskit shares the operation of a custom instruction inside control flow between a circuit and its bound
    copies; only the instruction's own parameters are right.
    """
    gate = item.operation.copy()
    gate.params = list(item.params)
    meaning: QuantumCircuit = gate.ideal
    return meaning
