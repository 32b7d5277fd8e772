# SPDX-License-Identifier: Apache-2.0
"""How an emulated Keysight 33600A plays a sequence: segments, what follows each, where it waits for a trigger.

Source: Keysight 33500B/33600A Operating and Service Guide, "DATA Subsystem" (DATA:SEQuence).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Self

import attrs
import numpy as np
from numpy.typing import NDArray

from .error_queue import ScpiError

CONTROLS = ("once", "onceWaitTrig", "repeat", "repeatInf", "repeatTilTrig")
MARKERS = ("maintain", "lowAtStart", "highAtStart", "highAtStartGoLow")
_FIELDS = 5
_MOST_REPEATS = 1_000_000
_WAITING = ("onceWaitTrig", "repeatTilTrig")


@attrs.frozen(slots=True, eq=False)
class Segment:
    """One line of a sequence.

    Attributes:
        samples: What it plays, full scale.
        repeats: How often, for ``repeat``.
        control: What follows: one of `CONTROLS`.
    """

    samples: NDArray[np.float32]
    repeats: int
    control: str

    @property
    def is_waiting(self) -> bool:
        """Whether the next segment needs a trigger."""
        return self.control in _WAITING

    @property
    def count(self) -> float:
        """How often it is played when nobody triggers."""
        return {"repeat": float(self.repeats), "repeatInf": np.inf}.get(self.control, 1.0)

    def played(self) -> NDArray[np.float32]:
        """All that it plays; once if it never ends."""
        return np.tile(self.samples, int(self.count)) if np.isfinite(self.count) else self.samples


@attrs.frozen(slots=True, eq=False)
class Run:
    """Segments between two waits.

    Attributes:
        segments: In order; nothing follows one that never ends.
    """

    segments: tuple[Segment, ...]

    @classmethod
    def of(cls, segments: Sequence[Segment]) -> Self:
        """Segments up to the first that never ends."""
        endless = [at for at, segment in enumerate(segments) if np.isinf(segment.count)]
        return cls(tuple(segments[: endless[0] + 1] if endless else segments))

    @property
    def sample_count(self) -> float:
        """How many samples it takes; infinite if it never comes to its end."""
        return float(sum(segment.count * len(segment.samples) for segment in self.segments))

    @property
    def extent(self) -> tuple[float, float]:
        """Lowest and highest sample."""
        lows, highs = zip(*((item.samples.min(), item.samples.max()) for item in self.segments), strict=True)
        return float(min(lows)), float(max(highs))

    @property
    def held(self) -> float:
        """What stays at the output when it is over."""
        return float(self.segments[-1].samples[-1])

    def played(self) -> NDArray[np.float32]:
        """All samples."""
        return np.concatenate([segment.played() for segment in self.segments])


@attrs.frozen(slots=True, eq=False)
class SegmentList:
    """A sequence as it is played.

    Attributes:
        first: From its start to the first wait; the whole sequence if it waits nowhere.
        runs: What each trigger plays, in order, the first again after the last; empty if it waits nowhere.
    """

    first: Run
    runs: tuple[Run, ...]

    @classmethod
    def of(cls, segments: Sequence[Segment]) -> Self:
        """Cut a list of segments at its waits."""
        waits = [at for at, segment in enumerate(segments) if segment.is_waiting]
        if not waits:
            return cls(Run.of(segments), ())
        ends = [*waits[1:], waits[0] + len(segments)]
        twice = (*segments, *segments)
        runs = tuple(Run.of(twice[begin + 1 : end + 1]) for begin, end in zip(waits, ends, strict=True))
        return cls(Run.of(segments[: waits[0] + 1]), runs)

    def run(self, shot: int) -> Run:
        """What trigger number ``shot`` plays; the first has number 0, and -1 is the start."""
        return self.first if shot < 0 else self.runs[shot % len(self.runs)]


def read_sequence(
    text: str, waveforms: Mapping[str, NDArray[np.float32]], most: int
) -> tuple[str, tuple[Segment, ...]]:
    """Read what a DATA:SEQuence block says.

    Args:
        text: Name, then waveform, repeats, control, marker, marker point of each segment.
        waveforms: What there is.
        most: How many segments there may be.

    Returns:
        The sequence's name and its segments.

    Raises:
        ScpiError: -161 if it is none; -222 for numbers out of range or too many segments; -224 for unknown words;
            785 for a waveform that is not there.
    """
    name, *fields = (field.strip().strip('"') for field in text.split(","))
    if not fields or len(fields) % _FIELDS:
        raise ScpiError(-161)
    if len(fields) // _FIELDS > most:
        raise ScpiError(-222)
    segments = tuple(_segment(fields[at : at + _FIELDS], waveforms) for at in range(0, len(fields), _FIELDS))
    return name.upper(), segments


def _segment(fields: Sequence[str], waveforms: Mapping[str, NDArray[np.float32]]) -> Segment:
    name, repeats, control, marker, point = fields
    samples = waveforms.get(name.upper())
    if samples is None:
        raise ScpiError(785, "Specified arb waveform does not exist")
    if control not in CONTROLS or marker not in MARKERS:
        raise ScpiError(-224)
    if not (repeats.isdigit() and point.isdigit()):
        raise ScpiError(-104)
    if int(repeats) > _MOST_REPEATS or not 4 <= int(point) <= len(samples) - 3:
        raise ScpiError(-222)
    return Segment(samples, int(repeats), control)
