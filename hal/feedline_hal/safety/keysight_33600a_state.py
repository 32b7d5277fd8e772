# SPDX-License-Identifier: Apache-2.0
"""What a guard knows of a channel of a Keysight 33600A."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Self

import attrs
import numpy as np
from numpy.typing import NDArray

_CHUNK = 1 << 16
_SEQUENCE = re.compile(
    r'"(?P<name>[A-Z][A-Z0-9_]{0,11})"(?P<steps>(,"[A-Z][A-Z0-9_]{0,11}",1,onceWaitTrig,maintain,4)+)'
)
_STEP = re.compile(r'"([A-Z0-9_]+)"')


@attrs.frozen(slots=True)
class Shape:
    """What matters of a waveform or a sequence.

    Attributes:
        low, high: Lowest and highest sample, full scale.
        step: Largest difference of samples that follow each other in it.
        first, last: Samples at the ends.
        is_sequence: Whether it plays other waveforms.
    """

    low: float
    high: float
    step: float
    first: float
    last: float
    is_sequence: bool = False

    @property
    def round_step(self) -> float:
        """Largest difference when it is played round and round."""
        return max(self.step, abs(self.first - self.last))


@attrs.define(slots=True)
class ChannelState:
    """One channel, as far as it was told; empty and nan for what is not known.

    Attributes:
        is_on: Whether its output is on; ``None`` if that is not known.
        shapes: What is in its memory; ``None`` for a name whose content is not known.
        is_memory_known: Whether nothing else is in it.
    """

    is_on: bool | None = None
    load: str = ""
    function: str = ""
    selected: str = ""
    filter: str = ""
    trigger: str = ""
    rate_hz: float = math.nan
    amplitude_vpp: float = math.nan
    offset_v: float = math.nan
    shapes: dict[str, Shape | None] = attrs.field(factory=dict)
    is_memory_known: bool = False

    @classmethod
    def after_reset(cls) -> Self:
        """As ``*RST`` leaves it: off, and nothing set that the driver uses."""
        return cls(is_on=False)

    def copy(self) -> Self:
        """Another one that is equal."""
        return attrs.evolve(self, shapes=dict(self.shapes))

    def set(self, key: str, value: str | float) -> None:
        """Take note of a setting."""
        setattr(self, key, value)

    def clear(self) -> None:
        """Its memory is empty, and what was selected is gone."""
        self.shapes, self.is_memory_known = {}, True
        self.selected = self.function = ""

    def takes(self, name: str) -> bool:
        """Whether the instrument would store something under a name."""
        return self.is_memory_known and name not in self.shapes

    def keep(self, name: str, shape: Shape | None) -> None:
        """Take note of what is under a name."""
        self.shapes[name] = shape

    def reach(self) -> tuple[float, float, float]:
        """Lowest and highest voltage into 50 ohm, and steepest slope in V/s; nan for what is not known."""
        if not self.load:
            return math.nan, math.nan, math.nan
        if self.function == "DC":
            return self.offset_v, self.offset_v, 0.0
        shape = self.shapes.get(self.selected)
        if self.function != "ARB" or shape is None or not self.filter or (shape.is_sequence and not self.trigger):
            return math.nan, math.nan, math.nan
        half = abs(self.amplitude_vpp) / 2
        return (
            self.offset_v + half * shape.low,
            self.offset_v + half * shape.high,
            half * shape.round_step * self.rate_hz,
        )


def waveform_shape(block: NDArray[np.generic], full_scale: float) -> Shape | None:
    """The shape of samples; ``None`` if one of them is beyond full scale or no number.

    Args:
        block: Samples of shape ``(n,)``, n at least 1.
        full_scale: What stands for 1.
    """
    samples = block.reshape(-1)
    low, high = float(samples.min()) / full_scale, float(samples.max()) / full_scale
    if not -1.0 <= low <= high <= 1.0:
        return None
    first, last = float(samples[0]) / full_scale, float(samples[-1]) / full_scale
    wide = np.int32 if samples.dtype.kind == "i" else np.float64
    step = 0.0
    for start in range(0, len(samples) - 1, _CHUNK):
        piece = samples[start : start + _CHUNK + 1]
        steps = np.subtract(piece[1:], piece[:-1], dtype=wide)
        step = max(step, float(steps.max()), -float(steps.min()))
    return Shape(low, high, step / full_scale, first, last)


def sequence_shape(payload: bytes, shapes: Mapping[str, Shape | None]) -> tuple[str, Shape | None]:
    """Name and shape of a sequence whose every step waits for a trigger.

    Args:
        payload: What a DATA:SEQuence block says.
        shapes: Of the waveforms that it may play.

    Returns:
        The name, empty if it cannot be read, and the shape; ``None`` if a waveform is not known.
    """
    found = _SEQUENCE.fullmatch(payload.decode("latin-1"))
    if found is None:
        return "", None
    parts = [shapes.get(name) for name in _STEP.findall(found["steps"])]
    known = [part for part in parts if part is not None and not part.is_sequence]
    if len(known) < len(parts):
        return found["name"], None
    return found["name"], _joined(known)


def _joined(parts: Sequence[Shape]) -> Shape:
    """The shape of one after the other."""
    jumps = (abs(after.first - before.last) for before, after in pairwise(parts))
    return Shape(
        min(part.low for part in parts),
        max(part.high for part in parts),
        max(*jumps, *(part.step for part in parts), 0.0),
        parts[0].first,
        parts[-1].last,
        is_sequence=True,
    )
