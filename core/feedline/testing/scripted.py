# SPDX-License-Identifier: Apache-2.0
"""A backend that answers from a script: for tests of what happens when a provider misbehaves."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from qiskit.transpiler import Target

from feedline.capabilities import Capabilities
from feedline.device import Device, Executable
from feedline.errors import ProviderError
from feedline.execution import Chunk, Execution
from feedline.isa import check_isa
from feedline.processor import Backend

from .null import ALL_LEVELS, ideal_target, zeros

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

Answer = BaseException | Iterable[Chunk] | Callable[[Sequence[Execution]], Iterable[Chunk]]
"""An exception to raise, chunks to yield, or a function from executions to chunks."""


class ScriptedBackend(Backend):
    """Answers each call of `Device.execute` with the next line of a script, then with zeros.

    Args:
        script: One answer for each call of `Device.execute`, whichever device it comes from.
        num_qubits: Its width.
        capabilities: What it declares, if not the default: all measurement levels, seeds.
        name: Its name.

    Attributes:
        calls: The executions of each call so far.
        opened: The devices that were opened.
    """

    def __init__(
        self,
        script: Iterable[Answer] = (),
        *,
        num_qubits: int = 2,
        capabilities: Capabilities = ALL_LEVELS,
        name: str = "scripted",
    ) -> None:
        super().__init__(name, description="Answers from a script.", version="1")
        self.calls: list[Sequence[Execution]] = []
        self.opened: list[ScriptedDevice] = []
        self._script = iter(script)
        self._num_qubits = num_qubits
        self._capabilities = capabilities

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

    def open(self) -> ScriptedDevice:
        """A device that reads the script where the last one left off."""
        self.opened.append(ScriptedDevice(self))
        return self.opened[-1]

    def answer(self, executions: Sequence[Execution]) -> Iterable[Chunk]:
        """The next line of the script; zeros after its end."""
        self.calls.append(executions)
        line = next(self._script, None)
        if isinstance(line, BaseException):
            raise line
        if line is None:
            return (zeros(index, execution) for index, execution in enumerate(executions))
        return line(executions) if callable(line) else line


class ScriptedDevice(Device):
    """Yields what its backend's script says.

    Attributes:
        aborted: Set by `abort`; a function of the script may wait for it.
        is_closed: Whether `close` was called.
    """

    def __init__(self, backend: ScriptedBackend) -> None:
        self.aborted = threading.Event()
        self.is_closed = False
        self._backend = backend

    def compile(self, circuit: QuantumCircuit) -> Executable:
        """Check the circuit against the target."""
        self._check_open()
        check_isa(circuit, self._backend.target)
        return Executable(circuit)

    def execute(self, executions: Sequence[Execution]) -> Iterator[Chunk]:
        """The chunks of the script's next line, until `abort`."""
        self._check_open()
        self.aborted.clear()
        for chunk in self._backend.answer(executions):
            if self.aborted.is_set():
                return
            yield chunk

    def abort(self) -> None:
        """End `execute` before its next chunk."""
        self.aborted.set()

    def close(self) -> None:
        """End `execute`; every later call but this one is refused."""
        self.aborted.set()
        self.is_closed = True

    def _check_open(self) -> None:
        if self.is_closed:
            raise ProviderError("The scripted device is closed.", remedy="Open it again with Backend.open().")
