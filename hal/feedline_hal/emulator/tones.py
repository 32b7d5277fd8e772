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


class Tones:
    """A sum of tones on each channel; a `Signal`. Every distinct pattern of signs is computed once and gathered.

    Args:
        tones: Which there are.
    """

    def __init__(self, tones: Iterable[Tone]) -> None:
        self._tones = tuple(tones)
        self._key: tuple[int, bytes] | None = None
        self._patterns: NDArray[np.float32] = np.zeros((1, 0), np.float32)

    def volts(self, channel: int, shots: range, times_s: NDArray[np.float64]) -> NDArray[np.float32]:
        """Voltages ``(shots, times)``; zeros where no tone arrives."""
        bits = sorted({tone.bit for tone in self._tones if tone.channel == channel})
        key = channel, times_s.tobytes()
        if key != self._key:
            self._patterns, self._key = self._computed(channel, bits, times_s), key
        numbers = np.arange(shots.start, shots.stop, shots.step)
        index = np.zeros(len(numbers), np.intp)
        for place, bit in enumerate(bits):
            index |= (numbers >> bit & 1) << place
        return self._patterns.take(index, axis=0)

    def _computed(self, channel: int, bits: list[int], times_s: NDArray[np.float64]) -> NDArray[np.float32]:
        """Voltages ``(patterns, times)``; bit p of a pattern's number is bit ``bits[p]`` of the shot's."""
        numbers = np.arange(1 << len(bits))
        total = np.zeros((len(numbers), len(times_s)))
        for tone in self._tones:
            if tone.channel == channel:
                wave = tone.amplitude_v * np.cos(2 * np.pi * tone.frequency_hz * times_s + tone.phase_rad)
                total += np.outer(1 - 2 * (numbers >> bits.index(tone.bit) & 1), wave)
        return total.astype(np.float32)
