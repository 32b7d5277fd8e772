# SPDX-License-Identifier: Apache-2.0
"""A small vendor's backend: computes with state vectors, answers in whatever format it is told."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.circuit.library import CXGate, HGate, Measure, RXGate, RYGate, XGate
from qiskit.providers import BackendV2, JobStatus, JobV1, Options
from qiskit.quantum_info import Statevector
from qiskit.result import Result
from qiskit.result.models import ExperimentResult, ExperimentResultData
from qiskit.transpiler import Target

Writer = Callable[[QuantumCircuit, list[int]], dict[str, Any]]


def whole(circuit: QuantumCircuit, outcome: int) -> str:
    """A bit string, classical bit 0 on the right."""
    return format(outcome, f"0{circuit.num_clbits}b")


def spaced(circuit: QuantumCircuit, outcome: int) -> str:
    """Registers apart, the last one first."""
    bits = whole(circuit, outcome)[::-1]
    places = {bit: index for index, bit in enumerate(circuit.clbits)}
    return " ".join("".join(bits[places[bit]] for bit in reversed(register)) for register in reversed(circuit.cregs))


SPELLINGS: dict[str, Callable[[QuantumCircuit, int], Any]] = {
    "hex": lambda _, outcome: hex(outcome),
    "bits": whole,
    "spaced": spaced,
    "joined": lambda circuit, outcome: spaced(circuit, outcome).replace(" ", ""),
    "binary": lambda _, outcome: bin(outcome),
    "integer": lambda _, outcome: outcome,
}


def memory(spelling: str) -> Writer:
    """Answers with one outcome per shot."""
    return lambda circuit, shots: {"memory": [SPELLINGS[spelling](circuit, shot) for shot in shots]}


def counts(spelling: str) -> Writer:
    """Answers with counts."""
    return lambda circuit, shots: {
        "counts": {SPELLINGS[spelling](circuit, shot): count for shot, count in Counter(shots).items()}
    }


class VendorJob(JobV1):
    """Done at once, unless held."""

    def __init__(self, backend: Vendor, compute: Callable[[], Result]) -> None:
        super().__init__(backend, f"vendor-{len(backend.asked)}")
        self._compute = compute
        self.is_cancelled = False

    def submit(self) -> None:
        """Nothing to do."""

    def result(self) -> Result:
        backend: Vendor = self.backend()
        backend.begun.set()
        backend.held.wait()
        if backend.trouble is not None:
            raise backend.trouble
        return self._compute()

    def error_message(self) -> str:
        return "fridge is warm"

    def cancel(self) -> bool:
        self.is_cancelled = True
        self.backend().cancelled.append(self.job_id())
        if self.backend().cancel_trouble is not None:
            raise self.backend().cancel_trouble
        return True

    def status(self) -> JobStatus:
        return JobStatus.DONE


class Vendor(BackendV2):
    """A vendor's backend with its own ideas.

    Attributes:
        asked: Options and number of circuits of every job.
        held: Jobs end when it is set.
    """

    def __init__(
        self,
        write: Writer,
        *,
        options: Options | None = None,
        width: int = 3,
        max_circuits: int | None = None,
        header: Callable[[QuantumCircuit], Any] = lambda circuit: {
            "creg_sizes": [[register.name, register.size] for register in circuit.cregs],
            "memory_slots": circuit.num_clbits,
        },
    ) -> None:
        self._given = options or Options(shots=100, memory=False)
        super().__init__(name="vendor", description="A vendor's backend", backend_version="7")
        self._options = self._given
        self._write = write
        self._max_circuits = max_circuits
        self._header = header
        self._made = Target(num_qubits=width)
        for gate in (HGate(), XGate(), RYGate(Parameter("t")), RXGate(Parameter("t")), CXGate(), Measure()):
            self._made.add_instruction(gate, None, name=gate.name)
        self.asked: list[dict[str, Any]] = []
        self.cancelled: list[str] = []
        self.begun, self.held = threading.Event(), threading.Event()
        self.held.set()
        self.trouble: Exception | None = None
        self.run_trouble: Exception | None = None
        self.cancel_trouble: Exception | None = None
        self.rng = np.random.default_rng(3)
        self.change: Callable[[Result], Result] = lambda result: result

    @property
    def target(self) -> Target:
        return self._made

    @property
    def max_circuits(self) -> int | None:
        return self._max_circuits

    @classmethod
    def _default_options(cls) -> Options:
        return Options()

    def run(self, run_input: Sequence[QuantumCircuit], **options: Any) -> VendorJob:
        unknown = set(options) - set(self._given)
        assert not unknown, f"was sent {unknown}, which it does not know"
        self.asked.append({**options, "circuits": len(run_input)})
        if self.run_trouble is not None:
            raise self.run_trouble
        shots = options.get("shots", 100)
        return VendorJob(self, lambda: self.change(self._result(list(run_input), shots)))

    def _result(self, circuits: list[QuantumCircuit], shots: int) -> Result:
        return Result(
            backend_name=self.name,
            backend_version="7",
            job_id="1",
            success=True,
            results=[
                ExperimentResult(
                    shots=shots,
                    success=True,
                    data=ExperimentResultData(**self._write(circuit, self._shots(circuit, shots))),
                    header=self._header(circuit),
                )
                for circuit in circuits
            ],
        )

    def _shots(self, circuit: QuantumCircuit, shots: int) -> list[int]:
        """Outcomes of the classical bits, from the state before the final measurements."""
        assert circuit.num_parameters == 0
        bare = circuit.copy_empty_like()
        read: dict[int, int] = {}
        for instruction in circuit.data:
            if instruction.name == "measure":
                clbit = circuit.find_bit(instruction.clbits[0]).index
                read[clbit] = circuit.find_bit(instruction.qubits[0]).index
            else:
                bare.append(instruction)
        state = Statevector(bare.remove_final_measurements(inplace=False) if bare.clbits else bare)
        drawn = self.rng.choice(len(state.probabilities()), size=shots, p=state.probabilities())
        return [sum((int(outcome) >> qubit & 1) << clbit for clbit, qubit in read.items()) for outcome in drawn]
