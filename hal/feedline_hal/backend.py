# SPDX-License-Identifier: Apache-2.0
"""A backend that plays pulses: ports, a grid and a calibration set; its target follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from feedline.capabilities import Capabilities
from feedline.processor import Backend

from .calibration.calibration_set import CalibrationSet
from .grid import Grid
from .pulse.port import Port


class PulseBackend(Backend):
    """Describes a processor that plays pulses; subclasses give `open`.

    Args:
        name: Its name.
        num_qubits: How many physical qubits it has.
        ports: Its ports, with their limits.
        grid: Its clock and timing constraints.
        calibrations: What its gates are in pulses; the target is made of them.
        capabilities: What it declares beyond; ``pulse_gates`` is set here.
        description: One line.
        version: Version of the provider.
    """

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
        self._capabilities = capabilities
