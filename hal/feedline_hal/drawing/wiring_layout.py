# SPDX-License-Identifier: Apache-2.0
"""Where everything of a rack's picture goes.

Signals run from left to right: coordinator, sequencers, mixers, ports, mixers, digitizers. Each port has a row, in
the order of the sequencers' channels. Local oscillators are named at their mixers, in their colour; they and what
else is in no signal path stand below.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from feedline_hal.rack.schema import Channel, MixerSpec, PortSpec, RackSpec

from .wiring_border import add_sides, add_triggers
from .wiring_plan import ALLEY, BOX, FOOT, GAP, HEAD, MARGIN, PAIR, PORT_WIDTH, ROW, SMALLER, TITLE, Plan, place
from .wiring_scene import IN, OUT, PORT, BoxItem, MixerItem, Point, WireItem, WiringScene, WordItem
from .wiring_words import LO_COLOURS, frequency_words, mixer_words, port_lines, size_words, time_words


def wiring_scene(spec: RackSpec) -> WiringScene:
    """Lay out a rack; what an instrument is follows from what the ports use it for."""
    has_coordinator = bool(spec.triggers)
    plan = Plan(
        spec=spec,
        x_sequencer=MARGIN + (BOX - SMALLER + ALLEY if has_coordinator else 0.0),
        has_digitizer=any(port.inputs for port in spec.ports.values()),
    )
    _sequencers(plan)
    _digitizers(plan)
    for port in spec.ports.values():
        _port(plan, port)
    add_triggers(plan)
    add_sides(plan)
    height = plan.bottom + FOOT
    return WiringScene(
        title=spec.name,
        subtitle=f"{size_words(spec)}, a tick of {time_words(spec.dt_s)}",
        width=plan.width,
        height=height,
        boxes=tuple(attrs.evolve(box, bottom=height - box.bottom - box.height) for box in plan.boxes),
        wires=tuple(attrs.evolve(wire, points=tuple((x, height - y) for x, y in wire.points)) for wire in plan.wires),
        mixers=tuple(attrs.evolve(item, at=(item.at[0], height - item.at[1])) for item in plan.mixers),
        words=tuple(attrs.evolve(item, at=(item.at[0], height - item.at[1])) for item in plan.words),
    )


def _sequencers(plan: Plan) -> None:
    """Rows of the ports, sequencer by sequencer, and the sequencers' boxes around them."""
    y = HEAD
    for name, ports in _by_sequencer(plan.spec).items():
        top = y
        y += TITLE if name else 0.0
        for port in ports:
            plan.rows[port.name] = y + ROW / 2
            y += ROW
        if name:
            place(plan, name, plan.x_sequencer, top, y - top)
        y += GAP
    plan.bottom = y - GAP


def _by_sequencer(spec: RackSpec) -> Mapping[str, list[PortSpec]]:
    """Ports by the sequencer of their first channel, in the order of channels; those that only capture last."""
    groups: dict[str, list[PortSpec]] = {name: [] for name in spec.instruments}
    groups[""] = []
    for port in sorted(spec.ports.values(), key=lambda port: _number(port.outputs[:1])):
        groups.setdefault(port.outputs[0].instrument if port.outputs else "", []).append(port)
    return {name: ports for name, ports in groups.items() if ports}


def _number(channels: Sequence[Channel]) -> int:
    digits = "".join(letter for channel in channels for letter in channel.output if letter.isdigit())
    return int(digits or 0)


def _digitizers(plan: Plan) -> None:
    """Boxes level with the ports that they record, moved down where they would overlap."""
    groups: dict[str, list[PortSpec]] = {}
    for port in sorted(plan.spec.ports.values(), key=lambda port: plan.rows[port.name]):
        if port.inputs:
            groups.setdefault(port.inputs[0].instrument, []).append(port)
    lowest = HEAD
    for name, ports in groups.items():
        height = TITLE + ROW * len(ports)
        centre = sum(plan.rows[port.name] for port in ports) / len(ports)
        top = max(lowest, centre - TITLE - ROW * len(ports) / 2)
        place(plan, name, plan.x_digitizer, top, height)
        for index, port in enumerate(ports):
            _capture(plan, port, top + TITLE + ROW * (index + 0.5), index)
        lowest = top + height + GAP
        plan.bottom = max(plan.bottom, top + height)


