# SPDX-License-Identifier: Apache-2.0
"""The template: the circuit with frames between its twirled gates, which take in the one-qubit gates there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import CircuitInstruction
from qiskit.circuit.exceptions import CircuitError
from qiskit.transpiler import Target

from feedline.capabilities import CONTROL_FLOW
from feedline.errors import CapabilityError
from feedline.execution import Execution
from feedline.frames import FrameKind
from feedline.gate_run import GateRuns
from feedline.rewriting import FinalMeasure, columns_of, final_measures, is_rewritable
from feedline.rotation import Floats

from .conjugation import Table, conjugation_table

_PASSED = ("barrier", "delay", "id")
"""A frame without gates goes through these; a run of gates stays on its side."""

NOWHERE = -1
"""No twirled gate at this end of a frame."""


@attrs.define(slots=True, eq=False)
class Segment:
    """A stretch of one qubit between two operations, where a frame may stand.

    Attributes:
        qubit: Which.
        source: Twirled gate before it: twice the gate's number plus the gate's qubit, or `NOWHERE`.
        sink: The same behind it.
        flip: Number of the final measurement behind it whose bit is flipped, or `NOWHERE`.
        is_measured: Whether a measurement follows.
        places, gates: Its one-qubit gates: where they are in ``circuit.data``, and their quaternions.
        is_closed: Whether something that gates must not cross stands behind its gates.
        end: Place that it ends before.
    """

    qubit: int
    source: int = NOWHERE
    sink: int = NOWHERE
    flip: int = NOWHERE
    is_measured: bool = False
    places: list[int] = attrs.field(factory=list)
    gates: list[Floats] = attrs.field(factory=list)
    is_closed: bool = False
    end: int = NOWHERE

    @property
    def is_framed(self) -> bool:
        """Whether anything random stands in it."""
        return self.source != NOWHERE or self.sink != NOWHERE or self.flip != NOWHERE

    @property
    def place(self) -> int:
        """Where its frame stands: at its last gate if that must not be moved, else at its end."""
        return self.places[-1] if self.is_closed else self.end


@attrs.define(slots=True, eq=False)
class Tables:
    """Conjugation tables of a target's gates, worked out once.

    Attributes:
        target: What the backend has.
        num_cliffords: 4 or 24.
    """

    target: Target
    num_cliffords: int
    _tables: dict[Any, Table | None] = attrs.field(factory=dict, init=False)
    _kinds: dict[tuple[int, bool], FrameKind | None] = attrs.field(factory=dict, init=False)

    def kind(self, qubit: int, is_measured: bool = False) -> FrameKind | None:
        """How frames are made on a qubit."""
        key = (qubit, is_measured)
        if key not in self._kinds:
            self._kinds[key] = FrameKind.of(self.target, qubit, is_measured=is_measured)
        return self._kinds[key]

    def table(self, instruction: CircuitInstruction) -> Table | None:
        """A gate's table, or ``None`` if it is no Clifford gate of two qubits."""
        if len(instruction.qubits) != 2 or instruction.clbits or instruction.is_parameterized():
            return None
        is_standard = instruction.is_standard_gate()
        key: Any = (instruction.name, *instruction.params) if is_standard else instruction.operation
        known = key if is_standard else id(key)
        if known not in self._tables:
            self._tables[known] = self._made(instruction, is_standard)
        return self._tables[known]

    def _made(self, instruction: CircuitInstruction, is_standard: bool) -> Table | None:
        operation = instruction.operation
        if not is_standard and not is_rewritable(operation):
            return None
        try:
            matrix = np.asarray(operation.to_matrix(), dtype=np.complex128)
        except CircuitError:  # a gate by name only
            return None
        return conjugation_table(matrix, self.num_cliffords)


