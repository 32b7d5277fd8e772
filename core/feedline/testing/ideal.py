# SPDX-License-Identifier: Apache-2.0
"""A small ideal machine over Qiskit's own basic simulator: for tests of passes, without further packages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from qiskit.providers.basic_provider import BasicSimulator
from qiskit.quantum_info import Statevector
from qiskit.transpiler import Target

from feedline.capabilities import Capabilities
from feedline.device import Device
from feedline.errors import CapabilityError
from feedline.execution import Chunk, Execution

from .double import DoubleBackend, DoubleDevice

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

IDEAL = Capabilities(seeded=True, exact_expectation=True, max_shots=1_000_000)


class IdealBackend(DoubleBackend):
    """Exact, seeded, slow; a handful of qubits.

    Args:
        num_qubits: Its width.
        capabilities: What it declares, if not the default; tokens that a pass needs, for instance.
        readout_error: Probability with which every measured bit is flipped.
    """

    def __init__(self, num_qubits: int = 4, *, capabilities: Capabilities = IDEAL, readout_error: float = 0.0) -> None:
        super().__init__(
            "ideal",
            description="A small ideal machine, for tests.",
            target=basic_target(num_qubits),
            capabilities=capabilities,
        )
        self._readout_error = readout_error

    def open(self) -> Device:
        """A device that is ready."""
        return IdealDevice(self._target, self._readout_error)


class IdealDevice(DoubleDevice):
    """Runs one sweep point after the other."""

    kind = "ideal"

    def __init__(self, target: Target, readout_error: float = 0.0) -> None:
        super().__init__(target)
        self._readout_error = readout_error

    def execute(self, executions: Sequence[Execution]) -> Iterator[Chunk]:
        """One chunk for each sweep point."""
        self.check_open()
        self.aborted.clear()
        for index, execution in enumerate(executions):
            rng = np.random.default_rng(execution.seed)
            for point, values in enumerate(execution.points):
                if self.aborted.is_set():
                    return
                yield self.answer(index, execution, point, execution.circuit.assign_parameters(values), rng)

    def answer(
        self, index: int, execution: Execution, point: int, bound: QuantumCircuit, rng: np.random.Generator
    ) -> Chunk:
        """What one point of an execution gives: exact values, or shots."""
        where = slice(point, point + 1)
        if execution.observables:
            state = Statevector(bound)
            exact = [state.expectation_value(observable).real for observable in execution.observables]
            return Chunk(execution=index, points=where, expectation=np.array([exact]))
        if str(execution.meas_level) != "classified":
            raise CapabilityError(
                f"The ideal device has no {execution.meas_level} data.", remedy="Ask for classified shots."
            )
        return Chunk(execution=index, points=where, bits=self.shots(execution, bound, rng)[np.newaxis])

    def shots(self, execution: Execution, bound: QuantumCircuit, rng: np.random.Generator) -> NDArray[np.uint8]:
        """Packed shots of a bound circuit, shape ``(shots, n_bytes)``."""
        measured = {bound.find_bit(bit).index for gate in bound.get_instructions("measure") for bit in gate.clbits}
        bits = np.zeros((execution.shots, 8 * execution.num_bytes), dtype=np.bool_)
        if measured:
            result = BasicSimulator().run(
                bound, shots=execution.shots, memory=True, seed_simulator=int(rng.integers(2**31))
            )
            words = [int(word, 16) for word in result.result().data(0)["memory"]]
            for clbit in measured:
                flips = rng.random(execution.shots) < self._readout_error
                bits[:, clbit] = np.array([word >> clbit & 1 for word in words], dtype=np.bool_) ^ flips
        return np.packbits(bits[:, ::-1], axis=-1)


def basic_target(num_qubits: int) -> Target:
    """What Qiskit's basic simulator has, on any of so many qubits."""
    kept, target = BasicSimulator().target, Target(num_qubits=num_qubits)
    for name in sorted(set(kept.operation_names) - {"unitary", "initialize", "delay"}):
        target.add_instruction(kept.operation_from_name(name), name=name)
    return target
