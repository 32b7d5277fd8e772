# SPDX-License-Identifier: Apache-2.0
"""Parameters bound in a circuit, the original left as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qiskit import QuantumCircuit

from feedline.own_operation import with_own_operations


def assigned(circuit: QuantumCircuit, values: Mapping[Any, Any]) -> QuantumCircuit:
    """The circuit with parameters replaced.

    Qiskit 2.6 shares custom instructions inside control flow between a circuit and its bound copy, and
    changes them; so they are made the circuit's own first.
    """
    made: QuantumCircuit = with_own_operations(circuit).assign_parameters(values)
    made.name = circuit.name  # Qiskit numbers copies
    return made
