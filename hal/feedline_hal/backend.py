# SPDX-License-Identifier: Apache-2.0
"""A backend that plays pulses: ports, a grid and a calibration set; its target follows from them."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline.capabilities import Capabilities, target_tokens
from feedline.errors import CapabilityError
from feedline.processor import Backend

from .calibration.calibration_set import CalibrationSet
from .grid import Grid
from .pulse.port import Port

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit.transpiler import Target


CALIBRATED = "calibrated"
"""Key of a calibration set's metadata: when it was measured, in words."""


class StageRecord(Protocol):
    """What a stage below the port level made of a circuit."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON; ``name`` and ``stage`` are in it."""

    def to_text(self) -> str:
        """As tables."""


class PulseBackend(Backend):
    """Describes a processor that plays pulses; subclasses give `open`.

    A gate is looked up in the circuit first (a pulse box says how it is played), then in what
    `with_calibrations` added, then in the device's own set; `calibrations` holds the last two, merged.

    Args:
        name: Its name.
        num_qubits: How many physical qubits it has.
        ports: Its ports, with their limits.
        grid: Its clock and timing constraints.
        calibrations: What its gates are in pulses; the target is made of them.
        capabilities: What it declares beyond; ``pulse_gates`` is set here.
        description: One line.
        version: Version of the provider.

    Attributes:
        ports: Its ports by name; their limits hold, whatever a calibration set says of a port of that name.
        grid: Its clock.
        calibrations: What is played, in a derived backend the merged set.
        further_stages: Names of stages below ``port`` that it can show; see `lower_further`.
    """

    further_stages: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        name: str,
        *,
        num_qubits: int,
        ports: Iterable[Port],
        grid: Grid,
        calibrations: CalibrationSet,
        capabilities: Capabilities,
        description: str = "",
        version: str = "",
    ) -> None:
        super().__init__(name, description=description, version=version)
        self.ports: Mapping[str, Port] = {port.name: port for port in ports}
        self.grid = grid
        self.calibrations = calibrations
        self._num_qubits = num_qubits
        self._capabilities: Capabilities | None = None
        self._target: Target | None = None
        self._declared = capabilities
        self._root: PulseBackend | None = None

    @property
    def num_qubits(self) -> int:
        """How many physical qubits it has."""
        return self._num_qubits

    @property
    def target(self) -> Target:
        """Made of the calibrations when first asked for; see `feedline_hal.target.make_target`."""
        if self._target is None:
            from .target import make_target

            self._target = make_target(
                self.calibrations,
                num_qubits=self._num_qubits,
                grid=self.grid,
                control_flow=self._declared.control_flow,
            )
        return self._target

    @property
    def capabilities(self) -> Capabilities:
        """What was declared, pulse gates, and what the target shows."""
        if self._capabilities is None:
            tokens = self._declared.tokens | target_tokens(self.target)
            self._capabilities = attrs.evolve(self._declared, pulse_gates=True, tokens=tokens)
        return self._capabilities

    @property
    def device_id(self) -> str:
        """The same for all backends derived from one: they share a lane."""
        root = self._root or self
        return f"{root.name}#{id(root):x}"

    def derived(self, calibrations: CalibrationSet) -> Self:
        """The same processor with these calibrations over its own; what `with_calibrations` gives.

        Raises:
            CalibrationError: If a port or qubit does not exist here; names calibration and port.
            LimitError: If an amplitude or frequency is beyond what its port allows.
            GridError: If a duration is off the grid.
        """
        from .calibration.merge import with_ports
        from .fit import check_fit

        check_fit(calibrations, self)
        made = copy.copy(self)
        made._become(with_ports(self.calibrations.merged(calibrations), self.ports.values()), self)  # noqa: SLF001 - its own class
        return made

    def _become(self, calibrations: CalibrationSet, parent: PulseBackend) -> None:
        """Turn this copy into the derived backend."""
        self.calibrations = calibrations
        self._root = parent._root or parent  # kept alive, so that nobody else gets its id
        self._options: Any = copy.copy(parent.options)
        self._target = self._capabilities = None
        self.target  # noqa: B018 - what does not fit a target is refused here, not when a circuit runs

    def admit(self, circuit: QuantumCircuit) -> QuantumCircuit:
        """The circuit with plain boxes unrolled and pulse boxes checked; see `feedline_hal.gate.admission`."""
        from .gate.admission import admitted

        return admitted(circuit, self)

    def lower_further(
        self, circuit: QuantumCircuit, stage: str, *, values: NDArray[np.float64], shots: int
    ) -> StageRecord:
        """Lower an ISA circuit below the port level, to what single instruments are told; connects to nothing.

        Args:
            circuit: Made of what the target has.
            stage: One of `further_stages`.
            values: Of its parameters, in ``circuit.parameters`` order, shape ``(points, n)``.
            shots: Of every point.

        Raises:
            CapabilityError: If there is no such stage.
        """
        del circuit, values, shots
        raise CapabilityError(
            f"Backend '{self.name}' has no stage '{stage}'.",
            remedy="Ask for one of its further_stages; those of a rack are program and plan.",
        )

    def describe(self) -> Mapping[str, Any]:
        """Name, version, the id of the calibration set and when it was measured, if it says so."""
        told = {**super().describe(), "calibration_id": self.calibrations.id}
        measured = self.calibrations.metadata.get(CALIBRATED)
        return {**told, CALIBRATED: str(measured)} if measured else told
