# SPDX-License-Identifier: Apache-2.0
"""A backend that answers from a script: for tests of what happens when a provider misbehaves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from feedline.capabilities import Capabilities
from feedline.execution import Chunk, Execution

from .double import DoubleBackend, DoubleDevice
from .null import ALL_LEVELS, ideal_target, zeros

if TYPE_CHECKING:
    pass

Answer = BaseException | Iterable[Chunk] | Callable[[Sequence[Execution]], Iterable[Chunk]]
"""An exception to raise, chunks to yield, or a function from executions to chunks."""


class ScriptedBackend(DoubleBackend):
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
        super().__init__(
            name,
            description="Answers from a script.",
            target=ideal_target(num_qubits),
            capabilities=capabilities,
        )
        self.calls: list[Sequence[Execution]] = []
        self.opened: list[ScriptedDevice] = []
        self._script = iter(script)

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


class ScriptedDevice(DoubleDevice):
    """Yields what its backend's script says; a function of the script may wait for `aborted`."""

    kind = "scripted"

    def __init__(self, backend: ScriptedBackend) -> None:
        super().__init__(backend.target)
        self._backend = backend

    def execute(self, executions: Sequence[Execution]) -> Iterator[Chunk]:
        """The chunks of the script's next line, until `abort`."""
        self.check_open()
        self.aborted.clear()
        for chunk in self._backend.answer(executions):
            if self.aborted.is_set():
                return
            yield chunk
