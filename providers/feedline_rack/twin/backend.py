# SPDX-License-Identifier: Apache-2.0
"""The twin: a rack whose instruments are emulated and whose chip is simulated."""

from __future__ import annotations

import functools
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from feedline import front_door
from feedline_hal.rack.schema import RackSpec
from feedline_hal.twin.chip import Chip
from feedline_hal.twin.chip_file import chip_id
from feedline_hal.twin.chip_recipe import chip_recipe
from feedline_rack.backend import RackBackend

from .calibrated import Calibrated, calibration_tag

if TYPE_CHECKING:
    from feedline_hal.emulator.bench_recipe import Recipe


class TwinBackend(RackBackend):
    """A chip and the rack that it is wired to; emulators are served at free addresses when it is opened.

    Args:
        name: ``twin``, or ``twin:`` and the chip's file.
        chip: The chip.
        spec: Its rack; angles and thresholds are taken where the calibration set has none.
        calibrated: What its gates are in pulses, and where that is from.

    Attributes:
        chip: The chip; what calibration is to find out.
        calibration_source: Where the calibration set is from.
    """

    def __init__(self, name: str, chip: Chip, spec: RackSpec, calibrated: Calibrated) -> None:
        self.chip = chip
        self.calibration_source = calibrated.source
        qubits = f"{len(chip.qubits)} qubit{'' if len(chip.qubits) == 1 else 's'}"
        super().__init__(
            spec,
            {key: front_door.driver(one.driver) for key, one in spec.instruments.items()},
            calibrations=calibrated.calibrations,
            emulated=frozenset(spec.instruments),
            name=name,
            description=f"SIMULATED chip of {qubits} behind {len(spec.instruments)} emulated instruments",
        )

    @property
    def device_id(self) -> str:
        """The same for all backends of one chip of one age: they are one processor."""
        age = f"#{self.chip.age_s:g},{self.chip.time_factor:g}" if self.chip.is_drifting else ""
        return f"twin:{chip_id(self.chip)}{age}"

    @property
    def calibration_tag(self) -> str:
        """Under which name the store keeps this chip's calibration set."""
        return calibration_tag(self.chip)

    def bench(self) -> Recipe:
        """How to make emulators with the chip behind them; the chip is in equilibrium, its randomness seeded.

        A chip that drifts goes on doing so while nobody has it open.
        """
        return chip_recipe(self.chip, self.spec, _begun_s(self.device_id))

    def describe(self) -> Mapping[str, Any]:
        """Name, version, chip, and the calibration set and where it is from."""
        told = {**super().describe(), "chip": self.chip.name, "chip_id": chip_id(self.chip), "seed": self.chip.seed}
        return {**told, "simulated": True, "calibrations": self.calibration_source}


@functools.cache
def _begun_s(_device_id: str) -> float:
    """When a chip was opened first in this process, on the monotonic clock."""
    return time.monotonic()
