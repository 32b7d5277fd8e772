# SPDX-License-Identifier: Apache-2.0
"""Parameters bound in a circuit, the original left as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qiskit import QuantumCircuit
from qiskit.circuit import CircuitError, Delay

from feedline.own_operation import with_own_operations
from feedline_hal.errors import PulseError

_ROUNDING = 1e-6
"""By how many ticks 100 ns / 1 ns may be off 100."""


def assigned(circuit: QuantumCircuit, values: Mapping[Any, Any]) -> QuantumCircuit:
    """The circuit with parameters replaced.

    Qiskit 2.6 shares custom instructions inside control flow between a circuit and its bound copy, and
    changes them; so they are made the circuit's own first.

    Raises:
        PulseError: If a delay becomes negative.
    """
    made: QuantumCircuit = with_own_operations(circuit).assign_parameters(values)
    made.name = circuit.name  # Qiskit numbers copies
    _check_delays(made)
    return made


def _check_delays(circuit: QuantumCircuit) -> None:
    """Qiskit looks at a bound duration when somebody asks for the delay, and then in words of its own."""
    for place, instruction in enumerate(circuit.data):
        if instruction.is_control_flow():
            for block in instruction.operation.blocks:
                _check_delays(block)
        elif instruction.name == "delay":
            try:
                instruction.operation  # noqa: B018 - asked for here, so that nobody else trips over it
            except CircuitError as error:
                ticks = _whole(instruction.params[0])
                if ticks is not None:
                    circuit.data[place] = instruction.replace(operation=Delay(ticks, "dt"))
                    continue
                raise PulseError(
                    f"Circuit '{circuit.name}' has a delay that cannot be: {error.message}",
                    remedy="Bind its duration to a number of seconds of at least 0.",
                ) from None


def _whole(ticks: Any) -> int | None:
    """Ticks, where only rounding keeps them from being whole: Qiskit's transpiler divides seconds by ``dt``."""
    value = float(ticks)
    return round(value) if value >= 0 and abs(value - round(value)) < _ROUNDING else None
