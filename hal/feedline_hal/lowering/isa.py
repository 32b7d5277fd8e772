# SPDX-License-Identifier: Apache-2.0
"""Stage ``isa``: the circuit as operations on physical qubits, each with its calibration."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
from qiskit.circuit import Parameter, ParameterExpression

from feedline_hal.calibration.calibration import Calibration
from feedline_hal.pulse.schedule import Schedule
from feedline_hal.pulse.value import Value

from .flow import Branch, Flow, Jump, Loop, blocks_of

BARRIER, DELAY, GATE, PULSE, BOX = "barrier", "delay", "gate", "pulse", "box"
"""Kinds of a use."""


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Use:
    """One kind of operation on certain qubits; a circuit holds few of them, many times each.

    Attributes:
        kind: ``gate``, ``pulse`` (a box that carries its schedule), ``delay``, ``barrier`` or ``box`` (a
            group with a duration of its own).
        name: Name of the instruction.
        qubits: Physical qubits.
        calibration: What it is in pulses, for gates.
        schedule: What it is in pulses, for gates and pulse boxes.
        body: What is in it, for boxes.
    """

    kind: str
    name: str
    qubits: tuple[int, ...]
    calibration: Calibration | None = None
    schedule: Schedule | None = None
    body: Operations | None = None

    @property
    def label(self) -> str:
        """For errors: ``rx q1``."""
        return f"{self.name} {' '.join(f'q{qubit}' for qubit in self.qubits)}".strip()


@attrs.frozen(kw_only=True, slots=True, eq=False, repr=False)
class Operations:
    """Operations without decisions between them, in the circuit's order.

    Attributes:
        use: Index of each operation's use in the program.
        arguments: Its parameters: numbers or expressions. For delays and boxes the one duration in seconds,
            ``None`` for a box without.
        clbits: Classical bits that it writes.
    """

    use: list[int]
    arguments: list[tuple[Any, ...]]
    clbits: list[tuple[int, ...]]

    def __repr__(self) -> str:
        return f"<Operations, {len(self)}>"

    def __len__(self) -> int:
        """Number of operations."""
        return len(self.use)


@attrs.frozen(kw_only=True, slots=True, eq=False, repr=False)
class IsaProgram:
    """The circuit, legal for the calibration set.

    Attributes:
        name: The circuit's.
        num_qubits, num_clbits: Its width.
        parameters: Its parameters, in its order.
        uses: What the operations are.
        flow: `Operations`, branches, loops and jumps.
        calibration_id: The set's.
    """

    name: str
    num_qubits: int
    num_clbits: int
    parameters: tuple[Parameter, ...]
    uses: tuple[Use, ...]
    flow: Flow
    calibration_id: str

    def __repr__(self) -> str:
        return f"<IsaProgram '{self.name}': {sum(len(block) for block in blocks_of(self.flow))} operations>"

    def rows(self) -> Iterator[dict[str, Any]]:
        """Every operation as a plain record."""
        for index, operations in enumerate(blocks_of(self.flow)):
            for use_index, arguments, clbits in zip(
                operations.use, operations.arguments, operations.clbits, strict=True
            ):
                use = self.uses[use_index]
                yield {
                    "block": index,
                    "name": use.name,
                    "qubits": list(use.qubits),
                    "arguments": [plain_json(value) for value in arguments],
                    "clbits": list(clbits),
                    "calibration": use.calibration.label if use.calibration else None,
                }

    def to_dict(self) -> dict[str, Any]:
        """Plain records of everything."""
        return {
            "stage": "isa",
            "name": self.name,
            "num_qubits": self.num_qubits,
            "num_clbits": self.num_clbits,
            "parameters": [parameter.name for parameter in self.parameters],
            "calibration_id": self.calibration_id,
            "flow": flow_dict(self.flow),
            "operations": list(self.rows()),
        }


def plain_json(value: Value | None) -> Any:
    """A value as JSON has it; expressions as text, complex numbers as a pair."""
    if isinstance(value, ParameterExpression):
        return str(value)
    if isinstance(value, complex):
        return [value.real, value.imag]
    return value


def flow_dict(flow: Flow, counter: list[int] | None = None) -> list[Any]:
    """The structure of a flow; blocks by their number in order of the text."""
    counter = [0] if counter is None else counter
    found: list[Any] = []
    for item in flow:
        if isinstance(item, Branch):
            cases = [
                {"labels": None if labels is None else list(labels), "flow": flow_dict(inner, counter)}
                for labels, inner in item.cases
            ]
            found.append({"branch": item.condition.to_dict(), "cases": cases})
        elif isinstance(item, Loop):
            condition = item.condition.to_dict() if item.condition else None
            found.append({"loop": condition, "count": item.count, "flow": flow_dict(item.body, counter)})
        elif isinstance(item, Jump):
            found.append({"jump": item.kind, **({"levels": item.levels} if item.levels > 1 else {})})
        else:
            found.append({"block": counter[0]})
            counter[0] += 1
    return found
