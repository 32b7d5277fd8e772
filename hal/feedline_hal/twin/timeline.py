# SPDX-License-Identifier: Apache-2.0
"""When something happens to which transmon: runs of samples that are not zero."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

_DIP = 0.5
"""Of the largest sample: pulses touch where the envelope is lower."""
_SHORTEST = 8
"""Samples of the shortest part."""


@attrs.frozen(slots=True)
class Span:
    """A stretch of time on some transmons.

    Attributes:
        start_s, stop_s: From the trigger.
        qubits: Ascending.
    """

    start_s: float
    stop_s: float
    qubits: tuple[int, ...]


def runs(volts: NDArray[np.generic], gap: int) -> list[tuple[int, int]]:
    """Runs of samples at which any program plays, as first sample and the one after the last.

    Args:
        volts: Shape ``(programs, samples)``.
        gap: Zeros that do not end a run.
    """
    is_on = np.zeros(volts.shape[1] + 2, dtype=np.int8)
    is_on[1:-1] = (volts != 0).any(axis=0)
    edges = np.diff(is_on)
    found: list[tuple[int, int]] = []
    for start, stop in zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True):
        if found and start - found[-1][1] <= gap:
            found[-1] = found[-1][0], stop
        else:
            found.append((start, stop))
    return found


def merged(spans: Sequence[Span]) -> Iterator[Span]:
    """Spans that touch none of each other: those that overlap in time and share a transmon become one, in order."""
    pending = sorted(spans, key=lambda span: (span.start_s, span.stop_s))
    while pending:
        first = pending.pop(0)
        is_growing = True
        while is_growing:
            is_growing = False
            for other in pending:
                if other.start_s >= first.stop_s:
                    break
                shares = set(first.qubits) & set(other.qubits)
                if shares and other.start_s < first.stop_s - 1e-12 and other.stop_s > first.start_s + 1e-12:
                    pending.remove(other)
                    first = Span(
                        min(first.start_s, other.start_s),
                        max(first.stop_s, other.stop_s),
                        tuple(sorted({*first.qubits, *other.qubits})),
                    )
                    is_growing = True
                    break
        yield first


def cut(magnitudes: NDArray[np.float64], first: int, last: int) -> list[tuple[int, int]]:
    """Divide a run where pulses touch: at dips of the envelope. Any place is right; these are found again.

    Args:
        magnitudes: Of the samples, of all programs together, shape ``(samples,)``.
        first, last: The run: its first sample, and the one after its last.
    """
    found, begin = [], first
    inner = magnitudes[first:last]
    falls = (inner[1:-1] <= inner[:-2]) & (inner[1:-1] < inner[2:]) & (inner[1:-1] < _DIP * inner.max(initial=0.0))
    for middle in (first + 1 + np.flatnonzero(falls)).tolist():
        place = _border(magnitudes, middle)
        if place - begin >= _SHORTEST and last - place >= _SHORTEST:
            found.append((begin, place))
            begin = place
    return [*found, (begin, last)]


def _border(magnitudes: NDArray[np.float64], lowest: int) -> int:
    """The first sample of the pulse on the right: the lowest one belongs to the side that it continues."""
    around = magnitudes[max(0, lowest - 2) : lowest + 3]
    if len(around) < 5:
        return lowest
    from_left, from_right = 2 * around[1] - around[0], 2 * around[3] - around[4]
    return lowest + 1 if abs(around[2] - from_left) <= abs(around[2] - from_right) else lowest
