# SPDX-License-Identifier: Apache-2.0
"""Pulses between gates: the ``cal`` blocks of a program that play something, and the qubits they are on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from feedline_hal.pulse.instruction import Capture, frames_of
from feedline_hal.pulse.schedule import Schedule

if TYPE_CHECKING:
    from feedline_hal.calibration.calibration import Calibration
    from feedline_hal.pulse.port import Port

MARK = "_feedline_cal_"
"""What the gates begin with that stand for ``cal`` blocks while Qiskit's importer is at work."""


@attrs.frozen(kw_only=True, slots=True, eq=False)
class PulsePart:
    """A ``cal`` block that plays something.

    Attributes:
        number: Its position among them.
        node: Its statement, for places.
        schedule: What it plays.
        slots: Slots of the captures that go to bits of the program, in the order of the measurements that
            stand for them.
        gate: The node of the gate that stands for it; its operands are found at the end.
        measurements: The nodes of the measurements that stand for its captures.
    """

    number: int
    node: Any
    schedule: Schedule
    slots: tuple[int, ...]
    gate: Any
    measurements: tuple[Any, ...]

    @property
    def mark(self) -> str:
        """Name of the gate that stands for it."""
        return f"{MARK}{self.number}"

    @property
    def name(self) -> str:
        """For pictures, errors, and the calibration if its schedule depends on inputs."""
        return f"cal_{self.number}"


class PortQubits:
    """Which physical qubits a port acts on.

    What the device says; else the qubits of the smallest ``defcal`` that uses the port.

    Args:
        ports: The text's or the device's, by name.
        calibrations: The text's.
    """

    def __init__(self, ports: Mapping[str, Port], calibrations: Iterable[Calibration]) -> None:
        self._found = {name: frozenset(port.qubits) for name, port in ports.items() if port.qubits}
        told = frozenset(self._found)
        for calibration in calibrations:
            if None in calibration.qubits:
                continue
            qubits = frozenset(qubit for qubit in calibration.qubits if qubit is not None)
            for port in ports_of(calibration.schedule) - told:
                self._found[port] = min(self._found.get(port, qubits), qubits, key=len)

    def of(self, schedule: Schedule) -> frozenset[int] | None:
        """The qubits of all ports of a schedule; ``None`` if nobody says for one of them."""
        ports = ports_of(schedule)
        if not ports <= self._found.keys():
            return None
        return frozenset[int]().union(*(self._found[port] for port in ports))


def ports_of(schedule: Schedule) -> frozenset[str]:
    """Names of the ports that a schedule uses."""
    return frozenset(frame.port.name for item in schedule.instructions() for frame in frames_of(item))


def with_slots(schedule: Schedule, slots: Mapping[int, int]) -> Schedule:
    """The schedule with its captures' slots renumbered; a slot that is not named gives nothing any more."""
    items = []
    for item in schedule.items:
        if isinstance(item, Schedule):
            item = with_slots(item, slots)
        elif isinstance(item, Capture):
            item = attrs.evolve(item, slot=None if item.slot is None else slots.get(item.slot))
        items.append(item)
    return attrs.evolve(schedule, items=tuple(items))
