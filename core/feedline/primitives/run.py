# SPDX-License-Identifier: Apache-2.0
"""Plain ``backend.run``: circuits as they are, a Qiskit ``Result`` back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.providers import JobStatus as QiskitJobStatus
from qiskit.providers import JobV1
from qiskit.result import Result
from qiskit.result.models import ExperimentResult, ExperimentResultData

from feedline.capabilities import MeasLevel
from feedline.errors import CapabilityError, InputError
from feedline.execution import Chunk, Execution
from feedline.isa import check_control_flow, width
from feedline.passes import BoundPass
from feedline.plan import Part, Plan
from feedline.processor import Backend
from feedline.runtime.job import Job
from feedline.runtime.mode import resolve_mode
from feedline.runtime.submit import submit
from feedline.structure import freeze, snapshot
from feedline.work import Inputs, Work

from .ask import check_shots, spread_seeds
from .run_options import RunOptions

_NUMBERS = {MeasLevel.CLASSIFIED: 2, MeasLevel.KERNELED: 1, MeasLevel.AVG_KERNELED: 1, MeasLevel.RAW: 0}
"""Qiskit's numbers of the measurement levels."""


def run_circuits(backend: Backend, circuits: Sequence[QuantumCircuit], options: Mapping[str, Any]) -> RunJob:
    """Run circuits untouched; see `Backend.run`."""
    asked = RunOptions.of(options, backend)
    capabilities = backend.capabilities
    most = capabilities.max_circuits
    if most is not None and len(circuits) > most:
        raise CapabilityError(
            f"run() was given {len(circuits)} circuits, backend '{backend.name}' takes at most {most}.",
            remedy="Split the list, or use Sampler, which splits by itself.",
        )
    executions = []
    for index, (circuit, own_seed) in enumerate(zip(circuits, spread_seeds(asked.seed, len(circuits)), strict=True)):
        check_shots(index, asked.shots, capabilities, backend.name, "per circuit")
        executions.append(
            Execution(
                circuit=_checked(index, circuit, backend),
                values=np.zeros((0,)),
                shots=asked.shots,
                meas_level=asked.level,
                memory=asked.memory,
                seed=own_seed,
                settings=asked.settings,
                pub=index,
            )
        )
    fold = RunFold(backend=backend, memory=asked.memory, averages=asked.averages)
    plan = Plan(executions=tuple(executions), fold=fold, num_pubs=len(executions))
    work = Work(
        primitive="run",
        backend=backend,
        plan=plan,
        inputs=Inputs(circuits=[execution.circuit for execution in executions]),
        options=dict(options),
        tags=asked.tags,
    )
    return RunJob(backend, submit(work, resolve_mode(backend)))


class RunJob(JobV1):
    """Qiskit's job interface over a `Job`."""

    def __init__(self, backend: Backend, job: Job) -> None:
        super().__init__(backend, job.job_id())
        self.job = job

    def submit(self) -> None:
        """Nothing to do: `Backend.run` has submitted it."""

    def result(self, timeout: float | None = None) -> Result:
        """Wait for the result."""
        result: Result = self.job.result(timeout=timeout)
        return result

    def status(self) -> QiskitJobStatus:
        """Status in Qiskit's words; an interrupted job is an error there."""
        name = self.job.status().name
        return QiskitJobStatus.ERROR if name == "INTERRUPTED" else QiskitJobStatus[name]

    def cancel(self) -> bool:
        """Cancel, running or not."""
        return bool(self.job.cancel())

    def error_message(self) -> str | None:
        """What went wrong, if anything did."""
        return self.job.error_message()

    def metrics(self) -> dict[str, Any]:
        """Where its time went; see `Job.metrics`."""
        return self.job.metrics()

    def time_per_step(self) -> dict[str, datetime]:
        """When it was created, ran and was completed; see `Job.time_per_step`."""
        return self.job.time_per_step()


