# SPDX-License-Identifier: Apache-2.0
"""The reference device: lowers circuits to the port level and plays them to its transmons."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit

from feedline.capabilities import MeasLevel
from feedline.device import Device, Executable
from feedline.errors import ProviderError
from feedline.execution import Chunk, Execution
from feedline.isa import check_isa
from feedline.processor import Backend
from feedline_hal.lowering.bind import bind_blocks
from feedline_hal.lowering.family import PROGRAMS_KEPT, ProgramFamily
from feedline_hal.lowering.key import device_fingerprint
from feedline_hal.lowering.port_program import PortProgram

from .ensemble import Ensemble
from .library import Library
from .player import Player
from .prepared import Prepared, Record, prepare
from .walk import Stopped, Walk

if TYPE_CHECKING:
    from .reference import ReferenceBackend

_SHOTS_AT_ONCE = 1 << 17


@attrs.frozen(slots=True, eq=False)
class Compiled:
    """What the device keeps of a circuit.

    Attributes:
        family: Its port programs.
        prepared: Those that have run, by identity.
    """

    family: ProgramFamily
    prepared: dict[int, Prepared] = attrs.field(factory=dict)


class ReferenceDevice(Device):
    """Plays port programs; what `ReferenceBackend.open` returns.

    Args:
        backend: What it is.
    """

    def __init__(self, backend: ReferenceBackend) -> None:
        self._backend = backend
        self._library = Library(backend.grid.dt_s)
        self._aborted = threading.Event()
        self._is_closed = False

    @property
    def fingerprint(self) -> tuple[str, ...]:
        """What port programs depend on besides the circuit, and the physics they are prepared for."""
        return (*device_fingerprint(self._backend), f"levels {self._backend.model.levels}")

    def adopt(self, backend: Backend) -> bool:
        """Serve a backend that was derived from this one's."""
        if not isinstance(backend, type(self._backend)) or backend.model is not self._backend.model:
            return False
        self._backend = backend
        return True

    def compile(self, circuit: QuantumCircuit) -> Executable:
        """Lower a circuit to the port level, once for all parameter values.

        Raises:
            CapabilityError: If the target does not have an instruction, or a capture cannot be recorded.
            PulseError: If pulses are off the grid, overlap, or leave their ports' limits.
        """
        self._check_open()
        check_isa(circuit, self._backend.target)
        compiled = Compiled(ProgramFamily.of(circuit, self._backend))
        if not compiled.family.timing:
            self._prepared(compiled, compiled.family.program(()))
        return Executable(circuit, compiled)

    def execute(self, executions: Sequence[Execution]) -> Iterator[Chunk]:
        """Play all shots of as many sweep points at once as fit; a chunk for each run of points."""
        self._check_open()
        self._aborted.clear()
        try:
            for index, execution in enumerate(executions):
                seed = execution.seed if execution.seed is not None else self._backend.rng.integers(2**63)
                yield from self._execute(index, execution, np.random.default_rng(seed))
        except Stopped:
            return

    def _execute(self, index: int, execution: Execution, rng: np.random.Generator) -> Iterator[Chunk]:
        compiled = _compiled(execution)
        for points, program, values in compiled.family.groups(execution.points):
            prepared = self._prepared(compiled, program)
            at_once = 1 if prepared.has_free_waveforms else max(1, _SHOTS_AT_ONCE // execution.shots)
            for first in range(0, len(points), at_once):
                started_s = time.time()
                part = points[first : first + at_once]
                record = self._play(prepared, execution, values[first : first + at_once], rng)
                for chunk in _chunks(execution, record, part):
                    yield attrs.evolve(chunk, execution=index, started_s=started_s)

    def _play(
        self, prepared: Prepared, execution: Execution, values: NDArray[np.float64], rng: np.random.Generator
    ) -> Record:
        program, model = prepared.program, self._backend.model
        shape = (len(values) * execution.shots, program.num_clbits)
        wants_points = execution.meas_level is not MeasLevel.CLASSIFIED
        record = Record(
            bits=np.zeros(shape, dtype=np.bool_), points=np.zeros(shape, dtype=np.complex128) if wants_points else None
        )
        player = Player(
            prepared=prepared,
            samples=prepared.samples_at(values[0]),
            tables={id(block): tables for block, tables in bind_blocks(program, values)},
            model=model,
            library=self._library,
            rng=rng,
            record=record,
        )
        start = Ensemble.ground(
            levels=model.levels,
            num_qubits=model.num_qubits,
            points=len(values),
            shots=execution.shots,
            frames=len(program.frames),
        )
        Walk(player, self._aborted.is_set).go(start)
        return record

    def _prepared(self, compiled: Compiled, program: PortProgram) -> Prepared:
        known = compiled.prepared.get(id(program))
        if known is None or known.program is not program:
            known = prepare(program, self._backend.model, self._backend.grid)
            compiled.prepared[id(program)] = known
            if len(compiled.prepared) > PROGRAMS_KEPT:  # as many as the family keeps, the oldest goes first
                compiled.prepared.pop(next(iter(compiled.prepared)))
        return known

    def abort(self) -> None:
        """End `execute` before its next block."""
        self._aborted.set()

    def close(self) -> None:
        """End `execute`; every later call but this one is refused."""
        self._aborted.set()
        self._is_closed = True

    def _check_open(self) -> None:
        if self._is_closed:
            raise ProviderError("The device of backend 'pulse' is closed.", remedy="Open it again with Backend.open().")


def _compiled(execution: Execution) -> Compiled:
    executable = execution.executable
    if executable is None or not isinstance(executable.payload, Compiled):
        raise ProviderError(
            f"Execution of '{execution.circuit.name}' comes without what this device compiled.",
            remedy="Pass Device.compile(circuit) as the execution's executable.",
        )
    return executable.payload


def _runs(points: NDArray[np.intp]) -> Iterator[slice]:
    """Places of points that follow each other."""
    borders = [0, *(np.flatnonzero(np.diff(points) != 1) + 1).tolist(), len(points)]
    yield from (slice(first, last) for first, last in pairwise(borders))


def _chunks(execution: Execution, record: Record, points: NDArray[np.intp]) -> Iterator[Chunk]:
    """What was recorded of some points, a chunk for each run of them."""
    shape = (len(points), execution.shots, record.bits.shape[1])
    data: dict[str, Any] = {}
    if record.points is None:
        bits = np.zeros((*shape[:2], 8 * execution.num_bytes), dtype=np.bool_)
        bits[..., : shape[2]] = record.bits.reshape(shape)
        data["bits"] = np.packbits(bits[..., ::-1], axis=-1)
    else:
        iq = record.points.reshape(shape)
        data["iq"] = iq.mean(axis=1) if execution.meas_level is MeasLevel.AVG_KERNELED else iq
    for run in _runs(points):
        where = slice(int(points[run][0]), int(points[run][-1]) + 1)
        yield Chunk(
            execution=0, points=where, stopped_s=time.time(), **{name: values[run] for name, values in data.items()}
        )
