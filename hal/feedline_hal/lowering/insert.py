# SPDX-License-Identifier: Apache-2.0
"""Putting gates into idle times: what dynamical decoupling does to a scheduled program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np

from feedline_hal.backend import PulseBackend
from feedline_hal.errors import GridError, PulseError

from .flow import mapped
from .isa import DELAY, GATE, Use
from .scheduled import ScheduledBlock, ScheduledProgram
from .template import make_template


@attrs.frozen(slots=True)
class Insertion:
    """A gate to be put into a block.

    Attributes:
        block: Index of the block, as in `Slot`.
        name: The gate's.
        qubits: Physical qubits.
        start_ticks: When, from the start of the block.
        arguments: Its parameters: numbers.
    """

    block: int
    name: str
    qubits: tuple[int, ...]
    start_ticks: int
    arguments: tuple[float, ...] = ()


def inserted(program: ScheduledProgram, insertions: Sequence[Insertion], backend: PulseBackend) -> ScheduledProgram:
    """The program with gates put into its idle times; nothing else moves.

    Args:
        program: A scheduled program.
        insertions: The gates.
        backend: Whose calibrations they are of.

    Raises:
        PulseError: If a gate overlaps another operation than a delay, or leaves its block.
        GridError: If it begins where gates may not.
        CalibrationError: If it has no calibration.
    """
    templates = list(program.templates)
    uses = list(program.isa.uses)
    number: dict[tuple[Any, ...], int] = {}

    def template_of(gate: Insertion) -> int:
        key = (gate.name, gate.qubits, gate.arguments)
        if key not in number:
            calibration = backend.calibrations.find(gate.name, gate.qubits, gate.arguments)
            use = Use(
                kind=GATE,
                name=gate.name,
                qubits=gate.qubits,
                calibration=calibration,
                schedule=calibration.schedule,
            )
            number[key] = len(templates)
            templates.append(make_template(use, program.grid, backend.ports))
            uses.append(use)
        return number[key]

    counter = iter(range(len(list(program.blocks()))))

    def changed(block: ScheduledBlock) -> ScheduledBlock:
        index = next(counter)
        mine = [gate for gate in insertions if gate.block == index]
        if not mine:
            return block
        made = [template_of(gate) for gate in mine]
        whole = attrs.evolve(
            block,
            template=np.concatenate([block.template, np.array(made, dtype=np.int64)]),
            start_ticks=np.concatenate([block.start_ticks, np.array([gate.start_ticks for gate in mine], np.int64)]),
            arguments=block.arguments + [gate.arguments for gate in mine],
            clbits=block.clbits + [()] * len(mine),
        )
        _check(ScheduledProgram(isa=program.isa, grid=program.grid, templates=tuple(templates), flow=()), whole)
        return whole

    flow = mapped(program.flow, changed)
    isa = attrs.evolve(program.isa, uses=tuple(uses))
    return ScheduledProgram(isa=isa, grid=program.grid, templates=tuple(templates), flow=flow)


def _check(program: ScheduledProgram, block: ScheduledBlock) -> None:
    """Refuse operations that overlap on a qubit."""
    ends: dict[int, tuple[int, str]] = {}
    for row in np.argsort(block.start_ticks, kind="stable").tolist():
        template = program.templates[block.template[row]]
        start, end = int(block.start_ticks[row]), int(block.start_ticks[row]) + template.duration_ticks
        if start % template.step_ticks:
            raise GridError(
                f"'{template.use.label}' is to begin at tick {start}.",
                remedy=f"Gates begin at multiples of {template.step_ticks} ticks here.",
            )
        if template.use.kind == DELAY or not template.duration_ticks:
            continue
        for qubit in template.use.qubits:
            busy, other = ends.get(qubit, (0, ""))
            if start < busy or end > block.duration_ticks:
                what = f"overlaps '{other}'" if start < busy else "outlasts its block"
                raise PulseError(
                    f"'{template.use.label}' from tick {start} to {end} {what}.",
                    remedy="Put it where ScheduledProgram.slots() says that the qubit idles.",
                )
            ends[qubit] = (end, template.use.label)
