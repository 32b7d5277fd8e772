# SPDX-License-Identifier: Apache-2.0
"""What a backend's contract is run against, and how its answers are put together and checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

import attrs
import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray
from qiskit import QuantumCircuit
from qiskit.transpiler import generate_preset_pass_manager

from feedline.capabilities import MeasLevel
from feedline.device import Device
from feedline.errors import FeedlineError
from feedline.execution import Chunk, Execution
from feedline.processor import Backend
from feedline.runtime.submit import runtime


class OwnRuntime:
    """Jobs of a contract go to a store of its own, and devices are closed after each test."""

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def own_home(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
        """Leave the user's job store alone."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("FEEDLINE_HOME", str(tmp_path_factory.mktemp("home")))
            yield

    @pytest.fixture(autouse=True)
    def released(self) -> Iterator[None]:
        """Close what a test's jobs opened: a device that stays warm would be taken for the next test."""
        yield
        if runtime.cache_info().currsize:
            runtime().shutdown(cancel=True, timeout=30.0)
            runtime.cache_clear()


class BackendSubject(OwnRuntime):
    """The backend under test: set `backend`, or override `make_backend`.

    Attributes:
        backend: The backend; a description, so one object serves every test.
        noiseless: Whether results are those of an ideal machine; else they are compared loosely.
        shots: Shots of a statistical test.
        fidelity: How often a noisy backend gives the right outcome of two gates, at least.
        patience_s: Longest time in which an abort must have ended an execution.
    """

    backend: ClassVar[Backend | None] = None
    noiseless: ClassVar[bool] = False
    shots: ClassVar[int] = 1000
    fidelity: ClassVar[float] = 0.6
    patience_s: ClassVar[float] = 10.0

    @classmethod
    def make_backend(cls) -> Backend:
        """The backend under test."""
        if cls.backend is None:
            pytest.fail(f"{cls.__name__}: set `backend`, or override `make_backend`.")
        return cls.backend

    @pytest.fixture(scope="class")
    @classmethod
    def subject(cls) -> Backend:
        """The backend, made once for the class."""
        return cls.make_backend()

    @pytest.fixture
    def device(self, subject: Backend) -> Iterator[Device]:
        """A device of its own for each test."""
        with subject.open() as device:
            yield device


@attrs.frozen(slots=True, eq=False)
class Answer:
    """All shots of one execution.

    Attributes:
        bits: Shape ``(points, shots, num_clbits)``, bool; the last axis counts classical bits from 0.
    """

    bits: NDArray[np.bool_]

    def mean(self, clbit: int) -> NDArray[np.float64]:
        """How often the bit was 1, for each point."""
        return np.asarray(self.bits[:, :, clbit].mean(axis=1))

    def likely(self) -> NDArray[np.bool_]:
        """The more frequent value of every bit, shape ``(points, num_clbits)``."""
        return np.asarray(self.bits.mean(axis=1) > 0.5)


def isa(backend: Backend, circuit: QuantumCircuit) -> QuantumCircuit:
    """The circuit, transpiled for the backend."""
    manager = generate_preset_pass_manager(optimization_level=1, backend=backend, seed_transpiler=11)
    made: QuantumCircuit = manager.run(circuit)
    return made


def ask(circuit: QuantumCircuit, values: ArrayLike | None = None, *, shots: int = 100, **fields: Any) -> Execution:
    """An execution of an ISA circuit; without values, one point."""
    array = np.zeros((1, 0)) if values is None else np.asarray(values, dtype=np.float64)
    return Execution(circuit=circuit, values=array, shots=shots, axes=("param",) * (array.ndim - 1), **fields)


def executable(device: Device, executions: Iterable[Execution]) -> list[Execution]:
    """The executions with what the device made of their circuits, as the runtime hands them over."""
    return [attrs.evolve(execution, executable=device.compile(execution.circuit)) for execution in executions]


def take(device: Device, *asked: Execution) -> list[Answer]:
    """Execute, and fail unless every point and shot comes exactly once and every shape fits."""
    executions = executable(device, asked)
    return assemble(executions, list(device.execute(executions)))


def assemble(executions: Sequence[Execution], chunks: Sequence[Chunk]) -> list[Answer]:
    """Put chunks together."""
    words: list[list[list[NDArray[np.uint8]]]] = [[[] for _ in range(e.size)] for e in executions]
    for chunk in chunks:
        assert 0 <= chunk.execution < len(executions), f"a chunk of execution {chunk.execution}"
        execution = executions[chunk.execution]
        points = range(execution.size)[chunk.points]
        assert isinstance(chunk.points, slice), "Chunk.points is a slice"
        for point, shots in zip(points, _shots(execution, chunk, len(points)), strict=True):
            words[chunk.execution][point].append(shots)
    return [Answer(_unpacked(execution, found)) for execution, found in zip(executions, words, strict=True)]


def _shots(execution: Execution, chunk: Chunk, points: int) -> list[NDArray[np.uint8]]:
    """Outcomes of each point of a chunk, packed."""
    assert execution.meas_level is MeasLevel.CLASSIFIED, "classified shots were not asked for"
    if chunk.counts is not None:
        assert chunk.bits is None, "a chunk holds either bits or counts"
        counts = chunk.counts
        assert counts.words.dtype == np.uint8, f"counts.words has dtype {counts.words.dtype}, not uint8"
        assert counts.words.shape == (len(counts.point), execution.num_bytes), "counts.words: one row each"
        assert ((counts.point >= 0) & (counts.point < points)).all(), "counts.point counts from the chunk"
        return [
            np.repeat(counts.words[counts.point == point], counts.weight[counts.point == point], axis=0)
            for point in range(points)
        ]
    assert chunk.bits is not None, "classified shots come as bits or counts"
    assert chunk.bits.dtype == np.uint8, f"bits have dtype {chunk.bits.dtype}, not uint8"
    assert chunk.bits.ndim == 3, f"bits have shape {chunk.bits.shape}, not (points, shots, bytes)"
    assert chunk.bits.shape[::2] == (points, execution.num_bytes), f"bits have shape {chunk.bits.shape}"
    return list(chunk.bits)


def _unpacked(execution: Execution, found: list[list[NDArray[np.uint8]]]) -> NDArray[np.bool_]:
    width = execution.circuit.num_clbits
    out = np.zeros((execution.size, execution.shots, width), dtype=np.bool_)
    for point, parts in enumerate(found):
        words = np.concatenate([np.zeros((0, execution.num_bytes), np.uint8), *parts])
        assert len(words) == execution.shots, f"point {point} has {len(words)} of {execution.shots} shots"
        bits = np.unpackbits(words, axis=-1)[:, ::-1]
        assert not bits[:, width:].any(), "bits beyond the circuit's classical bits are set"
        out[point] = bits[:, :width]
    return out


@contextmanager
def refused(kind: type[FeedlineError], *words: str) -> Iterator[None]:
    """Expect an error that says what is wrong, with these words in it, and what to do."""
    with pytest.raises(kind) as caught:
        yield
    error = caught.value
    missing = [word for word in words if word not in str(error)]
    assert not missing, f"the error does not name {missing}: {error}"
    assert error.remedy.strip(), f"the error has no remedy: {error}"
