# SPDX-License-Identifier: Apache-2.0
"""A bench for the runtime: a device whose every step is seen and can be held, and trivial work for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.transpiler import Target

from feedline.capabilities import Capabilities
from feedline.device import Device, Executable
from feedline.execution import Chunk, Execution
from feedline.plan import Part, Plan
from feedline.processor import Backend
from feedline.runtime.clock import FakeClock
from feedline.runtime.job import Job
from feedline.runtime.session import Session
from feedline.runtime.submit import Runtime
from feedline.structure import freeze
from feedline.testing import zeros
from feedline.work import Inputs, Work

SOON_S = 20.0
"""No wait of these tests takes longer, unless something is broken."""

Act = Callable[["BenchDevice", int, Execution], Iterator[Chunk]]


class BenchBackend(Backend):
    """Its devices write down what happens; a circuit's name chooses what they do.

    Attributes:
        log: What happened, in order: ``open``, ``compile a``, ``begin a``, ``end a``, ``abort``, ``close``.
        acts: What to do instead of answering with zeros, by circuit name.
        held: Circuits that are not executed until their event is set, by name.
        begun: Set when a circuit begins to execute, by name.
    """

    def __init__(self, name: str = "bench", *, device_id: str = "", can_adopt: bool = False) -> None:
        super().__init__(name)
        self.log: list[str] = []
        self.acts: dict[str, Act] = {}
        self.held: dict[str, threading.Event] = {}
        self.begun: dict[str, threading.Event] = {}
        self.open_error: BaseException | None = None
        self.compile_s = 0.0
        self.execute_s = 0.0
        self.clock: FakeClock | None = None
        self.can_adopt = can_adopt
        self.device: BenchDevice | None = None
        self._device_id = device_id

    @property
    def target(self) -> Target:
        return Target(num_qubits=4)

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities()

    @property
    def device_id(self) -> str:
        return self._device_id or super().device_id

    def open(self) -> BenchDevice:
        if self.open_error is not None:
            raise self.open_error
        self.log.append("open")
        self.device = BenchDevice(self)
        return self.device

    def hold(self, name: str) -> threading.Event:
        """Keep a circuit from being executed; returns the event that lets it go on."""
        self.begun[name] = threading.Event()
        return self.held.setdefault(name, threading.Event())

    def executed(self) -> list[str]:
        """Names of the circuits executed so far, in order."""
        return [line.removeprefix("begin ") for line in self.log if line.startswith("begin ")]


class BenchDevice(Device):
    def __init__(self, backend: BenchBackend) -> None:
        self.backend = backend
        self.version = "1"
        self.stop = threading.Event()
        self.close_error: BaseException | None = None

    @property
    def fingerprint(self) -> tuple[str, ...]:
        return (self.version,)

    def compile(self, circuit: QuantumCircuit) -> Executable:
        self.backend.log.append(f"compile {circuit.name}")
        time.sleep(self.backend.compile_s)
        return Executable(circuit)

    def execute(self, executions: Sequence[Execution]) -> Iterator[Chunk]:
        self.stop.clear()
        for index, execution in enumerate(executions):
            name = execution.circuit.name
            self.backend.log.append(f"begin {name}")
            if name in self.backend.begun:
                self.backend.begun[name].set()
            if self._is_aborted(name):
                return
            act = self.backend.acts.get(name)
            yield from [zeros(index, execution)] if act is None else act(self, index, execution)
            self.backend.log.append(f"end {name}")

    def _is_aborted(self, name: str) -> bool:
        if self.backend.clock is not None:
            self.backend.clock.advance(self.backend.execute_s)
        elif self.backend.execute_s:
            time.sleep(self.backend.execute_s)
        if name in self.backend.held:
            while not self.stop.is_set() and not self.backend.held[name].wait(0.002):
                pass
        return self.stop.is_set()

    def abort(self) -> None:
        self.backend.log.append("abort")
        self.stop.set()

    def close(self) -> None:
        self.backend.log.append("close")
        self.stop.set()
        if self.close_error is not None:
            raise self.close_error

    def adopt(self, backend: Backend) -> bool:
        if isinstance(backend, BenchBackend) and backend.can_adopt:
            self.backend = backend
            return True
        return False


class Collect:
    """The simplest fold: a pub's result is the list of the names of its circuits."""

    passes = ()

    def reduce(self, execution: Execution, chunk: Chunk) -> Any:
        return chunk.points

    def fold_pub(self, pub: int, answers: Sequence[tuple[Execution, Sequence[Part]]]) -> Any:
        return [execution.circuit.name for execution, _parts in answers]

    def finish(self, results: Sequence[Any], metadata: Any) -> Any:
        return [name for names in results for name in names]


class Bench:
    """A runtime, a backend, and work for them."""

    def __init__(self, runtime: Runtime, backend: BenchBackend) -> None:
        self.runtime = runtime
        self.backend = backend

    def circuit(self, name: str) -> QuantumCircuit:
        """A circuit of its own structure."""
        circuit = QuantumCircuit(2, 2, name=name)
        circuit.global_phase = (sum(name.encode()) % 1000) / 1000
        circuit.measure([0, 1], [0, 1])
        return freeze(circuit)

    def work(self, *names: str, fold: Any = None, backend: Backend | None = None, **more: Any) -> Work:
        """Work of one pub per circuit."""
        executions = tuple(
            Execution(circuit=self.circuit(name), values=np.zeros((1, 0)), shots=10, pub=pub)
            for pub, name in enumerate(names)
        )
        plan = Plan(executions=executions, fold=Collect() if fold is None else fold, num_pubs=len(names))
        backend = self.backend if backend is None else backend
        return Work(primitive="sampler", backend=backend, plan=plan, inputs=Inputs(), **more)

    def run(self, *names: str, session: Session | None = None, **more: Any) -> Job:
        """Submit such work."""
        work = self.work(*names, **more)
        return self.runtime.submit(work) if session is None else session.submit(work)

    def occupy(self, name: str = "first", session: Session | None = None) -> tuple[Job, threading.Event]:
        """Have the device execute a job until the returned event is set."""
        release = self.backend.hold(name)
        job = self.run(name, session=session)
        assert self.backend.begun[name].wait(SOON_S)
        return job, release


@pytest.fixture
def bench() -> Iterator[Bench]:
    """In real time."""
    made = Bench(Runtime(), BenchBackend())
    yield made
    assert made.runtime.shutdown(cancel=True, timeout=SOON_S)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def slow_bench(clock: FakeClock) -> Iterator[Bench]:
    """In simulated time."""
    made = Bench(Runtime(clock=clock), BenchBackend())
    yield made
    assert made.runtime.shutdown(cancel=True, timeout=SOON_S)


@pytest.fixture
def make_backend() -> type[BenchBackend]:
    return BenchBackend


@pytest.fixture
def make_bench() -> Iterator[Callable[..., Bench]]:
    """Benches with runtimes of their own making."""
    made: list[Bench] = []

    def make(**runtime: Any) -> Bench:
        made.append(Bench(Runtime(**runtime), BenchBackend()))
        return made[-1]

    yield make
    for bench in made:
        assert bench.runtime.shutdown(cancel=True, timeout=SOON_S)
