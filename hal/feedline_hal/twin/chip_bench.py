# SPDX-License-Identifier: Apache-2.0
"""Emulators of a rack with a chip behind the digitizer."""

from __future__ import annotations

from collections.abc import Mapping

from feedline.errors import InputError
from feedline_hal.emulator.bench import Bench
from feedline_hal.emulator.cable import Silence
from feedline_hal.emulator.fault import FaultScript
from feedline_hal.rack.schema import RackSpec

from .chip import Chip
from .chip_check import check_wiring
from .chip_file import ChipFileError
from .life import Life
from .twin_signal import TwinSignal


def chip_bench(
    chip: Chip,
    spec: RackSpec,
    *,
    faults: Mapping[str, FaultScript] | None = None,
    at_rack_addresses: bool = True,
    begun_s: float | None = None,
) -> Bench:
    """A bench of all of a rack's instruments, whose digitizer hears a chip; see `feedline_hal.emulator.bench.Bench`.

    Args:
        chip: The chip.
        spec: The rack.
        faults: What goes wrong, by name of the instrument.
        at_rack_addresses: Whether to be found where the rack file says.
        begun_s: When the chip was as old as its file says, on the monotonic clock; now if not given.

    Raises:
        ChipFileError: If the chip has ports or bias sources that the rack does not have.
        InputError: If the rack has no digitizer, or more than one: a measurement happens once.
    """
    mistakes = check_wiring(chip, spec)
    if mistakes:
        raise ChipFileError(f"Chip '{chip.name}'", mistakes)
    ears = list(dict.fromkeys(channel.instrument for port in spec.ports.values() for channel in port.inputs))
    if len(ears) != 1:
        raise InputError(
            f"Rack '{spec.name}' records with {', '.join(ears) or 'no digitizer'}; a simulated chip has one.",
            remedy="Give every port that captures a channel of one digitizer.",
        )
    bench = Bench(spec, signals={ears[0]: Silence()}, faults=faults, at_rack_addresses=at_rack_addresses)
    life = Life(chip, spec, bench.emulators, begun_s=begun_s)
    signal = bench.emulators[ears[0]].signal = TwinSignal(chip, spec, bench.emulators, ears[0], life=life)
    for trigger in spec.triggers.values():
        if trigger.instrument == ears[0]:  # plugged in last, so that sequencers have heard by then
            bench.emulators[trigger.source.instrument].connect(trigger.source.output, lambda _: signal.begin())
    return bench