def _port(plan: Plan, port: PortSpec) -> None:
    y = plan.rows[port.name]
    plan.boxes.append(
        BoxItem(
            kind=PORT, left=plan.x_port, bottom=y - 0.27, width=PORT_WIDTH, height=0.54, title=port.name,
            lines=port_lines(port),
        )
    )  # fmt: skip
    if port.outputs:
        _drive(plan, port, y)


def _drive(plan: Plan, port: PortSpec, y: float) -> None:
    """From the sequencer's channels through the mixer to the port."""
    outputs = port.outputs
    offsets = [0.0] if len(outputs) == 1 else [-PAIR, PAIR]
    has_mixer = port.lo is not None
    for channel, offset, letter in zip(outputs, offsets, "IQ", strict=False):
        start = _leave(plan, channel, y + offset)
        if has_mixer:
            corners = [*start, (plan.x_mixer - 0.45, y + offset), (plan.x_mixer, y + offset * 0.55)]
        else:
            corners = [*start, (plan.x_mixer, y + offset), (plan.x_mixer + 0.3, y)]
        plan.wires.append(WireItem(kind=OUT, points=tuple(corners)))
        words = channel.output if len(outputs) == 1 else f"{channel.output}  {letter}"
        x, at = start[0]
        plan.words.append(WordItem(at=(x - 0.08, at), text=words, align="right"))
    plan.wires.append(WireItem(kind=OUT, points=((plan.x_mixer, y), (plan.x_port, y)), has_arrow=True))
    if port.lo is not None:
        _mixer(plan, (plan.x_mixer, y), port, port.mixer)
    _chips(plan, plan.x_chip, y, OUT, port.attenuation_db, port.delay_s)


def _leave(plan: Plan, channel: Channel, y: float) -> list[Point]:
    """The start of a channel's cable; one of another sequencer than the row's comes from that one's title."""
    box = plan.places.get(channel.instrument)
    if box is None or box.bottom <= y <= box.bottom + box.height:
        return [(plan.x_sequencer + BOX, y)]
    corner = box.right + 0.18
    start = box.bottom + TITLE / 2
    return [(box.right, start), (corner, start), (corner, y)]


def _capture(plan: Plan, port: PortSpec, y_in: float, index: int) -> None:
    """From the port through the mixer to the digitizer's channels."""
    y = plan.rows[port.name]
    plan.wires.append(WireItem(kind=IN, points=((plan.x_port + PORT_WIDTH, y), (plan.x_return, y))))
    if port.lo is not None:
        _mixer(plan, (plan.x_return, y), port, None)
    inputs = port.inputs
    offsets = [0.0] if len(inputs) == 1 else [-PAIR, PAIR]
    corner = plan.x_digitizer - 0.22 - 0.12 * (index % 4)
    for channel, offset, letter in zip(inputs, offsets, "IQ", strict=False):
        end = (plan.x_digitizer, y_in + offset)
        split = (plan.x_return + 0.45, y + offset)
        points = ((plan.x_return, y + offset * 0.55), split, (corner, y + offset), (corner, end[1]), end)
        plan.wires.append(WireItem(kind=IN, points=points, has_arrow=True))
        words = channel.output if len(inputs) == 1 else f"{letter}  {channel.output}"
        plan.words.append(WordItem(at=(end[0] + 0.1, end[1]), text=words))
    _chips(plan, plan.x_return + 0.9, y - max(offsets), IN, 0.0, port.capture_delay_s)


def _mixer(plan: Plan, at: Point, port: PortSpec, corrections: MixerSpec | None) -> None:
    if port.lo is None:
        return
    names = list(dict.fromkeys(str(other.lo) for other in plan.spec.ports.values() if other.lo is not None))
    plan.mixers.append(
        MixerItem(
            at=at,
            lo=str(port.lo),
            frequency=frequency_words(port.lo_frequency_hz),
            colour=LO_COLOURS[names.index(str(port.lo)) % len(LO_COLOURS)],
            note="" if corrections is None else mixer_words(corrections),
        )
    )


def _chips(plan: Plan, x: float, y: float, kind: str, attenuation_db: float, delay_s: float) -> None:
    if attenuation_db:
        plan.words.append(
            WordItem(at=(x, y), text=f"\N{MINUS SIGN}{attenuation_db:g} dB", align="center", is_chip=True, kind=kind)
        )
    if delay_s:
        lift = 0.24 if attenuation_db else 0.14
        plan.words.append(WordItem(at=(x, y - lift), text=f"+{time_words(delay_s)}", align="center", kind=kind))
