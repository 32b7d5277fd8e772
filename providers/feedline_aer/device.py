# SPDX-License-Identifier: Apache-2.0
"""The Aer device: executions become as few Aer calls as possible, each of bounded length."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from qiskit import QuantumCircuit

from feedline.capabilities import MeasLevel
from feedline.device import Device, Executable
from feedline.errors import CapabilityError, ProviderError
from feedline.execution import Chunk, Execution, OutcomeCounts
from feedline.isa import check_isa, unroll_boxes

from .exact import check_exact
from .route import CountRoute, ExactRoute, ProbabilityRoute, Route
from .settings import EXACT_METHODS
from .simulation import simulate
from .task import Call, Task, calls
from .template import Template

if TYPE_CHECKING:
    from .backend import AerBackend

_STATEVECTOR_WIDTH = 14
"""Up to here a state vector beats every other method, and Aer binds sweeps while it runs."""
_READ_WIDTH = 14
"""Up to here the joint probabilities of the measured qubits are cheaper than Aer's sampling."""


class AerDevice(Device):
    """A simulated processor.

    One Aer call cannot be interrupted; work is cut into calls of about half a second, and `abort`
    takes effect between them.

    Args:
        backend: What it is a device of.
    """

    def __init__(self, backend: AerBackend) -> None:
        self._backend = backend
        self._rng = backend.rng  # the backend's: a device that is opened again must not repeat its shots
        self._stop = threading.Event()
        self._is_closed = False

    def compile(self, circuit: QuantumCircuit) -> Executable:
        """Check the circuit, unroll its boxes and find out how Aer should run it."""
        self._check_open()
        if circuit.count_ops().get("box"):
            return Executable(circuit, self._template(unroll_boxes(circuit)))
        return Executable(circuit, self._template(circuit))

    def execute(self, executions: Sequence[Execution]) -> Iterator[Chunk]:
        """Run executions; those of one circuit and one kind share Aer calls."""
        self._check_open()
        self._stop.clear()
        return self._stream(executions)

    def abort(self) -> None:
        """End `execute` when the present Aer call is over."""
        self._stop.set()

    def close(self) -> None:
        """Refuse everything from now on."""
        self._is_closed = True
        self._stop.set()

    def _stream(self, executions: Sequence[Execution]) -> Iterator[Chunk]:
        tasks = []
        for index, execution in enumerate(executions):
            template = _template_of(execution)
            if execution.size and not execution.observables and not template.anatomy.has_measurement:
                yield _unmeasured(index, execution)
            elif execution.size:
                tasks.append(self._task(index, execution, template))
        for call in calls(tasks):
            if self._stop.is_set():
                return
            yield from self._run(call)

    def _task(self, index: int, execution: Execution, template: Template) -> Task:
        if execution.meas_level != MeasLevel.CLASSIFIED:
            raise CapabilityError(
                f"meas_level is '{execution.meas_level}', which backend 'aer' does not return.",
                remedy="It returns classified bits.",
            )
        rng = self._rng
        if execution.seed is not None and not execution.observables:
            rng = np.random.default_rng([execution.seed, index])  # equal seeds of a job must not agree
        return Task(index=index, execution=execution, route=self._route(execution, template), rng=rng)

    def _route(self, execution: Execution, template: Template) -> Route:
        """Choose the cheapest way that is right for the circuit, the noise and the method."""
        shape, method, noise = template.anatomy, self._backend.method, self._backend.noise_model
        is_plain = noise is None and method in ("automatic", "statevector")
        if execution.observables:
            return self._exact_route(execution, template)
        if (
            is_plain
            and shape.is_final
            and shape.active <= _STATEVECTOR_WIDTH
            and len(template.read_qubits) <= _READ_WIDTH
            and 2 ** len(template.read_qubits) <= max(1024, 8 * execution.shots)
        ):
            return ProbabilityRoute(template)
        return CountRoute(template, method, is_ideal=noise is None, shots=execution.shots)

    def _exact_route(self, execution: Execution, template: Template) -> ExactRoute:
        method, noise = self._backend.method, self._backend.noise_model
        if method not in EXACT_METHODS:
            raise CapabilityError(
                f"Method '{method}' is approximate: it has no exact expectation values.",
                remedy=f"Ask for a precision above 0, or use one of {', '.join(sorted(EXACT_METHODS))}.",
            )
        if noise is None and template.anatomy.is_pure:
            readings = template.readings(execution.observables, dephase=False)
            if method == "automatic" and template.anatomy.active <= _STATEVECTOR_WIDTH:
                method = "statevector"
            return ExactRoute(template, readings, {"method": method})
        check_exact(template.source, template.anatomy, noise)
        readings = template.readings(execution.observables, dephase=True)
        return ExactRoute(template, readings, {"method": "density_matrix"})

    def _run(self, call: Call) -> Iterator[Chunk]:
        started_s = time.time()
        experiments = simulate(self._backend.simulator, call)
        stopped_s = time.time()
        for task, portion in call:
            mine = next(experiments)
            task.route.learn(portion.shots, mine.metadata)
            yield Chunk(
                execution=portion.index,
                points=portion.points,
                started_s=started_s,
                stopped_s=stopped_s,
                **task.route.read(portion, mine.data, task.rng),
            )

    def _template(self, circuit: QuantumCircuit) -> Template:
        check_isa(circuit, self._backend.target)
        return Template(circuit)

    def _check_open(self) -> None:
        if self._is_closed:
            raise ProviderError("The device of backend 'aer' is closed.", remedy="Open it again with Backend.open().")


def _template_of(execution: Execution) -> Template:
    executable = execution.executable
    if executable is None or not isinstance(executable.payload, Template):
        raise ProviderError(
            f"Execution of '{execution.circuit.name}' comes without what this device compiled.",
            remedy="Pass Device.compile(circuit) as the execution's executable.",
        )
    return executable.payload


def _unmeasured(index: int, execution: Execution) -> Chunk:
    """Classical bits that nothing writes to are zero; there is nothing to simulate."""
    now_s = time.time()
    data: dict[str, Any]
    if execution.memory:
        shape = (execution.size, execution.shots, execution.num_bytes)
        data = {"bits": np.zeros(shape, dtype=np.uint8)}
    else:
        counts = OutcomeCounts(
            point=np.arange(execution.size),
            words=np.zeros((execution.size, execution.num_bytes), dtype=np.uint8),
            weight=np.full(execution.size, execution.shots, dtype=np.int64),
        )
        data = {"counts": counts}
    return Chunk(execution=index, points=slice(0, execution.size), started_s=now_s, stopped_s=now_s, **data)
