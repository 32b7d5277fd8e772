# SPDX-License-Identifier: Apache-2.0
"""Pulse gates: gates that only a calibration knows, kept whole by Qiskit's transpiler."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, NoReturn

from qiskit import QuantumCircuit
from qiskit.circuit import Gate, Instruction, Operation, Parameter

from feedline_hal.errors import PulseError
from feedline_hal.pulse.value import Value, check_value


class PulseGate(Instruction):
    """A gate that a calibration of the same name says how to play.

    It is an `Instruction`, not a `Gate`, and has no definition: Qiskit's optimisation levels 2 and 3 crash
    on opaque gates and resynthesise defined ones, while this goes through every level as it is. What it
    means without pulses is kept beside it in `ideal`, for backends that play no pulses and for readers.

    Args:
        name: Its name, that of the calibration.
        num_qubits: How many qubits it acts on.
        params: Its angles and other parameters, numbers or expressions of Qiskit parameters.
        num_clbits: How many bits it returns.
        ideal: A circuit, gate or `Operator` that says what it means; it may depend on those of ``params``
            that are plain parameters.
        label: For drawings.
    """

    is_pulse_gate: ClassVar[bool] = True

    def __init__(
        self,
        name: str,
        num_qubits: int,
        params: Sequence[Value] = (),
        *,
        num_clbits: int = 0,
        ideal: Any = None,
        label: str | None = None,
    ) -> None:
        for index, value in enumerate(params):
            check_value(f"Pulse gate '{name}': parameter {index}", value)
        super().__init__(name, num_qubits, num_clbits, list(params), label=label)
        self._formals = tuple(self.params)
        self._ideal = None if ideal is None else self._as_circuit(ideal)

    @property
    def ideal(self) -> QuantumCircuit | None:
        """What it means, with the gate's present parameters; ``None`` if nobody said."""
        if self._ideal is None:
            return None
        given = {
            formal: value
            for formal, value in zip(self._formals, self.params, strict=True)
            if isinstance(formal, Parameter) and formal in self._ideal.parameters and formal is not value
        }
        return self._ideal.assign_parameters(given) if given else self._ideal

    @property
    def meaning(self) -> tuple[QuantumCircuit | None, tuple[str | None, ...]]:
        """The ideal meaning over formal parameters, and which stands at which place; what files hold."""
        known = () if self._ideal is None else self._ideal.parameters
        names = (item.name if isinstance(item, Parameter) and item in known else None for item in self._formals)
        return self._ideal, tuple(names)

    def inverse(self, annotated: bool = False) -> NoReturn:
        """Refuse: nobody knows which pulses undo a pulse.

        Raises:
            PulseError: Always.
        """
        del annotated
        raise PulseError(
            f"Pulse gate '{self.name}' has no known inverse.",
            remedy="Calibrate the inverse under a name of its own and append that.",
        )

    def __eq__(self, other: object) -> bool:
        """Same name, sizes, parameters and ideal meaning."""
        return isinstance(other, PulseGate) and bool(super().__eq__(other)) and self.ideal == other.ideal

    __hash__ = None  # type: ignore[assignment]  # as Qiskit's instructions: parameters may be assigned

    def _as_circuit(self, ideal: Any) -> QuantumCircuit:
        if not isinstance(ideal, QuantumCircuit):
            ideal = self._wrapped(ideal)
        if (ideal.num_qubits, ideal.num_clbits) != (self.num_qubits, self.num_clbits):
            raise PulseError(
                f"Pulse gate '{self.name}': its ideal meaning has {ideal.num_qubits} qubits and "
                f"{ideal.num_clbits} classical bits, the gate {self.num_qubits} and {self.num_clbits}.",
                remedy="Give an ideal circuit, gate or operator of the gate's own size.",
            )
        for parameter in ideal.parameters:
            if parameter not in [formal for formal in self._formals if isinstance(formal, Parameter)]:
                raise PulseError(
                    f"Pulse gate '{self.name}': its ideal meaning depends on '{parameter.name}', "
                    "which is no parameter of the gate.",
                    remedy="Make gate and ideal with a plain Parameter, then assign it.",
                )
        return ideal.copy()

    def _wrapped(self, ideal: Any) -> QuantumCircuit:
        instruction = ideal.to_instruction() if hasattr(ideal, "to_instruction") else ideal
        if not isinstance(instruction, Operation | Gate):
            raise PulseError(
                f"Pulse gate '{self.name}': its ideal meaning is a {type(ideal).__name__}.",
                remedy="Give a QuantumCircuit, a gate or an Operator.",
            )
        circuit = QuantumCircuit(instruction.num_qubits, instruction.num_clbits)
        circuit.append(instruction, circuit.qubits, circuit.clbits)
        return circuit
