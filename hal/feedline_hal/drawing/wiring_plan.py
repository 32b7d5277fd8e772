# SPDX-License-Identifier: Apache-2.0
"""A rack's picture while it is laid out: lengths, columns, and what is on it so far."""

from __future__ import annotations

import attrs

from feedline_hal.rack.schema import InstrumentSpec, RackSpec

from .wiring_scene import INSTRUMENT, BoxItem, MixerItem, WireItem, WordItem

MARGIN, HEAD, FOOT = 0.35, 0.75, 0.5
ROW, GAP, TITLE = 0.86, 0.3, 0.74
PAIR = 0.15
BOX, PORT_WIDTH, SIDE_HEIGHT = 2.4, 1.75, 1.0
SMALLER = 0.35
ALLEY = 0.75


"""Lengths in inches: borders, rows of ports, boxes, and the alley of the triggers."""


@attrs.define(slots=True)
class Plan:
    """The picture while it is laid out; y downwards from the top until it is done."""

    spec: RackSpec
    x_sequencer: float
    has_digitizer: bool
    boxes: list[BoxItem] = attrs.field(factory=list)
    wires: list[WireItem] = attrs.field(factory=list)
    mixers: list[MixerItem] = attrs.field(factory=list)
    words: list[WordItem] = attrs.field(factory=list)
    rows: dict[str, float] = attrs.field(factory=dict)
    places: dict[str, BoxItem] = attrs.field(factory=dict)
    bottom: float = 0.0

    @property
    def x_mixer(self) -> float:
        """Centre of the mixers on the way out."""
        return self.x_sequencer + BOX + 0.85

    @property
    def x_chip(self) -> float:
        """Centre of attenuation and delay on the way out."""
        return self.x_mixer + 1.15

    @property
    def x_port(self) -> float:
        """Left side of the ports."""
        return self.x_chip + 0.8

    @property
    def x_return(self) -> float:
        """Centre of the mixers on the way back."""
        return self.x_port + PORT_WIDTH + 0.75

    @property
    def x_digitizer(self) -> float:
        """Left side of the digitizers."""
        return self.x_return + 1.75

    @property
    def width(self) -> float:
        """Of the picture."""
        right = self.x_digitizer + BOX if self.has_digitizer else self.x_port + PORT_WIDTH
        return right + MARGIN


def place(plan: Plan, name: str, left: float, top: float, height: float) -> None:
    """Add the box of an instrument in the signal paths."""
    spec = plan.spec.instruments.get(name)
    box = BoxItem(
        kind=INSTRUMENT, left=left, bottom=top, width=BOX, height=height, title=name, lines=instrument_lines(spec)
    )
    plan.boxes.append(box)
    plan.places[name] = box


def instrument_lines(spec: InstrumentSpec | None) -> tuple[str, ...]:
    """Its driver and address."""
    return () if spec is None else (spec.driver, spec.address)
