# SPDX-License-Identifier: Apache-2.0
"""Describes an Acme Q3: three transmons in a row. Opens nothing."""

from __future__ import annotations

from functools import cached_property

from qiskit.circuit import Delay, Measure, Parameter, Reset
from qiskit.circuit.library import CZGate, RZGate, SXGate, XGate
from qiskit.transpiler import InstructionProperties, Target

from feedline import Backend, Capabilities
from feedline.errors import InputError

from .connection import Connection
from .device import AcmeDevice

NUM_QUBITS = 3
COUPLING = ((0, 1), (1, 2))
MAX_SHOTS = 20_000


class AcmeBackend(Backend):
    """One controller.

    Args:
        address: ``HOST:PORT``.
        timeout_s: How long an answer may take.
    """

    def __init__(self, address: str, *, timeout_s: float = 5.0) -> None:
        self.host, self.port = split_address(address)
        if not 0 < timeout_s < 3600:
            raise InputError(
                f"Acme timeout_s is {timeout_s}.", remedy="Give seconds above 0 and below 3600; 5 is usual."
            )
        super().__init__("acme", description=f"Acme Q3 at {address}", version="0.1.0")
        self._timeout_s = timeout_s

    @cached_property
    def _target(self) -> Target:
        return make_target()

    @property
    def target(self) -> Target:
        """What the Q3 plays."""
        return self._target

    @property
    def capabilities(self) -> Capabilities:
        """Classified shots in order, at most 20000 a run."""
        return Capabilities(max_shots=MAX_SHOTS, tokens={"durations", "coupling"})

    @property
    def device_id(self) -> str:
        """Two descriptions of one controller share its queue."""
        return f"acme:{self.host}:{self.port}"

    def open(self) -> AcmeDevice:
        """Connect and take the controller.

        Raises:
            ProviderError: If nothing answers there, or someone else has it.
        """
        return AcmeDevice(Connection(self.host, self.port, timeout_s=self._timeout_s), self.target)


def split_address(address: str) -> tuple[str, int]:
    """Read ``HOST:PORT``.

    Raises:
        InputError: If it is not that.
    """
    host, _, port = address.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise InputError(
            f"Acme address is {address!r}.",
            remedy="Write HOST:PORT, as in feedline.backend('acme:192.168.0.20:5025').",
        )
    return host, int(port)


def make_target() -> Target:
    """Gates and durations. Source: Acme Q3 data sheet, table 2."""
    target = Target(num_qubits=NUM_QUBITS, dt=1e-9)
    single = [
        (RZGate(Parameter("angle")), 0.0),
        (SXGate(), 32e-9),
        (XGate(), 32e-9),
        (Measure(), 800e-9),
        (Reset(), 1200e-9),
        (Delay(Parameter("duration")), None),
    ]
    for gate, duration_s in single:
        properties = None if duration_s is None else InstructionProperties(duration=duration_s)
        target.add_instruction(gate, {(qubit,): properties for qubit in range(NUM_QUBITS)})
    both = [pair for a, b in COUPLING for pair in ((a, b), (b, a))]
    target.add_instruction(CZGate(), {pair: InstructionProperties(duration=60e-9) for pair in both})
    return target
