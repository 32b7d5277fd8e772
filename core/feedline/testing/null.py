# SPDX-License-Identifier: Apache-2.0
"""A backend that answers at once with zeros: what is left is the time that Feedline itself takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from qiskit.circuit import Parameter
from qiskit.circuit.library import get_standard_gate_name_mapping
from qiskit.transpiler import Target

from feedline.capabilities import Capabilities, MeasLevel
from feedline.execution import Chunk, Execution, OutcomeCounts

from .double import DoubleBackend, DoubleDevice

if TYPE_CHECKING:
    pass

RAW_SAMPLES = 8
"""How many samples a capture has."""

ALL_LEVELS = Capabilities(meas_levels=MeasLevel, seeded=True)


class NullBackend(DoubleBackend):
    """Has every standard gate on every qubit, and reads 0 on all of them.

    Args:
        num_qubits: Its width.
        capabilities: What it declares, if not the default: all measurement levels, seeds.
        wait_s: How long the device takes for each execution.
        name: Its name.
    """

    def __init__(
        self,
        num_qubits: int,
        *,
        capabilities: Capabilities = ALL_LEVELS,
        wait_s: float = 0.0,
        name: str = "null",
    ) -> None:
        super().__init__(
            name,
            description="Answers at once with zeros.",
            target=ideal_target(num_qubits),
            capabilities=capabilities,
        )
        self._wait_s = wait_s

    def open(self) -> NullDevice:
        """A device that is ready."""
        return NullDevice(self._target, wait_s=self._wait_s)


class NullDevice(DoubleDevice):
    """Returns zeros: counts if shots need no order, else bits, IQ points at the origin, or raw samples.

    Attributes:
        executed: How many executions it was given.
    """

    kind = "null"

    def __init__(self, target: Target, *, wait_s: float = 0.0) -> None:
        super().__init__(target)
        self.executed = 0
        self._wait_s = wait_s

    def execute(self, executions: Sequence[Execution]) -> Iterator[Chunk]:
        """One chunk of zeros for each execution."""
        self.check_open()
        self.aborted.clear()
        for index, execution in enumerate(executions):
            if self.aborted.is_set() or (self._wait_s and self.aborted.wait(self._wait_s)):
                return
            self.executed += 1
            yield zeros(index, execution)


def zeros(index: int, execution: Execution) -> Chunk:
    """The chunk that answers a whole execution with zeros.

    Args:
        index: Index of the execution in the sequence that the device was given.
        execution: The execution.
    """
    data: dict[str, Any] = {}
    width = execution.circuit.num_clbits
    if execution.observables:
        data["expectation"] = np.zeros((execution.size, len(execution.observables)))
    elif execution.meas_level is MeasLevel.KERNELED:
        data["iq"] = np.zeros((execution.size, execution.shots, width), dtype=np.complex128)
    elif execution.meas_level is MeasLevel.AVG_KERNELED:
        data["iq"] = np.zeros((execution.size, width), dtype=np.complex128)
    elif execution.meas_level is MeasLevel.RAW:
        data["raw"] = np.zeros((execution.size, execution.shots, width, RAW_SAMPLES))
    elif execution.memory:
        data["bits"] = np.zeros((execution.size, execution.shots, execution.num_bytes), dtype=np.uint8)
    else:
        data["counts"] = OutcomeCounts(
            point=np.arange(execution.size),
            words=np.zeros((execution.size, execution.num_bytes), dtype=np.uint8),
            weight=np.full(execution.size, execution.shots),
        )
    return Chunk(execution=index, points=slice(0, execution.size), **data)


def ideal_target(num_qubits: int) -> Target:
    """A target that has every standard gate, measure, reset and delay on any qubits, without times."""
    target = Target(num_qubits=num_qubits)
    for name, instruction in get_standard_gate_name_mapping().items():
        if name == "delay":
            instruction = type(instruction)(Parameter("duration"))
        target.add_instruction(instruction, name=name)
    return target
