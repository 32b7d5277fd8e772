# SPDX-License-Identifier: Apache-2.0
"""Stage ``scheduled``: every operation on the device's grid, its idle times visible."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline_hal.grid import Grid

from .flow import Flow, blocks_of
from .isa import DELAY, IsaProgram, flow_dict, plain_json
from .template import Template

Column = NDArray[np.int64]


@attrs.frozen(slots=True)
class Slot:
    """A time in which a qubit idles: where dynamical decoupling goes.

    Attributes:
        block: Index of its block, in order of the text.
        qubit: Physical qubit.
        start_ticks, duration_ticks: When.
        before, after: Indices of the operations around it; ``None`` at the ends of the block.
        is_delay: Whether the user asked for the wait; else it came of scheduling.
    """

    block: int
    qubit: int
    start_ticks: int
    duration_ticks: int
    before: int | None
    after: int | None
    is_delay: bool


@attrs.frozen(kw_only=True, slots=True, eq=False, repr=False)
class ScheduledBlock:
    """Operations with their times, a row each, in the circuit's order (which is the order of a frame's events).

    Attributes:
        template: Index of each operation's template in the program.
        start_ticks: When it begins, from the start of the block.
        arguments, clbits: As in `Operations`.
        duration_ticks: Of the whole block.
    """

    template: Column
    start_ticks: Column
    arguments: list[tuple[Any, ...]]
    clbits: list[tuple[int, ...]]
    duration_ticks: int

    def __repr__(self) -> str:
        return f"<ScheduledBlock of {self.duration_ticks} ticks: {len(self)} operations>"

    def __len__(self) -> int:
        """Number of operations."""
        return len(self.template)


@attrs.frozen(kw_only=True, slots=True, eq=False, repr=False)
class ScheduledProgram:
    """A circuit in time.

    Attributes:
        isa: What was scheduled.
        grid: The device's.
        templates: What the operations are.
        flow: `ScheduledBlock`, branches, loops and jumps.
    """

    isa: IsaProgram
    grid: Grid
    templates: tuple[Template, ...]
    flow: Flow

    def __repr__(self) -> str:
        return f"<ScheduledProgram '{self.isa.name}': {sum(len(block) for block in self.blocks())} operations>"

    def blocks(self) -> Iterator[ScheduledBlock]:
        """Every block in order of the text."""
        yield from blocks_of(self.flow)

    def slots(self, min_ticks: int = 1) -> list[Slot]:
        """Idle times of at least so many ticks between operations; waits at the start of a block are none.

        Virtual operations (of no duration) do not end a slot; measurements and resets do.
        """
        found: list[Slot] = []
        for index, block in enumerate(self.blocks()):
            found.extend(self._slots(index, block, min_ticks))
        return found

    def _slots(self, index: int, block: ScheduledBlock, min_ticks: int) -> Iterator[Slot]:
        last: dict[int, tuple[int, int]] = {}  # qubit: (end, operation)
        order = np.argsort(block.start_ticks, kind="stable")
        for operation in order.tolist():
            template = self.templates[block.template[operation]]
            if not template.duration_ticks:
                continue
            start = int(block.start_ticks[operation])
            for qubit in template.use.qubits:
                end, before = last.get(qubit, (0, None))
                is_delay = template.use.kind == DELAY
                if before is not None and start - end >= min_ticks:
                    yield Slot(index, qubit, end, start - end, before, operation, False)
                if is_delay and template.duration_ticks >= min_ticks:
                    yield Slot(index, qubit, start, template.duration_ticks, before, None, True)
                last[qubit] = (start + template.duration_ticks, operation)

    def to_dict(self) -> dict[str, Any]:
        """Plain records of everything."""
        return {
            "stage": "scheduled",
            "name": self.isa.name,
            "dt_s": self.grid.dt_s,
            "num_qubits": self.isa.num_qubits,
            "num_clbits": self.isa.num_clbits,
            "parameters": [parameter.name for parameter in self.isa.parameters],
            "calibration_id": self.isa.calibration_id,
            "flow": flow_dict(self.flow),
            "blocks": [self._block_dict(block) for block in self.blocks()],
            "slots": [attrs.asdict(slot) for slot in self.slots()],
        }

    def _block_dict(self, block: ScheduledBlock) -> dict[str, Any]:
        rows = []
        for index in range(len(block)):
            template = self.templates[block.template[index]]
            rows.append(
                {
                    "name": template.use.name,
                    "qubits": list(template.use.qubits),
                    "start_ticks": int(block.start_ticks[index]),
                    "duration_ticks": template.duration_ticks,
                    "arguments": [plain_json(value) for value in block.arguments[index]],
                    "clbits": list(block.clbits[index]),
                }
            )
        return {"duration_ticks": block.duration_ticks, "operations": rows}
