# SPDX-License-Identifier: Apache-2.0
"""Drawing: random Cliffords around every twirled gate, and the parameter values of the frames that they make."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs
import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit

from feedline import rotation
from feedline.flips import balanced_flips
from feedline.frames import FrameKind, frame_parameters
from feedline.gate_run import IDENTITY, angles_of
from feedline.rotation import Floats

from .conjugation import Table
from .template import NOWHERE, Segment, Tables, Template

_CHUNK = 1 << 16
"""Frames worked on at once; keeps temporary arrays in the cache."""

Codes = NDArray[np.uint8]
"""Indices of Cliffords."""


@attrs.frozen(slots=True, eq=False)
class Group:
    """Frames that are worked on together: of one kind, all with values of the sweep or all without.

    Attributes:
        kind: How they are made.
        frames: The frames.
        is_swept: Whether the gates that they take in have parameters.
        first: Index of their first parameter.
    """

    kind: FrameKind
    frames: list[Segment]
    is_swept: bool
    first: int

    @property
    def columns(self) -> slice:
        """Where their parameters are among all of the frames'."""
        return slice(self.first, self.first + len(self.frames) * self.kind.num_parameters)


def grouped(frames: Sequence[Segment], tables: Tables) -> list[Group]:
    """Frames by kind."""
    found: dict[tuple[int, bool, bool], list[Segment]] = {}
    kinds: list[FrameKind] = []
    for frame in frames:
        kind = tables.kind(frame.qubit, frame.is_measured)
        assert kind is not None, "the template has frames only where there is a kind"
        if kind not in kinds:
            kinds.append(kind)
        is_swept = any(gate.ndim > 1 for gate in frame.gates)
        found.setdefault((kinds.index(kind), frame.is_measured, is_swept), []).append(frame)
    groups, first = [], 0
    for (number, _, is_swept), members in found.items():
        groups.append(Group(kinds[number], members, is_swept, first))
        first = groups[-1].columns.stop
    return groups


def framed_circuit(template: Template, groups: Sequence[Group], name: str) -> QuantumCircuit:
    """The circuit with its frames, whose parameters have this name and are in the groups' order."""
    parameters = frame_parameters(name, groups[-1].columns.stop if groups else 0)
    before: dict[int, list[tuple[FrameKind, Segment, int]]] = {}
    for group in groups:
        for number, frame in enumerate(group.frames):
            first = group.first + number * group.kind.num_parameters
            before.setdefault(frame.place, []).append((group.kind, frame, first))
    gone = {place for frame in template.frames for place in frame.places}
    out = template.circuit.copy_empty_like()
    data = out.data
    for place, item in enumerate(template.circuit.data):
        for kind, frame, first in before.get(place, ()):
            kind.append(out, frame.qubit, parameters[first : first + kind.num_parameters])
        if place not in gone:
            data.append(item)
    for kind, frame, first in before.get(len(template.circuit.data), ()):
        kind.append(out, frame.qubit, parameters[first : first + kind.num_parameters])
    return out


@attrs.frozen(slots=True, eq=False)
class Drawn:
    """What was drawn for the points of a sweep.

    Attributes:
        before: Cliffords before each gate, a column per gate and qubit, then flips, then a column of the identity;
            shape ``(*sweep, count, columns)``.
        behind: Cliffords behind each gate, and a column of the identity.
        flips: Which measured bits are flipped, shape ``(*sweep, count, bits)``.
    """

    before: Codes
    behind: Codes
    flips: NDArray[np.bool_]


def draw(
    template: Template, sweep: tuple[int, ...], count: int, rng: np.random.Generator, *, is_balanced: bool
) -> Drawn:
    """Draw pairs of Cliffords around every gate, and flips of the measured bits."""
    gates, bits = len(template.tables), len(template.flipped)
    before = np.zeros((*sweep, count, 2 * gates + bits + 1), dtype=np.uint8)
    behind = np.zeros((*sweep, count, 2 * gates + 1), dtype=np.uint8)
    tables = {id(table): table for table in template.tables}
    which = np.array([id(table) for table in template.tables])
    for key, table in tables.items():
        columns = np.flatnonzero(which == key)
        pairs = _drawn_pairs(table, (*sweep, count, len(columns)), rng, is_balanced=is_balanced)
        where = slice(None) if len(tables) == 1 else columns
        for slot in range(2):
            before[..., slot : 2 * gates : 2][..., where] = table.before[:, slot].astype(np.uint8)[pairs]
            behind[..., slot : 2 * gates : 2][..., where] = table.behind[:, slot].astype(np.uint8)[pairs]
    flips = balanced_flips(rng, sweep, count, bits) if bits else np.zeros((*sweep, count, 0), dtype=np.bool_)
    before[..., 2 * gates : 2 * gates + bits] = flips
    return Drawn(before, behind, flips)


