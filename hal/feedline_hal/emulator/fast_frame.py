# SPDX-License-Identifier: Apache-2.0
"""Segmented memory of an emulated oscilloscope: which shot lies in which frame, and what the converter made of it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from .cable import Burst, PatternedSignal, Signal
from .call import definite_block

_CHUNK_SAMPLES = 1 << 17
"""Samples converted at once: small enough for the processor's cache."""


@attrs.frozen(kw_only=True, slots=True)
class Converter:
    """How a channel's voltages become numbers: 12 bits, in the upper bits of 16 or rounded to 8; it clips.

    Attributes:
        scale_v: Per division; there are 10.
        centre_v: Voltage in the middle of the screen.
        width_bytes: Of a sample as it is read.
    """

    scale_v: float
    centre_v: float
    width_bytes: int

    @property
    def level_v(self) -> float:
        """Volts per unit of a number: 6400 to a division with two bytes, 25 with one."""
        return self.scale_v / (6400 if self.width_bytes == 2 else 25)

    def convert(self, volts: NDArray[np.float32], numbers: NDArray[np.integer]) -> None:
        """Write the numbers for voltages of the same shape."""
        step, limit = (16, 2048) if self.width_bytes == 2 else (1, 128)
        levels = volts * np.float32(1 / (self.level_v * step))
        if self.centre_v:
            levels -= np.float32(self.centre_v / (self.level_v * step))
        np.rint(levels, out=levels)
        np.clip(levels, -limit, limit - 1, out=levels)
        if step > 1:
            levels *= np.float32(step)
        if numbers.dtype.kind == "u":
            levels += np.float32(limit * step)
        numbers[...] = levels


@attrs.frozen(slots=True)
class _Taken:
    """Triggers of one burst that were taken, evenly spaced."""

    shots: range
    start_s: float
    period_s: float


@attrs.define
class FastFrameRun:
    """One acquisition from arming on. Frames are computed when they are read; none is kept.

    Attributes:
        frames: How many it is to have.
        samples: In each.
        rate_hz: Samples per second.
        first_s: From the trigger to the first sample.
    """

    frames: int
    samples: int
    rate_hz: float
    first_s: float
    _taken: list[_Taken] = attrs.field(factory=list, init=False)
    _seen: int = attrs.field(default=0, init=False)
    _stopped_s: float = attrs.field(default=math.inf, init=False)

    @property
    def times_s(self) -> NDArray[np.float64]:
        """When samples are taken, from the trigger on."""
        return self.first_s + np.arange(self.samples) / self.rate_hz

    @property
    def has_triggered(self) -> bool:
        """Whether a trigger was taken."""
        return bool(self._taken)

    @property
    def _tail_s(self) -> float:
        """From the trigger to the end of the frame."""
        return max(0.0, self.first_s + self.samples / self.rate_hz)

    def take(self, burst: Burst, now_s: float) -> float:
        """Take triggers of a burst that starts now; one that comes while a frame is recorded is missed.

        Returns:
            When the last frame will be there.
        """
        step = max(1, math.ceil(self._tail_s / burst.period_s - 1e-9)) if burst.period_s > 0 else burst.count
        missing = self.frames - sum(len(taken.shots) for taken in self._taken)
        shots = range(self._seen, self._seen + burst.count, step)[:missing]
        self._seen += burst.count
        if not shots or now_s >= self._stopped_s:
            return now_s
        self._taken.append(_Taken(shots, now_s, burst.period_s * step))
        return now_s + (len(shots) - 1) * burst.period_s * step + self._tail_s

    def stop(self, now_s: float) -> None:
        """Take no more; what was recorded by now stays."""
        self._stopped_s = min(self._stopped_s, now_s)

    def acquired(self, now_s: float) -> int:
        """How many frames are there by then."""
        return sum(self._done(taken, min(now_s, self._stopped_s)) for taken in self._taken)

    def is_over(self, now_s: float) -> bool:
        """Whether it was stopped or all frames are there."""
        return now_s >= self._stopped_s or self.acquired(now_s) >= self.frames

    def _done(self, taken: _Taken, now_s: float) -> int:
        passed_s = now_s - taken.start_s - self._tail_s
        if passed_s < -1e-12:
            return 0
        done = math.floor(passed_s / taken.period_s + 1e-6) + 1 if taken.period_s > 0 else len(taken.shots)
        return min(done, len(taken.shots))

    def shots_of(self, first: int, last: int) -> list[range]:
        """Numbers of the shots in frames ``first`` to ``last``, both from 0 and included."""
        found, offset = [], 0
        for taken in self._taken:
            part = taken.shots[max(0, first - offset) : max(0, last + 1 - offset)]
            offset += len(taken.shots)
            if part:
                found.append(part)
        return found

    def fill(
        self, numbers: NDArray[np.integer], signal: Signal, channel: int, *, converter: Converter, at: tuple[int, int]
    ) -> None:
        """Write what a channel recorded.

        Args:
            numbers: Shape ``(frames, points)``; any layout.
            signal: What comes in.
            channel: Where.
            converter: Of the channel.
            at: First frame and first sample, from 0.
        """
        first, sample = at
        times_s = self.times_s[sample : sample + numbers.shape[1]]
        row = 0
        for shots in self.shots_of(first, first + len(numbers) - 1):
            target = numbers[row : row + len(shots)]
            row += len(shots)
            found = signal.patterns(channel, shots, times_s) if isinstance(signal, PatternedSignal) else None
            if found is not None and len(found[0]) < len(shots):
                _gather(target, converter, *found)
                continue
            for some in _portions(target):
                converter.convert(signal.volts(channel, shots[some], times_s), target[some])


def _gather(
    numbers: NDArray[np.integer], converter: Converter, patterns: NDArray[np.float32], index: NDArray[np.int64]
) -> None:
    """Write the numbers for shots that are one of few patterns each: every pattern is converted once."""
    converted = np.empty(patterns.shape, numbers.dtype)
    converter.convert(patterns, converted)
    for some in _portions(numbers):
        numbers[some] = converted.take(index[some], axis=0)


def _portions(numbers: NDArray[np.integer]) -> Iterator[slice]:
    """Rows that are converted at once."""
    rows = max(1, _CHUNK_SAMPLES // max(1, numbers.shape[1]))
    for begin in range(0, len(numbers), rows):
        yield slice(begin, begin + rows)


class ReplyRoom:
    """Room for a reply of several blocks with ``;`` between, used again for the next one.

    Memory that is given back and fetched anew costs as much time as filling it.
    """

    def __init__(self) -> None:
        self._room = np.empty(0, np.uint8)

    def laid_out(self, count: int, points: int, kind: np.dtype[Any]) -> tuple[NDArray[np.uint8], NDArray[Any]]:
        """A reply, and where its samples lie in it, shape ``(count, points)``; good until the next call."""
        size = points * kind.itemsize
        header = definite_block(bytes(size))[:-size]
        stride = len(header) + size + 1
        if len(self._room) < count * stride:
            self._room = np.empty(count * stride, np.uint8)
        reply = self._room[: count * stride]
        rows = reply.reshape(count, stride)
        rows[:, : len(header)] = np.frombuffer(header, np.uint8)
        rows[:, -1] = ord(";")
        samples: NDArray[Any] = np.ndarray((count, points), kind, reply.data, len(header), (stride, kind.itemsize))
        return reply[:-1], samples
