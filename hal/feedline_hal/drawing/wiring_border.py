# SPDX-License-Identifier: Apache-2.0
"""What stands around the signal paths of a rack's picture: triggers, local oscillators, biases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from feedline_hal.rack.schema import InstrumentSpec, RackSpec, TriggerSpec

from .wiring_plan import BOX, HEAD, MARGIN, SIDE_HEIGHT, SMALLER, TITLE, Plan, instrument_lines, place
from .wiring_scene import SIDE, TRIGGER, BoxItem, Point, WireItem, WordItem
from .wiring_words import LO_COLOURS, side_lines, time_words


def add_triggers(plan: Plan) -> None:
    """The coordinator on the left; cables to the sequencers directly, to the digitizers along the bottom."""
    triggers = [item for item in plan.spec.triggers.values() if item.instrument in plan.places]
    if not triggers:
        return
    sources = list(dict.fromkeys(item.source for item in triggers))
    height = TITLE + 0.34 * len(sources) + 0.1
    top = max(HEAD, (HEAD + plan.bottom - height) / 2)
    place(plan, sources[0].instrument, MARGIN, top, height)
    box = attrs.evolve(plan.boxes[-1], width=BOX - SMALLER)
    plan.boxes[-1] = box
    plan.bottom = max(plan.bottom, top + height)
    for index, source in enumerate(sources):
        y = top + TITLE + 0.34 * (index + 0.4)
        plan.words.append(WordItem(at=(box.right - 0.08, y), text=source.output, align="right"))
        corner = box.right + 0.16 + 0.11 * (index % 4)
        for trigger in (item for item in triggers if item.source == source):
            _trigger(plan, trigger, ((box.right, y), (corner, y)))


def _trigger(plan: Plan, trigger: TriggerSpec, start: tuple[Point, Point]) -> None:
    target, corner = plan.places[trigger.instrument], start[1][0]
    words = "trigger" + (f"  +{time_words(trigger.delay_s)}" if trigger.delay_s else "")
    if target.left < plan.x_port:
        y = target.bottom + TITLE
        points: tuple[Point, ...] = (*start, (corner, y), (target.left, y))
        plan.words.append(WordItem(at=(target.left + 0.1, y), text=words, kind=TRIGGER))
    else:
        plan.bottom += 0.2
        under, depth = target.left + 0.3, plan.bottom
        points = (*start, (corner, depth), (under, depth), (under, target.top))  # y is downwards here: its lower side
        plan.words.append(WordItem(at=(under + 0.08, depth - 0.11), text=words, kind=TRIGGER))
    plan.wires.append(WireItem(kind=TRIGGER, points=points, has_arrow=True))


def add_sides(plan: Plan) -> None:
    """Local oscillators, biases and whatever is in no signal path, below."""
    beside = [spec for name, spec in plan.spec.instruments.items() if name not in plan.places]
    if not beside:
        return
    top = plan.bottom + 0.45
    per_row = max(1, int((plan.width - 2 * MARGIN + 0.2) // (BOX + 0.2)))
    for index, (spec, lines, colour) in enumerate(_described(plan.spec, beside)):
        row, column = divmod(index, per_row)
        left = MARGIN + column * (BOX + 0.2)
        at = top + row * (SIDE_HEIGHT + 0.2)
        plan.boxes.append(
            BoxItem(
                kind=SIDE, left=left, bottom=at, width=BOX, height=SIDE_HEIGHT, title=spec.name, colour=colour,
                lines=(*instrument_lines(spec), *lines),
            )
        )  # fmt: skip
        plan.bottom = at + SIDE_HEIGHT


def _described(
    spec: RackSpec, beside: Sequence[InstrumentSpec]
) -> Iterator[tuple[InstrumentSpec, tuple[str, ...], str]]:
    """Instruments beside the signal paths, what they do, and the colour of those that are local oscillators."""
    names = list(dict.fromkeys(port.lo for port in spec.ports.values() if port.lo is not None))
    for instrument in beside:
        outputs = [lo for lo in names if lo.instrument == instrument.name]
        colour = LO_COLOURS[names.index(outputs[0]) % len(LO_COLOURS)] if outputs else ""
        yield instrument, side_lines(instrument, spec), colour
