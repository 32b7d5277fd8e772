# SPDX-License-Identifier: Apache-2.0
"""Parameters bound in a circuit, the original left as it is."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from qiskit import QuantumCircuit


def assigned(circuit: QuantumCircuit, values: Mapping[Any, Any]) -> QuantumCircuit:
    """The circuit with parameters replaced.

    Qiskit 2.6 shares custom instructions inside control flow between a circuit and its bound copy, and
    changes them; so what has control flow is copied through and through first.
    """
    if any(instruction.is_control_flow() for instruction in circuit.data):
        circuit = copy.deepcopy(circuit)
    made: QuantumCircuit = circuit.assign_parameters(values)
    return made
