# SPDX-License-Identifier: Apache-2.0
"""The reference backend: a pulse-level device whose physics is integrated exactly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from feedline.capabilities import CONTROL_FLOW, Capabilities, MeasLevel
from feedline.errors import OptionError
from feedline_hal.backend import PulseBackend
from feedline_hal.calibration.calibration_set import CalibrationSet
from feedline_hal.grid import Grid

from .device import ReferenceDevice
from .gate_set import gate_set
from .model import Model, reference_model

GRID = Grid(dt_s=1e-9, min_play_ticks=4, capture_alignment_ticks=4, max_duration_s=10e-3, feedback_s=200e-9)
MAX_SHOTS = 1_000_000
_VERSION = "1"


class ReferenceBackend(PulseBackend):
    """One or two transmons with three levels, driven, coupled, read out and reset by pulses.

    A reference, not a likeness: drives and coupler are integrated exactly, nothing decoheres, and readout
    errs less than once in a million shots. See `feedline_hal.testing.model` for the physics.

    Args:
        num_qubits: 1 or 2.
        seed: Seed of executions that have none of their own.
        fractional: Whether it has ``rx`` and ``rzz`` of any angle besides ``rz``, ``sx``, ``x`` and ``cz``.
        model: Other physics; needs `calibrations` of its own to have gates that work.
        calibrations: Other calibrations than its own.
    """

    def __init__(
        self,
        num_qubits: int = 2,
        *,
        seed: int | None = None,
        fractional: bool = False,
        model: Model | None = None,
        calibrations: CalibrationSet | None = None,
    ) -> None:
        if num_qubits not in (1, 2):
            raise OptionError(
                f"Backend 'pulse': num_qubits is {num_qubits!r}.", remedy="The reference device has 1 or 2 qubits."
            )
        self.model = model or reference_model(num_qubits)
        self.rng = np.random.default_rng(seed)
        super().__init__(
            "pulse",
            num_qubits=self.model.num_qubits,
            ports=self.model.ports,
            grid=GRID,
            calibrations=calibrations or gate_set(self.model, fractional=fractional),
            capabilities=Capabilities(
                meas_levels=set(MeasLevel) - {MeasLevel.RAW},  # it records points, not samples
                control_flow=CONTROL_FLOW,
                pulse_gates=True,
                seeded=True,
                max_shots=MAX_SHOTS,
                tokens={"meas.mid", "meas.kerneled"},
            ),
            description=f"Pulse-level reference device, {self.model.num_qubits} transmons integrated exactly",
            version=_VERSION,
        )

    def open(self) -> ReferenceDevice:
        """A device with propagators of its own."""
        return ReferenceDevice(self)

    def describe(self) -> Mapping[str, Any]:
        """Name, version, calibration set, and how many levels a transmon has."""
        return {**super().describe(), "levels": self.model.levels}
