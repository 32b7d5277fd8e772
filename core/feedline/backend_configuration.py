# SPDX-License-Identifier: Apache-2.0
"""What a backend is, under the names that clients written for IBM's backends ask for."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Self

import attrs

from .capabilities import CONTROL_FLOW

if TYPE_CHECKING:
    from .processor import Backend


@attrs.frozen(kw_only=True, slots=True)
class BackendConfiguration:
    """What ``backend.configuration()`` returns: what target and capabilities say, said once more.

    Names are those of qiskit-ibm-runtime's ``QasmBackendConfiguration``; mthree reads some of them.

    Attributes:
        backend_name, backend_version: Its name and its provider's version.
        num_qubits: How many qubits it has.
        basis_gates: Names of its instructions but control flow and boxes.
        coupling_map: Pairs of qubits that have a gate, or ``None`` if all have.
        dt: Seconds of one tick, or ``None`` if durations are not in ticks.
        max_shots: Largest number of shots of one circuit, or ``None``.
        max_experiments: Largest number of circuits that ``run`` takes; a number beyond all lists if there is no limit.
        simulator: Whether shots can be seeded, as only a simulator's can.
        memory: Whether single shots are returned in the order taken.
    """

    backend_name: str
    backend_version: str
    num_qubits: int
    basis_gates: list[str]
    coupling_map: list[list[int]] | None
    dt: float | None
    max_shots: int | None
    max_experiments: int
    simulator: bool
    memory: bool

    @property
    def n_qubits(self) -> int:
        """The same as `num_qubits`."""
        return self.num_qubits

    @classmethod
    def of(cls, backend: Backend) -> Self:
        """What target and capabilities say."""
        target, capabilities = backend.target, backend.capabilities
        coupling = target.build_coupling_map()
        gates = [name for name in target.operation_names if name not in CONTROL_FLOW and name != "box"]
        return cls(
            backend_name=backend.name,
            backend_version=backend.backend_version or "",
            num_qubits=target.num_qubits,
            basis_gates=gates,
            coupling_map=None if coupling is None else [list(pair) for pair in coupling.get_edges()],
            dt=target.dt,
            max_shots=capabilities.max_shots,
            max_experiments=sys.maxsize if capabilities.max_circuits is None else capabilities.max_circuits,
            simulator=capabilities.seeded,
            memory=capabilities.ordered_shots,
        )
