# SPDX-License-Identifier: Apache-2.0
"""A device acts: an exclusive, warm handle on one quantum processor."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import attrs

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from .execution import Chunk, Execution
    from .processor import Backend


@attrs.frozen(slots=True, eq=False)
class Executable:
    """What a device made of a circuit template; the runtime keeps it for the device's lifetime.

    Attributes:
        circuit: The template it was made from.
        payload: Whatever the device needs to execute it.
    """

    circuit: QuantumCircuit
    payload: Any = None


class Device(ABC):
    """An exclusive handle on one quantum processor; what `Backend.open` returns.

    One owner at a time. `execute` is called from one thread; `compile` may be called from another
    thread meanwhile, `abort` from any. After `close`, every call but `close` raises `ProviderError`.
    """

    @abstractmethod
    def compile(self, circuit: QuantumCircuit) -> Executable:
        """Make a circuit ready to execute; pure, offline, called once per circuit structure.

        Raises:
            CapabilityError: If the device cannot run it; names the instruction and qubits.
        """

    @abstractmethod
    def execute(self, executions: Sequence[Execution]) -> Iterator[Chunk]:
        """Spend shots; yield chunks as they come, in any order, each point and shot once.

        Every execution carries its `Execution.executable`. Must end early, without an error, soon
        after `abort`.
        """

    @abstractmethod
    def abort(self) -> None:
        """Stop what `execute` does, from another thread; leaves outputs safe. Harmless when idle."""

    @abstractmethod
    def close(self) -> None:
        """Leave outputs safe and let go of the processor. May be called twice."""

    def rest(self) -> None:  # noqa: B027 - a device without outputs has nothing to switch off
        """Switch off what need not be on: there is no job and no session for now; the next `execute` brings it back.

        Called from the thread of `execute`, a few seconds after the last job or the end of a session. Compiled
        code and the connection stay.
        """

    @property
    def fingerprint(self) -> tuple[str, ...]:
        """What besides circuit structure makes compiled code stale: calibration id, rack hash, driver version."""
        return ()

    def adopt(self, backend: Backend) -> bool:
        """Serve another description of the same processor from now on; ``False`` asks for a reopening."""
        del backend
        return False

    def __enter__(self) -> Self:
        """Hand out the open device."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()
