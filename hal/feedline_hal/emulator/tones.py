# SPDX-License-Identifier: Apache-2.0
"""Tones for a digitizer's inputs, their signs a programmed pattern over the shots."""

from __future__ import annotations

from collections.abc import Iterable

import attrs
import numpy as np
from numpy.typing import NDArray


@attrs.frozen(slots=True)
class Tone:
    """One tone: ``amplitude_v * cos(2 pi frequency_hz t + phase_rad)``, t from the trigger on.

    In shot k its sign is -1 if bit ``bit`` of k is set, else +1: the shots spell the binary numbers.

    Attributes:
        channel: Which input it arrives at.
        frequency_hz, amplitude_v, phase_rad: Of the tone.
        bit: Which bit of the shot's number turns it round.
    """

    channel: int
    frequency_hz: float
    amplitude_v: float
    phase_rad: float
    bit: int


_BITS = 8
"""Bits whose patterns are computed together: 256 of them."""


@attrs.frozen(slots=True)
class _Table:
    """Voltages of the tones of some bits: bit p of a pattern's number, the row, is bit ``bits[p]`` of the shot's."""

    bits: tuple[int, ...]
    volts: NDArray[np.float32]

    def index(self, shots: NDArray[np.int64]) -> NDArray[np.int64]:
        """Row of each shot."""
        index = np.zeros(len(shots), np.int64)
        for place, bit in enumerate(self.bits):
            index |= (shots >> bit & 1) << place
        return index

    def of(self, shots: NDArray[np.int64]) -> NDArray[np.float32]:
        """Voltages ``(shots, times)``."""
        return self.volts.take(self.index(shots), axis=0)


class Tones:
    """A sum of tones on each channel; a `Signal`. Every distinct pattern of signs is computed once and gathered.

    Args:
        tones: Which there are.
    """

    def __init__(self, tones: Iterable[Tone]) -> None:
        self._tones = tuple(tones)
        self._key: tuple[int, bytes] | None = None
        self._tables: list[_Table] = []

    def volts(self, channel: int, shots: range, times_s: NDArray[np.float64]) -> NDArray[np.float32]:
        """Voltages ``(shots, times)``; zeros where no tone arrives."""
        first, *others = self._known(channel, times_s)
        numbers = np.arange(shots.start, shots.stop, shots.step)
        total = first.of(numbers)
        for table in others:
            total += table.of(numbers)
        return total

    def patterns(
        self, channel: int, shots: range, times_s: NDArray[np.float64]
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]] | None:
        """Voltages ``(patterns, times)`` and the pattern of each shot; ``None`` if more than 8 bits matter."""
        tables = self._known(channel, times_s)
        return (
            (tables[0].volts, tables[0].index(np.arange(shots.start, shots.stop, shots.step)))
            if len(tables) == 1
            else None
        )

    def _known(self, channel: int, times_s: NDArray[np.float64]) -> list[_Table]:
        key = channel, times_s.tobytes()
        if key != self._key:
            self._tables, self._key = self._computed(channel, times_s), key
        return self._tables

    def _computed(self, channel: int, times_s: NDArray[np.float64]) -> list[_Table]:
        """A table for every 8 bits that turn tones of the channel round."""
        tones = [tone for tone in self._tones if tone.channel == channel]
        bits = sorted({tone.bit for tone in tones})
        tables = []
        for begin in range(0, max(len(bits), 1), _BITS):
            own = tuple(bits[begin : begin + _BITS])
            numbers = np.arange(1 << len(own))
            total = np.zeros((len(numbers), len(times_s)))
            for tone in tones:
                if tone.bit in own:
                    wave = tone.amplitude_v * np.cos(2 * np.pi * tone.frequency_hz * times_s + tone.phase_rad)
                    total += np.outer(1 - 2 * (numbers >> own.index(tone.bit) & 1), wave)
            tables.append(_Table(own, total.astype(np.float32)))
        return tables
