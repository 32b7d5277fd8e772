# SPDX-License-Identifier: Apache-2.0
"""A block as the reference device sees it: plays that act at once, captures, resets, in order of time."""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs
import numpy as np

from feedline.errors import CapabilityError
from feedline_hal.lowering.port_program import Block, Captures, PortProgram

from .model import Channel, Matrix, Model

IQ, BIT = 1, 2
_READOUT = re.compile(r"q(\d+)_readout")
_RESET = re.compile(r"q(\d+)_reset")


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Stretch:
    """Plays on drives and couplers that overlap in time and share qubits, or one alone.

    Attributes:
        start_ticks, stop_ticks: When, from the start of the block.
        qubits: What they act on, ascending.
        rows: Rows of the block's plays.
        channels: What the port of each does.
    """

    start_ticks: int
    stop_ticks: int
    qubits: tuple[int, ...]
    rows: tuple[int, ...]
    channels: tuple[Channel, ...]


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Recording:
    """A capture and the tones that it hears.

    Attributes:
        start_ticks: When the qubit is projected.
        qubit: Whose readout.
        row: Row of the block's captures.
        tones: Rows of the block's plays on that port that overlap with it.
    """

    start_ticks: int
    qubit: int
    row: int
    tones: tuple[int, ...]


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Drain:
    """A play on a reset port."""

    start_ticks: int
    qubit: int
    row: int


Event = Stretch | Recording | Drain


def events_of(program: PortProgram, block: Block, model: Model) -> tuple[Event, ...]:
    """What happens to the qubits in a block, by start; things that begin together are on different qubits.

    Raises:
        CapabilityError: If a capture asks for what the device does not record.
    """
    plays, names = block.plays, [port.name for port in program.ports]
    driven: list[tuple[int, Channel]] = []
    events: list[Event] = []
    for row, port in enumerate(plays.port.tolist()):
        channel, drained = model.channels.get(names[port]), _RESET.fullmatch(names[port])
        if channel is not None:
            driven.append((row, channel))
        elif drained:
            events.append(Drain(start_ticks=int(plays.start_ticks[row]), qubit=int(drained[1]), row=row))
    for row, port in enumerate(block.captures.port.tolist()):
        events.append(_recording(block, row, names[port]))
    events.extend(_stretches(block, driven))
    return tuple(sorted(events, key=lambda event: event.start_ticks))


def _recording(block: Block, row: int, name: str) -> Recording:
    captures: Captures = block.captures
    kind, heard = int(captures.kind[row]), _READOUT.fullmatch(name)
    if kind not in (IQ, BIT) or heard is None:
        raise CapabilityError(
            f"The circuit has a capture_v{kind} on port '{name}', which the reference device does not record.",
            remedy="It integrates: capture_v1 gives a point, capture_v2 a bit, on readout ports.",
        )
    begin = int(captures.start_ticks[row])
    end = begin + int(captures.duration_ticks[row])
    plays = block.plays
    ends = plays.start_ticks + plays.duration_ticks
    tones = np.flatnonzero((plays.port == captures.port[row]) & (plays.start_ticks < end) & (ends > begin))
    return Recording(start_ticks=begin, qubit=int(heard[1]), row=row, tones=tuple(tones.tolist()))


def _stretches(block: Block, driven: list[tuple[int, Channel]]) -> Iterator[Stretch]:
    """Groups of plays that overlap on some qubit, directly or through others."""
    plays = block.plays
    open_: list[Stretch] = []
    for row, channel in sorted(driven, key=lambda item: int(plays.start_ticks[item[0]])):
        start = int(plays.start_ticks[row])
        joined = Stretch(
            start_ticks=start,
            stop_ticks=start + int(plays.duration_ticks[row]),
            qubits=channel.qubits,
            rows=(row,),
            channels=(channel,),
        )
        yield from (one for one in open_ if one.stop_ticks <= start)
        open_ = [one for one in open_ if one.stop_ticks > start]
        for one in [one for one in open_ if set(one.qubits) & set(channel.qubits)]:
            open_.remove(one)
            joined = _joined(one, joined)
        open_.append(joined)
    yield from open_


def _joined(first: Stretch, second: Stretch) -> Stretch:
    return Stretch(
        start_ticks=min(first.start_ticks, second.start_ticks),
        stop_ticks=max(first.stop_ticks, second.stop_ticks),
        qubits=tuple(sorted({*first.qubits, *second.qubits})),
        rows=first.rows + second.rows,
        channels=first.channels + second.channels,
    )


def embedded(channel: Channel, qubits: tuple[int, ...], levels: int) -> Matrix:
    """A channel's jump operator on the levels of more qubits."""
    if channel.qubits == qubits:
        return channel.jump
    identity = np.eye(levels, dtype=np.complex128)
    pair = (channel.jump, identity) if channel.qubits[0] == qubits[0] else (identity, channel.jump)
    return np.asarray(np.kron(*pair), dtype=np.complex128)
