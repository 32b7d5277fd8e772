# SPDX-License-Identifier: Apache-2.0
"""A chip's life between emulated instruments: every burst of triggers is lived through once, for all digitizers."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline_hal.emulator.clock import Clock, WallClock
from feedline_hal.rack.schema import RackSpec

from .bias import biased_hz
from .chip import Chip, Qubit
from .drift import Drift
from .field import Field, fields
from .one_thread import one_thread
from .processor import Processor
from .sensed import Sensed

_AT_ONCE = 256
"""Programs that are played at once."""


@attrs.frozen(kw_only=True, slots=True, eq=False)
class LivedBurst:
    """One burst of triggers as the chip lived through it.

    Attributes:
        number: How many came before.
        rows: How many different programs there are; they take turns.
        shots: How many triggers there were.
        fields: What arrived, by port, a row per program.
        sensed: What was measured, by program, for the shots of each.
    """

    number: int
    rows: int
    shots: int
    fields: Mapping[str, Field]
    sensed: Sequence[Sequence[Sensed]]


class Life:
    """A chip in a rack; threads may share it.

    Everything random depends on the chip's seed and the number of bursts before, so that the same jobs in the same
    order give the same records.

    Args:
        chip: The chip, as its file has it; its age says for how long it has drifted since.
        spec: The rack that it is wired to.
        emulators: The rack's emulators; asked for what they put out.
        clock: What the chip's time goes by.
        begun_s: When the chip was as old as its file says, on that clock; now if not given.
    """

    def __init__(
        self,
        chip: Chip,
        spec: RackSpec,
        emulators: Mapping[str, Any],
        *,
        clock: Clock | None = None,
        begun_s: float | None = None,
    ) -> None:
        self.chip, self.spec = chip, spec
        self._emulators = emulators
        self._clock: Clock = WallClock() if clock is None else clock
        self._begun_s = self._clock.now_s() if begun_s is None else begun_s
        self._drift, self._processor = Drift(chip), Processor(chip)
        self._lock = threading.Lock()
        self._mark: list[object] = []
        self._number = 0
        self._burst: LivedBurst | None = None

    def now(self) -> Chip:
        """The chip as it is by now."""
        return self.at(self.chip.age_s + self.chip.time_factor * (self._clock.now_s() - self._begun_s))

    def at(self, time_s: float) -> Chip:
        """The chip at a time of its own, in seconds."""
        return self._drift.at(time_s)

    def burst(self) -> LivedBurst:
        """The last burst of triggers; lived through when first asked for."""
        with self._lock:
            mark = self._marked()
            if self._burst is None or not self._is_of(mark):
                self._burst, self._mark = self._live(), mark
                self._number += 1
            return self._burst

    def is_lived(self) -> bool:
        """Whether the last burst of triggers was lived through."""
        return self._burst is not None and self._is_of(self._marked())

    def _marked(self) -> list[object]:
        return [getattr(one, "burst", None) for one in self._emulators.values()]

    def _is_of(self, mark: list[object]) -> bool:
        return len(mark) == len(self._mark) and all(a is b for a, b in zip(mark, self._mark, strict=True))

    def _live(self) -> LivedBurst:
        chip = self._processor.chip = self.now()
        playing = {name: one for name, one in self._emulators.items() if getattr(one, "burst", None)}
        rows = math.lcm(*(max(1, one.num_steps) for one in playing.values())) if playing else 1
        total = max((len(one.burst) for one in playing.values()), default=0)
        rows = max(1, min(rows, total))
        shots = {name: range(one.burst.start, one.burst.start + rows) for name, one in playing.items()}
        arrived = fields(self.spec, playing | self._sources(), chip.mixers, shots)
        each = [len(range(row, total, rows)) for row in range(rows)]
        frequencies_hz = {one.index: self._frequency_hz(one) for one in chip.qubits}
        rng = np.random.default_rng([chip.seed, 0, self._number])
        sensed: list[list[Sensed]] = [[] for _ in range(rows)]
        for group in (some for same in alike(arrived, rows) for some in portions(same)):
            some = {name: one.of(group) for name, one in arrived.items()}
            with one_thread():
                found = self._processor.play(some, frequencies_hz, [each[row] for row in group], rng)
            for row, one in zip(group.tolist(), found, strict=True):
                sensed[row] = one
        return LivedBurst(number=self._number, rows=rows, shots=total, fields=arrived, sensed=sensed)

    def _sources(self) -> dict[str, Any]:
        used = {port.lo.instrument for port in self.spec.ports.values() if port.lo is not None}
        return {name: self._emulators[name] for name in used if name in self._emulators}

    def _frequency_hz(self, qubit: Qubit) -> float:
        """As it is biased; a source that is off gives 0 V, one that is not emulated does not act."""
        source = self._emulators.get(qubit.bias)
        if source is None:
            return qubit.frequency_hz
        return biased_hz(qubit, float(source.level_v) if source.is_on else 0.0)


def portions(which: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """Programs in portions whose fields take little memory."""
    return [which[first : first + _AT_ONCE] for first in range(0, len(which), _AT_ONCE)]


def alike(arrived: Mapping[str, Field], rows: int) -> list[NDArray[np.intp]]:
    """Programs whose pulses lie at the same times, together."""
    masks = [np.packbits(one.volts != 0, axis=1) for one in arrived.values()]
    together = np.ascontiguousarray(np.concatenate(masks, axis=1)) if masks else np.zeros((rows, 0), np.uint8)
    if not together.shape[1]:  # nothing plays: what did was stopped since
        return [np.arange(rows)]
    keys = together.view(np.dtype((np.void, together.shape[1]))).reshape(-1)
    _, which = np.unique(keys, return_inverse=True)
    return [np.flatnonzero(which == number) for number in range(int(which.max()) + 1)]
