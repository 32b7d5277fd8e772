# SPDX-License-Identifier: Apache-2.0
"""Acts: loads a program once, then sends slots, runs and reads, point after point."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.transpiler import Target

from feedline import Chunk, Device, Executable, Execution
from feedline.errors import ProviderError
from feedline.isa import check_isa

from .connection import Connection
from .program import Program

READ_WAIT_S = 0.5


class AcmeDevice(Device):
    """An Acme Q3 that is ours until it is closed.

    Args:
        connection: A connection that has taken the controller.
        target: What circuits are checked against.
    """

    def __init__(self, connection: Connection, target: Target) -> None:
        self._connection = connection
        self._target = target
        self._stop = threading.Event()
        self._loaded: Program | None = None
        self._is_closed = False
        self._identity = connection.ask("IDN?")

    @property
    def fingerprint(self) -> tuple[str, ...]:
        """The controller's model and firmware."""
        return (self._identity,)

    def compile(self, circuit: QuantumCircuit) -> Executable:
        """Translate; nothing is sent."""
        self._check_open()
        check_isa(circuit, self._target)
        return Executable(circuit, Program.of(circuit))

    def execute(self, executions: Sequence[Execution]) -> Iterator[Chunk]:
        """A chunk for each sweep point, as soon as it is read."""
        self._check_open()
        self._stop.clear()
        for index, execution in enumerate(executions):
            made = execution.executable or self.compile(execution.circuit)
            program: Program = made.payload
            slots = program.slot_values(made.circuit, execution.points)
            for point, values in enumerate(slots):
                began_s = time.time()
                bits = self._shots(program, values, execution)
                if bits is None:
                    return
                where = slice(point, point + 1)
                yield Chunk(execution=index, points=where, bits=bits[None], started_s=began_s, stopped_s=time.time())

    def abort(self) -> None:
        """Stop the run, from another thread: the controller hears of it over a second connection."""
        self._stop.set()
        if not self._is_closed:
            self._connection.interrupt()

    def close(self) -> None:
        """Give the controller back; a second time does nothing."""
        self._is_closed = True
        self._stop.set()
        self._connection.close()

    def _shots(self, program: Program, values: NDArray[np.float64], execution: Execution) -> NDArray[np.uint8] | None:
        """Shots of one point, packed; ``None`` after an abort."""
        if self._stop.is_set():
            return None
        if self._loaded is not program:
            self._loaded = None
            self._connection.ask(f"LOAD {len(program.lines)}", *program.lines)
            self._loaded = program
        if len(values):
            self._connection.ask("SET " + " ".join(f"{value:.15g}" for value in values))
        self._connection.ask(f"RUN {execution.shots}")
        answer = self._connection.ask(f"READ {READ_WAIT_S}")
        while answer == "BUSY":
            if self._stop.is_set():
                self._connection.interrupt()
            answer = self._connection.ask(f"READ {READ_WAIT_S}")
        if answer == "ABORTED":
            return None
        return self._unpacked(program, answer, execution)

    def _unpacked(self, program: Program, answer: str, execution: Execution) -> NDArray[np.uint8]:
        try:
            return program.unpack(answer.removeprefix("DATA "), execution.shots, execution.num_bytes)
        except ValueError as error:
            raise ProviderError(
                f"Acme {self._connection.name} answered 'READ' with data that are not {execution.shots} shots.",
                remedy="Nothing was used. Check the controller's firmware.",
            ) from error

    def _check_open(self) -> None:
        if self._is_closed:
            raise ProviderError(
                f"The device at Acme {self._connection.name} is closed.",
                remedy="Open it again with Backend.open().",
            )
