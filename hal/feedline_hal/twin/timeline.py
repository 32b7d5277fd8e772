# SPDX-License-Identifier: Apache-2.0
"""When something happens to which transmon: runs of samples that are not zero."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs
import numpy as np
from numpy.typing import NDArray


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
