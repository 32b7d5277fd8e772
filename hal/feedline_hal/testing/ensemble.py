# SPDX-License-Identifier: Apache-2.0
"""Many shots at once: a state for each group of shots with the same past, for all sweep points together."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from .model import Matrix

Index = NDArray[np.intp]

_DIGITS = 10
"""States that agree to this many decimals are one."""


@attrs.define(kw_only=True, slots=True, eq=False)
class Ensemble:
    """Rows of states, and shots that own them.

    Attributes:
        states: Shape ``(rows, levels ** num_qubits)``, in the frame of the transmons' energies.
        levels: Of each transmon.
        point: Sweep point of each row.
        time_ticks: Time since the start of the shot, at the start of the next block.
        phase_rad, clock_rad, shift_hz: What each frame has gained before the next block by shifts of its
            phase, by changes of its frequency, and in frequency; shape ``(rows, frames)``.
        shot: Which shots these are.
        owner: Row of each shot.
    """

    states: Matrix
    levels: int
    point: Index
    time_ticks: NDArray[np.int64]
    phase_rad: NDArray[np.float64]
    clock_rad: NDArray[np.float64]
    shift_hz: NDArray[np.float64]
    shot: Index
    owner: Index

    @classmethod
    def ground(cls, *, levels: int, num_qubits: int, points: int, shots: int, frames: int) -> Ensemble:
        """All transmons in level 0, one row per point; shot ``p * shots + s`` belongs to point ``p``."""
        states = np.zeros((points, levels**num_qubits), dtype=np.complex128)
        states[:, 0] = 1
        return cls(
            states=states,
            levels=levels,
            point=np.arange(points),
            time_ticks=np.zeros(points, dtype=np.int64),
            phase_rad=np.zeros((points, frames)),
            clock_rad=np.zeros((points, frames)),
            shift_hz=np.zeros((points, frames)),
            shot=np.arange(points * shots),
            owner=np.repeat(np.arange(points), shots),
        )

    @property
    def num_qubits(self) -> int:
        """How many transmons."""
        return 1 if self.states.shape[1] == self.levels else 2

    def turn(self, qubits: tuple[int, ...], angles: NDArray[np.float64]) -> None:
        """Multiply basis states of some qubits with ``exp(i angle)``, angles of shape ``(rows or 1, d)``."""
        factors = np.exp(1j * angles)
        if len(qubits) == self.num_qubits:
            self.states = self.states * factors
            return
        view = self.states.reshape(len(self.states), self.levels, self.levels)
        turned = view * (factors[:, :, None] if qubits == (0,) else factors[:, None, :])
        self.states = turned.reshape(len(self.states), -1)

    def apply(self, qubits: tuple[int, ...], matrices: Matrix) -> None:
        """Apply operators of shape ``(rows or 1, d, d)`` on some qubits."""
        if len(qubits) == self.num_qubits:
            if len(matrices) == 1:  # one matrix for all rows: one plain product
                self.states = self.states @ matrices[0].T
            else:
                self.states = (matrices @ self.states[..., None])[..., 0]
            return
        view = self.states.reshape(len(self.states), self.levels, self.levels)
        made = matrices @ view if qubits == (0,) else view @ matrices.swapaxes(-1, -2)
        self.states = made.reshape(len(self.states), -1)

    def split(self, qubit: int, operators: Matrix, uniform: NDArray[np.float64]) -> Index:
        """Let every shot take one of several outcomes, by the norm that its operator leaves.

        Args:
            qubit: What they act on.
            operators: Shape ``(rows or 1, outcomes, levels, levels)``.
            uniform: A number from 0 to 1 for each shot.

        Returns:
            The outcome of each shot, in the order of `shot`.
        """
        outcomes = operators.shape[1]
        branches = []
        for number in range(outcomes):
            branch = attrs.evolve(self)
            branch.apply((qubit,), operators[:, number])
            branches.append(branch.states)
        states = np.stack(branches, axis=1)
        weight = (np.abs(states) ** 2).sum(axis=-1)
        border = np.cumsum(weight / weight.sum(axis=1, keepdims=True), axis=1)
        drawn: Index = (uniform[:, None] >= border[self.owner, :-1]).sum(axis=1)
        taken, self.owner = np.unique(self.owner * outcomes + drawn, return_inverse=True)
        row, outcome = np.divmod(taken, outcomes)
        self.states = states[row, outcome] / np.sqrt(weight[row, outcome])[:, None]
        self.keep_rows(row)
        return drawn

    def take(self, chosen: NDArray[np.bool_]) -> Ensemble:
        """The part with some of the shots."""
        rows, owner = np.unique(self.owner[chosen], return_inverse=True)
        part = attrs.evolve(self, states=self.states[rows], shot=self.shot[chosen], owner=owner)
        part.keep_rows(rows)
        return part

    def merge(self) -> None:
        """Make one row of rows that are the same state with the same past."""
        largest = np.take_along_axis(self.states, np.abs(self.states).argmax(axis=1)[:, None], axis=1)
        plain = self.states * (largest.conj() / np.abs(largest))  # a global phase means nothing
        past = (self.point, self.time_ticks)
        columns = (plain.real, plain.imag, self.phase_rad, self.clock_rad, self.shift_hz)
        keys = np.column_stack([*past, *(np.round(column, _DIGITS) + 0.0 for column in columns)])
        _, rows, back = np.unique(keys, axis=0, return_index=True, return_inverse=True)
        self.states, self.owner = self.states[rows], back.reshape(-1)[self.owner]
        self.keep_rows(rows)

    def keep_rows(self, rows: Index) -> None:
        """Let go of what other rows had; the states are chosen by the caller."""
        self.point = self.point[rows]
        self.time_ticks = self.time_ticks[rows]
        self.phase_rad = self.phase_rad[rows]
        self.clock_rad = self.clock_rad[rows]
        self.shift_hz = self.shift_hz[rows]


def together(found: Sequence[Ensemble | None]) -> Ensemble | None:
    """Parts put together again; ``None`` if there are none."""
    parts = [part for part in found if part is not None]
    if len(parts) < 2:
        return parts[0] if parts else None
    offsets = np.cumsum([0, *(len(part.states) for part in parts[:-1])])
    return Ensemble(
        states=np.concatenate([part.states for part in parts]),
        levels=parts[0].levels,
        point=np.concatenate([part.point for part in parts]),
        time_ticks=np.concatenate([part.time_ticks for part in parts]),
        phase_rad=np.concatenate([part.phase_rad for part in parts]),
        clock_rad=np.concatenate([part.clock_rad for part in parts]),
        shift_hz=np.concatenate([part.shift_hz for part in parts]),
        shot=np.concatenate([part.shot for part in parts]),
        owner=np.concatenate([part.owner + offset for part, offset in zip(parts, offsets, strict=True)]),
    )
