# SPDX-License-Identifier: Apache-2.0
"""The rack as a backend: a rack file and a calibration set."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from feedline.capabilities import Capabilities, MeasLevel
from feedline_hal.backend import PulseBackend, StageRecord
from feedline_hal.calibration.calibration_set import CalibrationSet
from feedline_hal.grid import Grid
from feedline_hal.rack.open_rack import OpenRack
from feedline_hal.rack.schema import RackSpec

from .device import RackDevice
from .readout import readout_of, with_readout
from .wiring import port_of

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from feedline_hal.emulator.bench_recipe import Recipe

_log = logging.getLogger("feedline.rack")
MAX_SHOTS = 10_000_000
_VERSION = "1"


class RackBackend(PulseBackend):
    """What the instruments of a rack file make of a calibration set.

    Angles and thresholds of the readout are those of the set's metadata, else those of the rack file.

    Args:
        spec: The rack file, checked.
        kinds: Driver class by instrument.
        calibrations: What gates are in pulses.
        emulated: Names of instruments that emulators stand in for.
        name: Its name, if that is not ``rack:`` and the rack's.
        description: One line, if not that of a rack.
    """

    further_stages = ("program", "plan")

    def __init__(
        self,
        spec: RackSpec,
        kinds: Mapping[str, type[Any]],
        *,
        calibrations: CalibrationSet,
        emulated: frozenset[str] = frozenset(),
        name: str = "",
        description: str = "",
    ) -> None:
        self.spec = spec = with_readout(spec, readout_of(calibrations))
        self.kinds = dict(kinds)
        self.emulated = emulated
        words = f", EMULATED: {_names(emulated, spec)}" if emulated else ""
        super().__init__(
            name or f"rack:{spec.name}",
            num_qubits=spec.num_qubits,
            ports=[port_of(port, spec) for port in spec.ports.values()],
            grid=Grid(
                dt_s=spec.dt_s,
                granularity_ticks=spec.granularity_ticks,
                min_play_ticks=spec.min_play_ticks,
                max_duration_s=spec.max_shot_s,
            ),
            calibrations=calibrations,
            capabilities=Capabilities(
                meas_levels=MeasLevel,
                pulse_gates=True,
                settings={"rep_delay"},
                max_shots=MAX_SHOTS,
                tokens={"meas.mid", "meas.kerneled"},
            ),
            description=description or f"Rack '{spec.name}', {len(spec.instruments)} instruments{words}",
            version=_VERSION,
        )

    @property
    def device_id(self) -> str:
        """The same for all backends of one rack file: they are one processor."""
        return f"rack:{self.spec.path.resolve()}#{','.join(sorted(self.emulated))}"

    def _become(self, calibrations: CalibrationSet, parent: PulseBackend) -> None:
        """Read out as the derived backend's calibrations say."""
        super()._become(calibrations, parent)
        self.spec = with_readout(self.spec, readout_of(calibrations))

    def open(self) -> RackDevice:
        """Connect to the instruments, or to what stands in for them, and make them safe.

        Raises:
            HardwareFault: If one does not answer, or is another than the rack file says.
        """
        with contextlib.ExitStack() as stack:
            addresses: Mapping[str, str] = {}
            if self.emulated:
                from feedline_hal.emulator.bench_process import PROCESS

                addresses = stack.enter_context(PROCESS.serve(self.bench()))
            rack = OpenRack.connect(self.spec, self.kinds, addresses=addresses)
            stack.callback(rack.close)
            return RackDevice(self, rack, stack.pop_all())
        raise AssertionError("an ExitStack swallows nothing here")

    def shot_s(self, circuit: QuantumCircuit, rep_delay_s: float | None = None) -> float | None:
        """The repetition time, or how long the circuit takes if that is longer."""
        own_s = super().shot_s(circuit)
        return None if own_s is None else max(own_s, rep_delay_s or self.spec.repetition_s)

    def lower_further(
        self, circuit: QuantumCircuit, stage: str, *, values: NDArray[np.float64], shots: int
    ) -> StageRecord:
        """The circuit at the stage ``program`` or ``plan``, offline: capabilities are what drivers say of themselves.

        Raises:
            CapabilityError: If there is no such stage, or the rack cannot play the circuit.
            LimitError: If one point alone is more than an instrument holds.
        """
        from .offline import lower_further

        return lower_further(self, circuit, stage, values, shots)

    def bench(self) -> Recipe:
        """How to make what stands in for instruments, anew whenever the backend is opened."""
        from feedline_hal.emulator.bench_recipe import rack_recipe

        _log.warning("Rack '%s': emulators stand in for %s.", self.spec.name, _names(self.emulated, self.spec))
        return rack_recipe(self.spec, self.emulated)

    def describe(self) -> Mapping[str, Any]:
        """Name, version, calibration set, rack file and what was emulated."""
        told = {**super().describe(), "rack": self.spec.name, "rack_id": self.spec.id}
        return {**told, "emulated": sorted(self.emulated)} if self.emulated else told


def _names(emulated: frozenset[str], spec: RackSpec) -> str:
    return "all instruments" if emulated == set(spec.instruments) else ", ".join(sorted(emulated))
