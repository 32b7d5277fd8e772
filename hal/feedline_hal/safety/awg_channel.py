# SPDX-License-Identifier: Apache-2.0
"""What a guard knows of a sequencer's channel, and what the channel can put out."""

from __future__ import annotations

import math
from collections.abc import Iterator

import attrs

from .guard import Effect
from .sample_memory import Loop


@attrs.frozen(slots=True)
class AwgChannel:
    """What is known of a channel; ``None`` and nan for what is not.

    Attributes:
        number: Which it is.
        is_on: Whether its output is on.
        asset: Sequence and track; an empty name for nothing assigned.
        amplitude_v: Of a sample of 1.
        offset_v: DC.
        is_path_known: Whether amplitude and offset are what reaches the connector.
    """

    number: int
    is_on: bool | None = None
    asset: tuple[str, int] | None = None
    amplitude_v: float = math.nan
    offset_v: float = math.nan
    is_path_known: bool = False

    def effects(self, loop: Loop | None, rate_hz: float) -> Iterator[Effect]:
        """Voltages and rate of change of what it plays, waiting at 0 V or at a sample of 0 between steps included.

        Args:
            loop: What it plays; ``None`` if that is not known.
            rate_hz: Samples per second.
        """
        amplitude, offset = abs(self.amplitude_v), self.offset_v
        if loop is None or not self.is_path_known or math.isnan(amplitude + offset):
            yield from self.unknown()
            return
        edges = [offset + amplitude * edge for edge in (loop.edge_low, loop.edge_high)]
        levels = [offset + amplitude * loop.low, offset + amplitude * loop.high, offset, 0.0]
        largest = max(amplitude * loop.step, *map(abs, edges), *(abs(edge - offset) for edge in edges))
        yield Effect(f"ch{self.number}_voltage_v", min(levels), max(levels))
        yield Effect(f"ch{self.number}_slew_v_per_s", 0.0, largest * rate_hz)

    def unknown(self) -> Iterator[Effect]:
        """What is refused: nobody knows what it puts out."""
        yield Effect(f"ch{self.number}_voltage_v", math.nan, math.nan)
        yield Effect(f"ch{self.number}_slew_v_per_s", math.nan, math.nan)