@attrs.define(slots=True, eq=False)
class Template:
    """Where frames stand in a circuit, and which gates they surround.

    Attributes:
        circuit: As it is.
        tables: Of the twirled gates, in their order.
        frames: Stretches with something random.
        flipped: Final measurements whose bits are flipped.
        left_alone: Operations on two or more qubits that are not twirled: how many of each name.
    """

    circuit: QuantumCircuit
    tables: list[Table]
    frames: list[Segment]
    flipped: list[FinalMeasure]
    left_alone: Counter[str]


def template(execution: Execution, tables: Tables, *, with_gates: bool, with_flips: bool) -> Template:
    """Look where frames go in an execution's circuit.

    Raises:
        CapabilityError: If a measurement is to be twirled on a qubit that has no frames.
    """
    circuit = execution.circuit
    flipped = final_measures(circuit) if with_flips else []
    for final in flipped:
        if tables.kind(final.qubit, True) is None:
            raise CapabilityError(
                f"twirling: qubit {final.qubit} has no gates whose angles flip it "
                "(rz and sx, u, r, or two of rx, ry, rz).",
                remedy="Set options.resilience.twirling.enable_measure to False, or add such gates to the target.",
            )
    scan = _Scan(tables, GateRuns(columns_of(execution), execution.sweep), circuit.num_qubits, with_gates)
    flips = {final.place: number for number, final in enumerate(flipped)}
    index = {bit: number for number, bit in enumerate(circuit.qubits)}
    for place, item in enumerate(circuit.data):
        scan.add(place, item, [index[bit] for bit in item.qubits], flips.get(place, NOWHERE))
    for qubit in range(circuit.num_qubits):
        scan.close(qubit, len(circuit.data))
    frames = [segment for segment in scan.segments if segment.is_framed]
    return Template(circuit, scan.tables, frames, flipped, scan.left_alone)


class _Scan:
    """Goes through a circuit and cuts its qubits into segments."""

    def __init__(self, tables: Tables, runs: GateRuns, num_qubits: int, with_gates: bool) -> None:
        self._known, self._runs, self._with_gates = tables, runs, with_gates
        self._open = [Segment(qubit) for qubit in range(num_qubits)]
        self.tables: list[Table] = []
        self.segments: list[Segment] = []
        self.left_alone: Counter[str] = Counter()

    def add(self, place: int, item: CircuitInstruction, qubits: Sequence[int], flip: int) -> None:
        """Take the next operation."""
        if item.name in _PASSED:
            for qubit in qubits:
                segment = self._open[qubit]
                segment.is_closed = segment.is_closed or bool(segment.places)
            return
        if len(qubits) == 1 and (gate := self._runs.gate(item)) is not None:
            if self._known.kind(qubits[0]) is not None:
                self._take(qubits[0], place, gate)
                return
        if self._twirls(item, qubits):
            for slot, qubit in enumerate(qubits):
                self.close(qubit, place, sink=2 * (len(self.tables) - 1) + slot)
            return
        for qubit in qubits:
            self.close(qubit, place)
            self.segments[-1].flip, self.segments[-1].is_measured = flip, item.name == "measure"

    def close(self, qubit: int, end: int, sink: int = NOWHERE) -> None:
        """End a qubit's segment, and open the next, whose source is this one's sink."""
        segment = self._open[qubit]
        segment.end, segment.sink = end, sink
        self.segments.append(segment)
        self._open[qubit] = Segment(qubit, source=sink)

    def _take(self, qubit: int, place: int, gate: Floats) -> None:
        if self._open[qubit].is_closed:
            self.close(qubit, place)
        self._open[qubit].places.append(place)
        self._open[qubit].gates.append(gate)

    def _twirls(self, item: CircuitInstruction, qubits: Sequence[int]) -> bool:
        """Whether a gate is twirled; what is not is counted."""
        if not self._with_gates:
            return False
        table = self._known.table(item)
        if table is None or any(self._known.kind(qubit) is None for qubit in qubits):
            if len(qubits) > 1 or item.name in CONTROL_FLOW:
                self.left_alone[item.name] += 1
            return False
        self.tables.append(table)
        return True
