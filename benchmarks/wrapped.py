# SPDX-License-Identifier: Apache-2.0
"""A backend around another: remembers its executions, or makes every device command wait."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qiskit import QuantumCircuit
from qiskit.transpiler import Target

from feedline import Backend, Capabilities, Chunk, Device, Executable, Execution


class WrappedBackend(Backend):
    """Another backend, with a delay before every command that its device is given.

    Args:
        inner: What does the work.
        latency_s: Injected before each connect, upload (of one compiled circuit), execute and disconnect.

    Attributes:
        executions: What the device was last asked to execute.
        commands: How many commands of each kind there were.
    """

    def __init__(self, inner: Backend, latency_s: float = 0.0) -> None:
        super().__init__(inner.name)
        self.inner = inner
        self.latency_s = latency_s
        self.executions: Sequence[Execution] = ()
        self.commands: Counter[str] = Counter()

    @property
    def target(self) -> Target:
        """The inner one's."""
        return self.inner.target

    @property
    def capabilities(self) -> Capabilities:
        """The inner one's."""
        return self.inner.capabilities

    def describe(self) -> Mapping[str, Any]:
        """The inner one's."""
        return self.inner.describe()

    def open(self) -> Device:
        """Wait, then connect."""
        self.command("connect")
        return WrappedDevice(self, self.inner.open())

    def command(self, kind: str) -> None:
        """Count a command, and wait as an instrument on the network would let us wait."""
        self.commands[kind] += 1
        if self.latency_s:
            time.sleep(self.latency_s)


class WrappedDevice(Device):
    """The device of a `WrappedBackend`."""

    def __init__(self, backend: WrappedBackend, inner: Device) -> None:
        self._backend = backend
        self._inner = inner

    def compile(self, circuit: QuantumCircuit) -> Executable:
        """Wait, then upload."""
        self._backend.command("upload")
        return self._inner.compile(circuit)

    def execute(self, executions: Sequence[Execution]) -> Iterator[Chunk]:
        """Remember, wait, then execute."""
        self._backend.executions = executions
        self._backend.command("execute")
        yield from self._inner.execute(executions)

    def abort(self) -> None:
        """Abort."""
        self._inner.abort()

    def close(self) -> None:
        """Wait, then disconnect."""
        self._backend.command("disconnect")
        self._inner.close()
