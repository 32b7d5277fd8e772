# SPDX-License-Identifier: Apache-2.0
"""All that happens to a chip in one burst: drives, voltages, frequencies; and who shares a state with whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Self

import attrs
import numpy as np
from numpy.typing import NDArray

from .chip import Chip, Coupler
from .drive import Drive, drives, voltages
from .field import Field
from .timeline import Span, cut, runs
from .watch import Watch, watches

GAP = 3
"""Zeros in a pulse that do not divide it."""


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Scene:
    """What happens to a chip in several programs whose pulses lie at the same times.

    Attributes:
        chip: The chip.
        frequencies_hz: Of each transmon as it is biased.
        programs: How many there are.
        drives: By transmon.
        volts: At couplers' and resets' ports.
        watches: Measurements in order of time.
    """

    chip: Chip
    frequencies_hz: Mapping[int, float]
    programs: int
    drives: Mapping[int, Drive]
    volts: Mapping[str, Drive]
    watches: tuple[Watch, ...]

    @classmethod
    def of(cls, chip: Chip, fields: Mapping[str, Field], frequencies_hz: Mapping[int, float], programs: int) -> Self:
        """What fields at ports do."""
        ports = [*(one.port for one in chip.couplers), *(one.reset_port for one in chip.qubits if one.reset_port)]
        return cls(
            chip=chip,
            frequencies_hz=frequencies_hz,
            programs=programs,
            drives=drives(chip, fields, frequencies_hz),
            volts=voltages(ports, fields),
            watches=tuple(watches(chip, fields, GAP)),
        )

    def portions(self, most: int) -> Iterator[NDArray[np.intp]]:
        """Programs that are measured alike, not too many at once."""
        sure = [one.is_sure for one in self.watches]
        patterns = np.concatenate([np.zeros((self.programs, 1), dtype=bool), *sure], axis=1)
        _, which = np.unique(patterns, axis=0, return_inverse=True)
        for number in range(int(which.max()) + 1):
            members = np.flatnonzero(which.reshape(-1) == number)
            yield from (members[first : first + most] for first in range(0, len(members), most))

    def some(self, which: NDArray[np.intp]) -> Scene:
        """The same for some of the programs."""
        return attrs.evolve(
            self,
            programs=len(which),
            drives={key: attrs.evolve(one, samples=one.samples[which]) for key, one in self.drives.items()},
            volts={key: attrs.evolve(one, samples=one.samples[which]) for key, one in self.volts.items()},
            watches=tuple(attrs.evolve(one, factors=one.factors[which]) for one in self.watches),
        )

    def active(self) -> list[Coupler]:
        """Couplers at which a voltage plays."""
        return [one for one in self.chip.couplers if one.port in self.volts]

    def blocks(self) -> list[tuple[int, ...]]:
        """Transmons that need a state in common: those that couplers join, or what is left of the coupling at rest.

        A transmon that no drive of its own moves stays near level 0, where it shifts nobody.
        """
        moved = {one.index for one in self.chip.qubits if self._is_moved(one.index)}
        joined = [set(one.qubits) for one in self.active()]
        moved.update(*joined)
        joined += [set(one.qubits) for one in self.chip.couplers if one.idle_zz_hz and moved.issuperset(one.qubits)]
        found = [{one.index} for one in self.chip.qubits]
        for pair in joined:
            touched = [one for one in found if one & pair]
            found = [one for one in found if not one & pair] + [set().union(*touched)]
        return sorted(tuple(sorted(one)) for one in found)

    def _is_moved(self, index: int) -> bool:
        drive = self.drives.get(index)
        if drive is None:
            return False
        felt = np.abs(drive.samples).sum(axis=1).max(initial=0.0) / drive.rate_hz
        return bool(felt * self.chip.qubits[index].rabi_hz_per_v > _SMALL_TURNS)

    def spans(self, block: tuple[int, ...]) -> Iterator[Span]:
        """When something acts on transmons of a block."""
        for index in block:
            if index in self.drives:
                yield from _pulses(self.drives[index], (index,))
            reset = self.chip.qubits[index].reset_port
            if reset in self.volts:
                yield from _whole(self.volts[reset], (index,))
        for coupler in self.active():
            if set(coupler.qubits) <= set(block):
                yield from _whole(self.volts[coupler.port], coupler.qubits)


_SMALL_TURNS = 0.02
"""Of a whole turn: what drives reach less than this leave a transmon near level 0."""


def _pulses(drive: Drive, qubits: tuple[int, ...]) -> Iterator[Span]:
    magnitudes: NDArray[np.float64] = np.abs(drive.samples).sum(axis=0)
    for first, last in runs(drive.samples, GAP):
        for begin, end in cut(magnitudes, first, last):
            yield Span(drive.start_s + begin / drive.rate_hz, drive.start_s + end / drive.rate_hz, qubits)


def _whole(drive: Drive, qubits: tuple[int, ...]) -> Iterator[Span]:
    for first, last in runs(drive.samples, GAP):
        start_s, stop_s = drive.start_s + first / drive.rate_hz, drive.start_s + last / drive.rate_hz
        yield Span(start_s, stop_s, tuple(sorted(qubits)))
