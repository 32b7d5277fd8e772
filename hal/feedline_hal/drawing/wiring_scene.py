# SPDX-License-Identifier: Apache-2.0
"""What a picture of a rack shows, before it is drawn: boxes, pins, wires; lengths in inches, y upwards."""

from __future__ import annotations

import attrs

OUT, IN, TRIGGER = "out", "in", "trigger"
INSTRUMENT, PORT, SIDE = "instrument", "port", "side"

Point = tuple[float, float]


@attrs.frozen(kw_only=True, slots=True)
class BoxItem:
    """An instrument or a port.

    Attributes:
        kind: ``instrument``, ``port``, or ``side`` for an instrument beside the signal paths.
        left, bottom, width, height: Where.
        title: In bold.
        lines: Small lines under it.
        colour: Of the edge on its left; empty for none.
    """

    kind: str
    left: float
    bottom: float
    width: float
    height: float
    title: str
    lines: tuple[str, ...] = ()
    colour: str = ""

    @property
    def right(self) -> float:
        """Its right side."""
        return self.left + self.width

    @property
    def top(self) -> float:
        """Its upper side."""
        return self.bottom + self.height


@attrs.frozen(kw_only=True, slots=True)
class WireItem:
    """A cable.

    Attributes:
        kind: ``out``, ``in`` or ``trigger``.
        points: Corners.
        has_arrow: Whether its end has one.
    """

    kind: str
    points: tuple[Point, ...]
    has_arrow: bool = False


@attrs.frozen(kw_only=True, slots=True)
class MixerItem:
    """A mixer and the name of what drives it.

    Attributes:
        at: Its centre.
        lo: What drives it: ``lo1``.
        frequency: At which frequency.
        colour: Of the local oscillator.
        note: Corrections, beside that; empty for none.
    """

    at: Point
    lo: str
    frequency: str
    colour: str
    note: str = ""


@attrs.frozen(kw_only=True, slots=True)
class WordItem:
    """Small words.

    Attributes:
        at: Where.
        text: What.
        align: ``left``, ``center`` or ``right``.
        is_chip: Whether they have a frame and stand on a wire.
        kind: ``out``, ``in``, ``trigger`` for the colour of a wire; empty for soft ink.
    """

    at: Point
    text: str
    align: str = "left"
    is_chip: bool = False
    kind: str = ""


@attrs.frozen(kw_only=True, slots=True)
class WiringScene:
    """Everything that a picture of a rack shows.

    Attributes:
        title: Above the picture.
        subtitle: Beside it, soft.
        width, height: Of the whole.
        boxes, wires, mixers, words: What is on it.
    """

    title: str
    subtitle: str
    width: float
    height: float
    boxes: tuple[BoxItem, ...]
    wires: tuple[WireItem, ...]
    mixers: tuple[MixerItem, ...]
    words: tuple[WordItem, ...]
