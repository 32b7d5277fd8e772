# SPDX-License-Identifier: Apache-2.0
"""What the doubles share: a described backend, and a device that compiles by checking and closes for good."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, ClassVar

from feedline.capabilities import Capabilities
from feedline.device import Device, Executable
from feedline.errors import ProviderError
from feedline.isa import check_isa
from feedline.processor import Backend

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit.transpiler import Target


class DoubleBackend(Backend):
    """Has the target and the capabilities that it was made with.

    Args:
        name: Its name.
        description: One line.
        target: What circuits must be made of.
        capabilities: What it declares.
    """

    def __init__(self, name: str, *, description: str, target: Target, capabilities: Capabilities) -> None:
        super().__init__(name, description=description, version="1")
        self._target = target
        self._capabilities = capabilities

    @property
    def target(self) -> Target:
        """What it was made with."""
        return self._target

    @property
    def capabilities(self) -> Capabilities:
        """What it was made with."""
        return self._capabilities


class DoubleDevice(Device):
    """Compiles by checking the circuit; subclasses say what `execute` answers.

    Attributes:
        kind: What its errors call it.
        aborted: Set by `abort`; `execute` clears it and stops when it is set again.
        is_closed: Whether `close` was called.
        compiled: How many circuits it compiled.
    """

    kind: ClassVar[str]

    def __init__(self, target: Target) -> None:
        self.aborted = threading.Event()
        self.is_closed = False
        self.compiled = 0
        self._target = target

    def compile(self, circuit: QuantumCircuit) -> Executable:
        """Check the circuit against the target."""
        self.check_open()
        check_isa(circuit, self._target)
        self.compiled += 1
        return Executable(circuit)

    def abort(self) -> None:
        """End `execute` before its next chunk."""
        self.aborted.set()

    def close(self) -> None:
        """End `execute`; every later call but this one is refused."""
        self.aborted.set()
        self.is_closed = True

    def check_open(self) -> None:
        """Refuse a call after `close`."""
        if self.is_closed:
            raise ProviderError(f"The {self.kind} device is closed.", remedy="Open it again with Backend.open().")
