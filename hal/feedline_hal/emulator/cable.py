# SPDX-License-Identifier: Apache-2.0
"""Cables between emulated instruments: triggers from one to others, signals into a digitizer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

import attrs
import numpy as np
from numpy.typing import NDArray


@attrs.frozen(slots=True)
class Burst:
    """Triggers, evenly spaced, the first of them now.

    Attributes:
        count: How many.
        period_s: Time between them.
    """

    count: int
    period_s: float


TriggerListener = Callable[[Burst], None]


class TriggerSource(Protocol):
    """An emulated instrument with trigger outputs."""

    def connect(self, output: str, listener: TriggerListener) -> None:
        """Plug a cable into an output; ``listener`` hears of every burst that comes out of it."""


class TriggerSink(Protocol):
    """An emulated instrument with a trigger input."""

    def triggered(self, burst: Burst) -> None:
        """Take triggers; what does not wait for any ignores them."""


class Signal(Protocol):
    """What comes into a digitizer."""

    def volts(self, channel: int, shots: range, times_s: NDArray[np.float64]) -> NDArray[np.float32]:
        """Voltages ``(shots, times)``; times count from each shot's trigger, shots from the arming."""


@runtime_checkable
class PatternedSignal(Signal, Protocol):
    """What comes in is one of few patterns in every shot, so that a converter need not look at each."""

    def patterns(
        self, channel: int, shots: range, times_s: NDArray[np.float64]
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]] | None:
        """Voltages ``(patterns, times)`` and the pattern of each shot, or ``None`` if there are many."""


@runtime_checkable
class ComputedSignal(Signal, Protocol):
    """A signal that takes time to compute, so much perhaps that nobody would wait for the answer to ``CURVE?``."""

    def is_ready(self) -> bool:
        """Whether records of the last triggers can be made at once; if not, begins with it and waits a moment."""


class Silence:
    """Nothing plugged in."""

    def volts(self, channel: int, shots: range, times_s: NDArray[np.float64]) -> NDArray[np.float32]:
        """Zeros."""
        return np.zeros((len(shots), len(times_s)), dtype=np.float32)