@attrs.frozen(kw_only=True, slots=True, eq=False)
class RunFold:
    """Chunks become Qiskit experiment results.

    Attributes:
        backend: Where they come from.
        memory: Whether single shots are asked for.
        averages: Whether raw samples are averaged over the shots; IQ points come averaged from the device.
    """

    backend: Backend
    memory: bool
    averages: bool = False
    passes: tuple[BoundPass, ...] = ()

    def reduce(self, execution: Execution, chunk: Chunk) -> Chunk:
        """Keep everything, this is the plain way; of raw samples that are to be averaged keep the sum."""
        del execution
        if chunk.raw is None or not self.averages:
            return chunk
        precise = np.result_type(chunk.raw, np.float64)
        return attrs.evolve(chunk, raw=chunk.raw.sum(axis=1, keepdims=True, dtype=precise))

    def fold_pub(self, pub: int, answers: Sequence[tuple[Execution, Sequence[Part]]]) -> ExperimentResult:
        """One circuit's result."""
        del pub
        execution, parts = answers[0]
        circuit = execution.circuit
        chunks = [part.data for part in parts]
        if execution.meas_level is MeasLevel.CLASSIFIED:
            data = _counted(execution, chunks, self.memory)
        elif execution.meas_level is MeasLevel.RAW:
            raw = np.concatenate([chunk.raw[0] for chunk in chunks])
            samples = raw.sum(axis=0) / execution.shots if self.averages else raw
            data = ExperimentResultData(memory=np.stack([samples.real, samples.imag], axis=-1))  # too many for lists
        else:
            iq = np.concatenate([chunk.iq[0] for chunk in chunks])
            data = ExperimentResultData(memory=np.stack([iq.real, iq.imag], axis=-1).tolist())  # as Qiskit has it
        return ExperimentResult(
            shots=execution.shots,
            success=True,
            data=data,
            meas_level=_NUMBERS[execution.meas_level],
            meas_return=self._return(execution.meas_level),
            status="DONE",
            header=_header(circuit),
            seed=execution.seed,
        )

    def _return(self, level: MeasLevel) -> str:
        is_averaged = self.averages if level is MeasLevel.RAW else level is MeasLevel.AVG_KERNELED
        return "avg" if is_averaged else "single"

    def finish(self, results: Sequence[Any], metadata: Mapping[str, Any]) -> Result:
        """All circuits' results."""
        return Result(
            backend_name=self.backend.name,
            backend_version=self.backend.backend_version or "",
            job_id=str(metadata.get("job_id", "")),
            success=True,
            results=list(results),
            status="COMPLETED",
        )


def _checked(index: int, circuit: Any, backend: Backend) -> QuantumCircuit:
    if not isinstance(circuit, QuantumCircuit):
        raise InputError(
            f"run() was given a {type(circuit).__name__} as circuit {index}.",
            remedy="Pass QuantumCircuit objects.",
        )
    if circuit.num_parameters:
        names = ", ".join(sorted(parameter.name for parameter in circuit.parameters)[:6])
        raise InputError(
            f"Circuit {index} ('{circuit.name}') has free parameters: {names}.",
            remedy="Bind them (circuit.assign_parameters), or use Sampler with parameter values.",
        )
    width(circuit, backend.target)
    check_control_flow(circuit, backend)
    admitted = backend.admit(circuit)
    return snapshot(circuit) if admitted is circuit else freeze(admitted)


def _counted(execution: Execution, chunks: Sequence[Chunk], memory: bool) -> ExperimentResultData:
    """Hex counts, and hex memory in the order of the shots if asked for."""
    if execution.circuit.num_clbits == 0:
        return ExperimentResultData()
    counts: dict[str, int] = {}
    shots: list[str] = []
    for chunk in chunks:
        if chunk.counts is not None:
            words, weights = chunk.counts.words, chunk.counts.weight
        else:
            assert chunk.bits is not None
            words, weights = chunk.bits[0], np.ones(len(chunk.bits[0]), dtype=np.int64)
        distinct, inverse = np.unique(words, axis=0, return_inverse=True)
        names = [hex(int.from_bytes(word.tobytes(), "big")) for word in distinct]
        for name, count in zip(names, _sums(inverse.reshape(-1), weights), strict=True):
            counts[name] = counts.get(name, 0) + int(count)
        if memory:
            shots += [names[index] for index in inverse.reshape(-1).tolist()]
    return ExperimentResultData(counts=counts, memory=shots) if memory else ExperimentResultData(counts=counts)


def _sums(inverse: NDArray[np.intp], weights: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.bincount(inverse, weights=weights).astype(np.float64, copy=False)


def _header(circuit: QuantumCircuit) -> dict[str, Any]:
    """What Qiskit's ``Result`` needs to format bit strings by register."""
    return {
        "name": circuit.name,
        "metadata": circuit.metadata or {},
        "global_phase": float(circuit.global_phase),
        "memory_slots": circuit.num_clbits,
        "n_qubits": circuit.num_qubits,
        "creg_sizes": [[register.name, register.size] for register in circuit.cregs],
        "clbit_labels": [[register.name, i] for register in circuit.cregs for i in range(register.size)],
        "qreg_sizes": [[register.name, register.size] for register in circuit.qregs],
        "qubit_labels": [[register.name, i] for register in circuit.qregs for i in range(register.size)],
    }