def _drawn_pairs(
    table: Table, shape: tuple[int, ...], rng: np.random.Generator, *, is_balanced: bool
) -> NDArray[np.uint16]:
    """Rows of a table, shape ``(*sweep, count, gates)``; each is uniform by itself."""
    size = len(table.before)
    if not is_balanced:
        return rng.integers(0, size, shape, dtype=np.uint16)
    *sweep, count, gates = shape
    blocks = -(-count // size)
    order = rng.permuted(np.tile(np.arange(size, dtype=np.uint16), (gates * blocks, 1)), axis=1)
    order = order.reshape(gates, blocks * size)[:, :count].T
    shift = rng.integers(0, size, (*sweep, 1, gates), dtype=np.uint16)
    return order ^ shift


def write_values(groups: Sequence[Group], drawn: Drawn, sweep: tuple[int, ...], out: Floats) -> None:
    """Write the values of all frames, in the groups' order.

    Args:
        groups: The frames.
        drawn: What stands around the gates.
        sweep: Shape of the points.
        out: Where to, the sweep flattened: shape ``(points, count, parameters)``.
    """
    points, count = out.shape[:2]
    flat = [codes.reshape(points, count, codes.shape[-1]) for codes in (drawn.before, drawn.behind)]
    for group in groups:
        sinks, sources = _columns(group.frames, drawn.flips.shape[-1], drawn.before.shape[-1])
        table = None if group.is_swept else _Table.of(group, int(max(codes.max(initial=0) for codes in flat)))
        euler = _swept(group, sweep) if group.is_swept else np.empty(0)
        for part, rows in _chunks(points, count, len(group.frames)):
            ends, starts = flat[0][part, rows][..., sinks], flat[1][part, rows][..., sources]
            got = _made(group, euler[part], starts, ends) if table is None else table.looked_up(starts, ends)
            out[part, rows, group.columns] = got.reshape(*got.shape[:2], -1)  # frames and their parameters together


def _chunks(points: int, count: int, frames: int) -> Iterator[tuple[slice, slice]]:
    """Points and randomisations in parts that are not too large."""
    rows = min(count, max(1, _CHUNK // max(1, frames)))
    step = max(1, _CHUNK // max(1, frames * rows))
    for first in range(0, points, step):
        for row in range(0, count, rows):
            yield slice(first, first + step), slice(row, row + rows)


def _columns(frames: Sequence[Segment], bits: int, width: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Columns of what stands behind each frame's gates (of `Drawn.before`) and before them (of `Drawn.behind`)."""
    flips = width - 1 - bits
    sinks = [flips + frame.flip if frame.flip != NOWHERE else frame.sink for frame in frames]
    return np.array(sinks, dtype=np.intp), np.array([frame.source for frame in frames], dtype=np.intp)


@attrs.frozen(slots=True, eq=False)
class _Table:
    """Values of frames without swept gates, by what stands around them.

    Attributes:
        rows: Shape ``(unitaries * size**2, parameters)``.
        first: Row of each frame's unitary between identities, shape ``(frames,)``.
        size: Number of Cliffords.
    """

    rows: Floats
    first: NDArray[np.intp]
    size: int

    @classmethod
    def of(cls, group: Group, largest: int) -> _Table:
        size = 4 if largest < 4 else len(rotation.CLIFFORDS)
        runs = _products(group.frames)
        distinct, which = np.unique(np.round(runs, 12), axis=0, return_inverse=True)
        sides = rotation.CLIFFORDS[:size]
        between = rotation.after(rotation.after(sides[:, None], distinct[:, None, None]), sides)
        rows = group.kind.values(rotation.euler_angles(between))
        return cls(rows.reshape(-1, rows.shape[-1]), which.reshape(-1) * size**2, size)

    def looked_up(self, starts: Codes, ends: Codes) -> Floats:
        values: Floats = np.take(self.rows, self.first + self.size * ends.astype(np.intp) + starts, axis=0)
        return values


def _products(frames: Sequence[Segment]) -> Floats:
    """Quaternions of the runs of frames, shape ``(frames, 4)``."""
    made = np.tile(IDENTITY, (len(frames), 1))
    for step in range(max((len(frame.gates) for frame in frames), default=0)):
        gates = [frame.gates[step] if step < len(frame.gates) else IDENTITY for frame in frames]
        made = rotation.after(np.array(gates), made)
    return made


def _swept(group: Group, sweep: tuple[int, ...]) -> Floats:
    """Euler angles of the runs of frames at every point, shape ``(points, frames, 3)``."""
    made = []
    for frame in group.frames:
        run = frame.gates[0]
        for gate in frame.gates[1:]:
            run = rotation.after(gate, run)
        made.append(angles_of(np.broadcast_to(run, (*sweep, 4))).reshape(-1, 3))
    return np.stack(made, axis=1)


def _made(group: Group, euler: Floats, starts: Codes, ends: Codes) -> Floats:
    """Values of frames whose gates are swept, shape ``(points, count, frames, parameters)``."""
    euler = euler[:, None]
    if max(starts.max(initial=0), ends.max(initial=0)) < 4:
        bits = [((codes & 1).astype(np.bool_), (codes >> 1).astype(np.bool_)) for codes in (starts, ends)]
        return group.kind.values(np.stack(rotation.between_paulis(euler, bits[0], bits[1]), axis=-1))
    run = rotation.quaternion(euler)
    between = rotation.after(rotation.after(rotation.CLIFFORDS[ends], run), rotation.CLIFFORDS[starts])
    return group.kind.values(rotation.euler_angles(between))
