# SPDX-License-Identifier: Apache-2.0
"""Executor: runs samplomatic's quantum programs on any backend, circuits untouched."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline.capabilities import MeasLevel
from feedline.errors import MissingExtraError
from feedline.execution import Execution
from feedline.options.primitive import ExecutorOptions, settings
from feedline.plan import Plan
from feedline.structure import freeze, snapshot
from feedline.work import Inputs, Partial, Work

from .primitive import Primitive
from .program_check import check_program, check_values
from .program_fold import ItemShape, ProgramFold

if TYPE_CHECKING:
    from feedline.processor import Backend
    from feedline.runtime.job import Job

    from .quantum_program import Asked

SAMPLOMATIC = ((0, 21), (0, 22))
"""Versions of samplomatic that the bridge is written for: from the first, below the second."""


class Executor(Primitive):
    """Runs a samplomatic ``QuantumProgram`` as it is: no transpilation, no rewriting, no mitigation.

    What mitigates around it (qiskit-mitigation, for instance) prepares the program and post-processes
    the result; the device sees exactly the circuits of the program.

    Args:
        mode: A backend, a session or a batch.
        options: `ExecutorOptions`, or a dict of them.

    Raises:
        MissingExtraError: If samplomatic is missing, or of a version that is not supported.
    """

    options_type = ExecutorOptions
    _options: ExecutorOptions

    def __init__(self, mode: Any = None, options: ExecutorOptions | Mapping[str, Any] | None = None) -> None:
        check_samplomatic()
        super().__init__(mode, options)

    @property
    def options(self) -> ExecutorOptions:
        """The options; assign to one, or replace them all with a dict."""
        return self._options

    @options.setter
    def options(self, value: ExecutorOptions | Mapping[str, Any]) -> None:
        self._options = ExecutorOptions.of(value)

    def run(self, program: Any, *, callback: Callable[[str, Partial], None] | None = None) -> Job:
        """Run a program.

        Args:
            program: A samplomatic ``QuantumProgram``. A ``chunk_size`` of an item is the most elements
                of it that go to the device at once.
            callback: Called with the job's id and a `Partial` per finished item, and on progress.

        Returns:
            A job whose result is samplomatic's ``QuantumProgramResult``: per item a mapping from
            register names to arrays of shape ``(*shape, shots, bits)``, the samplex outputs, timing.

        Raises:
            InputError: If it is no program, is empty, or its numbers do not fit its circuits.
            CapabilityError: If the backend cannot run it; names item, instruction, qubits or level.
        """
        from feedline.runtime.submit import submit

        return submit(program_work(program, self._mode.backend, self._options, callback), self._mode)


def check_samplomatic() -> None:
    """Refuse to go on without a supported samplomatic.

    Raises:
        MissingExtraError: Says what to install.
    """
    lowest, below = (".".join(map(str, bound)) for bound in SAMPLOMATIC)
    remedy = f"pip install 'feedline[executor]' (samplomatic>={lowest},<{below})"
    try:
        found = version("samplomatic")
    except PackageNotFoundError:
        raise MissingExtraError("Executor needs samplomatic, which is not installed.", remedy=remedy) from None
    release = tuple(int(part) for part in found.split(".")[:2] if part.isdigit())
    if not SAMPLOMATIC[0] <= release < SAMPLOMATIC[1]:
        raise MissingExtraError(
            f"Executor is written for samplomatic>={lowest},<{below}; {found} is installed.", remedy=remedy
        )


def program_work(
    program: Any,
    backend: Backend,
    options: ExecutorOptions,
    callback: Callable[[str, Partial], None] | None = None,
) -> Work:
    """Check a program and make it work for the runtime."""
    from .quantum_program import record

    level = check_program(program, backend)
    options.check(backend.capabilities, backend.name)
    circuits, arrays, data = record(program)
    seed = options.simulator.seed_simulator
    drawn = int(np.random.SeedSequence().generate_state(1)[0]) if seed is None else seed
    return Work(
        primitive="executor",
        backend=backend,
        plan=_plan(program, backend, options, level, drawn),
        inputs=Inputs(circuits=circuits, arrays=arrays, data={**data, "randomization_seed": drawn}),
        options=options.copy().to_dict(),
        tags=tuple(options.environment.job_tags),
        max_execution_time_s=options.max_execution_time_s,
        callback=callback,
        metadata={
            **backend.describe(),
            "shots": int(program.shots),
            "meas_level": level.value,
            "ordered_shots": backend.capabilities.ordered_shots,
            "randomization_seed": drawn,
        },
    )


def _plan(program: Any, backend: Backend, options: ExecutorOptions, level: MeasLevel, drawn: int) -> Plan:
    """Sample the randomizations and make one execution per item, or per ``chunk_size`` of its elements."""
    from .quantum_program import ask

    common: dict[str, Any] = {
        "shots": int(program.shots),
        "meas_level": level,
        "memory": backend.capabilities.ordered_shots,
        "settings": settings(options.execution),
    }
    seeded = options.simulator.seed_simulator is not None
    executions: list[Execution] = []
    items: list[ItemShape] = []
    for index, item in enumerate(program.items):
        asked = ask(item, np.random.default_rng(np.random.SeedSequence(drawn, spawn_key=(index,))))
        check_values(asked, index)
        asked = _admitted(asked, backend)
        circuit = snapshot(asked.circuit)
        shape = asked.values.shape[:-1]
        items.append(ItemShape(circuit=circuit, shape=shape, outputs=asked.outputs))
        for first, values, axes in _pieces(asked, index):
            seed = np.random.SeedSequence(drawn, spawn_key=(index, first)).generate_state(1)[0]
            executions.append(
                Execution(
                    circuit=circuit,
                    values=values,
                    axes=axes,
                    pub=index,
                    tag=first,
                    seed=int(seed) >> 1 if seeded else None,  # some simulators take 31 bits
                    **common,
                )
            )
    fold = ProgramFold(
        items=items, shots=int(program.shots), meas_level=level, passthrough_data=program.passthrough_data
    )
    return Plan(executions=tuple(executions), fold=fold, num_pubs=len(items))


def _admitted(asked: Asked, backend: Backend) -> Asked:
    """The circuit as the backend takes it; a parameter that it no longer depends on loses its column."""
    circuit = backend.admit(asked.circuit)
    if circuit is asked.circuit:
        return asked
    given = list(asked.circuit.parameters)
    columns = [given.index(parameter) for parameter in circuit.parameters]
    return attrs.evolve(asked, circuit=freeze(circuit), values=asked.values[..., columns])


def _pieces(asked: Asked, index: int) -> Iterator[tuple[int, NDArray[np.float64], tuple[str, ...]]]:
    """First element, values and axis names of each execution of an item."""
    *shape, width = asked.values.shape
    size = int(np.prod(shape, dtype=np.int64))
    if asked.chunk_size is None or size <= asked.chunk_size:
        yield 0, asked.values, tuple(f"item{index}.{axis}" for axis in range(len(shape)))
        return
    points = asked.values.reshape(size, width)
    for first in range(0, size, asked.chunk_size):
        yield first, points[first : first + asked.chunk_size], (f"item{index}.chunk",)
