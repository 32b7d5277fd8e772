# SPDX-License-Identifier: Apache-2.0
"""A backend that answers at once with zeros: what is left is the time that Feedline itself takes."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from qiskit.circuit import Parameter
from qiskit.circuit.library import get_standard_gate_name_mapping
from qiskit.transpiler import Target

from feedline.capabilities import Capabilities, MeasLevel
from feedline.device import Device, Executable
from feedline.errors import ProviderError
from feedline.execution import Chunk, Execution, OutcomeCounts
from feedline.isa import check_isa
from feedline.processor import Backend

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

ALL_LEVELS = Capabilities(meas_levels=MeasLevel, seeded=True)


class NullBackend(Backend):
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
        super().__init__(name, description="Answers at once with zeros.", version="1")
        self._num_qubits = num_qubits
        self._capabilities = capabilities
        self._wait_s = wait_s

    @cached_property
    def _target(self) -> Target:
        return ideal_target(self._num_qubits)

    @property
    def target(self) -> Target:
        """Every standard gate, measure, reset and delay, on any qubits."""
        return self._target

    @property
    def capabilities(self) -> Capabilities:
        """What it was made with."""
        return self._capabilities

    def open(self) -> NullDevice:
        """A device that is ready."""
        return NullDevice(self._target, wait_s=self._wait_s)


class NullDevice(Device):
    """Returns zeros: counts if shots need no order, else bits, or IQ points at the origin.

    Attributes:
        compiled: How many circuits it compiled.
        executed: How many executions it was given.
    """

    def __init__(self, target: Target, *, wait_s: float = 0.0) -> None:
        self.compiled = 0
        self.executed = 0
        self._target = target
        self._wait_s = wait_s
        self._stop = threading.Event()
        self._is_closed = False

    def compile(self, circuit: QuantumCircuit) -> Executable:
        """Check the circuit against the target."""
        self._check_open()
        check_isa(circuit, self._target)
        self.compiled += 1
        return Executable(circuit)

    def execute(self, executions: Sequence[Execution]) -> Iterator[Chunk]:
        """One chunk of zeros for each execution."""
        self._check_open()
        self._stop.clear()
        for index, execution in enumerate(executions):
            if self._stop.is_set() or (self._wait_s and self._stop.wait(self._wait_s)):
                return
            self.executed += 1
            yield zeros(index, execution)

    def abort(self) -> None:
        """End `execute` before its next execution."""
        self._stop.set()

    def close(self) -> None:
        """End `execute`; every later call but this one is refused."""
        self._stop.set()
        self._is_closed = True

    def _check_open(self) -> None:
        if self._is_closed:
            raise ProviderError("The null device is closed.", remedy="Open it again with Backend.open().")


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
