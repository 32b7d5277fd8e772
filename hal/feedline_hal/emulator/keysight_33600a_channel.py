# SPDX-License-Identifier: Apache-2.0
"""One channel of an emulated Keysight 33600A: settings, waveform memory, what comes out of the connector."""

from __future__ import annotations

import math

import attrs
import numpy as np
from numpy.typing import NDArray

from .cable import Burst
from .error_queue import ScpiError
from .keysight_33600a_sequence import Run, Segment, SegmentList

SOURCE_OHM = 50.0
MOST_PEAK_V = 5.0
"""Largest voltage, offset included, into 50 ohm."""
AMPLITUDE_VPP = (1e-3, 10.0)
_BUILT_IN = "EXP_RISE"


def _rising() -> dict[str, NDArray[np.float32]]:
    return {_BUILT_IN: (1 - 2 * np.exp(-np.linspace(0, 5, 100))).astype(np.float32)}


@attrs.define(slots=True, eq=False)
class Channel33600a:
    """A channel as it is after ``*RST``: 1 kHz sine of 100 mV peak to peak, output off.

    Voltages are those into 50 ohm, whatever load the instrument was told of.

    Attributes:
        waveforms: Volatile memory and the built-in one, by name in capitals.
        sequences: By name in capitals.
        shots: How many triggers were taken since the start of what plays.
        burst: Numbers of the shots of the last burst of triggers.
        put_out: Lowest and highest voltage so far with the output on; ``None`` if it never was.
    """

    function: str = "SIN"
    frequency_hz: float = 1e3
    amplitude_vpp: float = 0.1
    offset_v: float = 0.0
    load_ohm: float = SOURCE_OHM
    is_inverted: bool = False
    is_on: bool = False
    rate_hz: float = 40e3
    filter: str = "STEP"
    trigger_source: str = "IMM"
    trigger_slope: str = "POS"
    selected: str = _BUILT_IN
    waveforms: dict[str, NDArray[np.float32]] = attrs.field(factory=_rising)
    sequences: dict[str, tuple[Segment, ...]] = attrs.field(factory=dict)
    shots: int = 0
    burst: range = range(0)
    put_out: tuple[float, float] | None = None
    _list: SegmentList | None = None
    _first_ends_s: float = 0.0

    @property
    def load_factor(self) -> float:
        """What the instrument's own voltages are of those into 50 ohm."""
        return 2.0 if math.isinf(self.load_ohm) else 2 * self.load_ohm / (self.load_ohm + SOURCE_OHM)

    @property
    def num_steps(self) -> int:
        """After how many triggers it plays the same again."""
        return 1 if self._list is None else max(1, len(self._list.runs))

    @property
    def used_samples(self) -> int:
        """Of its memory."""
        return sum(len(samples) for name, samples in self.waveforms.items() if name != _BUILT_IN)

    def clear_memory(self) -> None:
        """Forget waveforms and sequences; what was selected is the built-in waveform again."""
        self.waveforms, self.sequences, self.selected = _rising(), {}, _BUILT_IN

    def select(self, name: str) -> None:
        """Choose a waveform or a sequence.

        Raises:
            ScpiError: 785 if it is not there.
        """
        if name not in self.waveforms and name not in self.sequences:
            raise ScpiError(785, "Specified arb waveform does not exist")
        self.selected = name

    def restart(self, now_s: float) -> None:
        """Play from the beginning."""
        self.shots, self.burst, self._list = 0, range(0), None
        segments = self.sequences.get(self.selected)
        if self.function == "ARB" and segments is not None:
            self._list = SegmentList.of(segments)
            self._first_ends_s = now_s + self._list.first.sample_count / self.rate_hz
        self.note(now_s)

    def triggered(self, burst: Burst, now_s: float) -> None:
        """Take triggers; those that come while a segment plays are lost."""
        if self._list is None or not self._list.runs or self._is_free or now_s < self._first_ends_s:
            return
        if math.isinf(self._list.run(self.shots - 1).sample_count):
            return
        begin = self.shots
        self.shots += self._accepted(self._list, burst)
        self.burst = range(begin, self.shots)
        for shot in range(begin, min(self.shots, begin + len(self._list.runs))):
            self._put_out(*self._list.run(shot).extent)

    def note(self, now_s: float) -> None:
        """Take down what comes out from now on, until something changes."""
        if self.function == "DC":
            self._put_out(0.0, 0.0)
        elif self.function != "ARB":
            self._put_out(-1.0, 1.0)
        elif self._list is None:
            samples = self.waveforms[self.selected]
            self._put_out(float(samples.min()), float(samples.max()))
        elif self._is_free or not self._list.runs:
            for run in (self._list.first, *self._list.runs):
                self._put_out(*run.extent)
        elif self.shots == 0 and now_s < self._first_ends_s:
            self._put_out(*self._list.first.extent)
        else:
            held = self._list.run(self.shots - 1).held
            self._put_out(held, held)

    def played(self, shots: range) -> NDArray[np.float32]:
        """Voltages of shots, the first after the start being 0; shorter ones hold their last value.

        Returns:
            Shape ``(shots, samples)``.

        Raises:
            IndexError: If not all of them were triggered.
        """
        if self._list is None or not self._list.runs or shots.stop > self.shots:
            raise IndexError(f"{self.shots} shots were played, {shots} were asked for")
        rows = {shot: self._list.run(shot).played() for shot in set(index % len(self._list.runs) for index in shots)}
        volts = np.zeros((len(shots), max((len(row) for row in rows.values()), default=0)), np.float32)
        for line, shot in zip(volts, shots, strict=True):
            row = rows[shot % len(self._list.runs)]
            line[: len(row)], line[len(row) :] = row, row[-1]
        return (np.float32(self.offset_v) + np.float32(self._scale) * volts).astype(np.float32)

    @property
    def _is_free(self) -> bool:
        return self.trigger_source in ("IMM", "TIM")

    @property
    def _scale(self) -> float:
        return (-0.5 if self.is_inverted else 0.5) * self.amplitude_vpp

    def _accepted(self, played: SegmentList, burst: Burst) -> int:
        lengths_s = [self._length_s(run) for run in played.runs]
        if burst.count == 1 or burst.period_s >= max(lengths_s):
            return burst.count
        count, free_from_s = 0, 0.0
        for index in range(burst.count):
            if index * burst.period_s >= free_from_s:
                free_from_s = index * burst.period_s + lengths_s[(self.shots + count) % len(lengths_s)]
                count += 1
        return count

    def _length_s(self, run: Run) -> float:
        return run.sample_count / self.rate_hz * (1 - 1e-9)

    def _put_out(self, low: float, high: float) -> None:
        if not self.is_on:
            return
        ends = [self.offset_v + self._scale * sample for sample in (low, high)]
        known = [*ends, *(self.put_out or ())]
        self.put_out = min(known), max(known)
