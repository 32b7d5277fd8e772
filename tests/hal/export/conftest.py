# SPDX-License-Identifier: Apache-2.0
"""The lab as a fixture: lowered programs of known pulses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from qiskit import QuantumCircuit

from feedline_hal.lowering.lower import lower
from feedline_hal.lowering.port_program import PortProgram

from .lab import Lab

Lowered = Callable[..., PortProgram]


@pytest.fixture
def lowered() -> Lowered:
    """Lower a circuit of the lab's gates."""

    def call(circuit: QuantumCircuit, stage: str = "port", **options: Any) -> Any:
        return lower(circuit, Lab(circuit.num_qubits), stage, **options)

    return call
