# SPDX-License-Identifier: Apache-2.0
"""The plan with flips and calibrations, and what that costs."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cached_property
from typing import Self

import attrs
import numpy as np
from numpy.typing import NDArray
from qiskit.transpiler import Target

from feedline.errors import OptionError
from feedline.execution import Execution
from feedline.flips import balanced_flips
from feedline.passes import PassContext
from feedline.plan import Plan
from feedline.rewriting import shots_each, with_flips

from .factor import BLOCK, PROJECTED, ROLE, BlockNote
from .flipping import AXIS, empty_circuit, flipped
from .note import Notes
from .readout import Readout, parities

_AUTO = 32
"""Randomisations that are drawn if nothing is said; 31 qubits' flips are balanced pair by pair."""


@attrs.define(slots=True, eq=False)
class _Calibration:
    """What is measured once for all executions that measure the same qubits.

    Attributes:
        users: The executions.
        rows: Its Paulis by measured qubit, and the index of each among all calibrations' Paulis.
    """

    users: list[Execution] = attrs.field(factory=list)
    rows: dict[bytes, tuple[NDArray[np.bool_], int]] = attrs.field(factory=dict)


@attrs.define(slots=False, eq=False)
class Widening:
    """How a plan is widened.

    Attributes:
        plan: The plan as it is.
        context: Options, backend and randomness.
        readouts: What its executions measure, those of exact values and calibrations left out.
        count: Randomisations of a point.
    """

    plan: Plan
    context: PassContext
    readouts: dict[int, Readout]
    count: int

    @classmethod
    def of(cls, plan: Plan, context: PassContext) -> Self:
        """Look at a plan and refuse what cannot be done.

        Raises:
            OptionError: If executions have no terms, or fewer shots than randomisations.
            CapabilityError: If an observable projects too many qubits.
        """
        readouts = {}
        for place, execution in enumerate(plan.executions):
            if execution.role != "main" or execution.observables:
                continue
            if execution.reading is None:
                raise OptionError(
                    "trex corrects expectation values, and here are none.",
                    remedy="Use it with Estimator; with Sampler, name the pass 'readout'.",
                )
            readouts[place] = Readout.of(execution)
            readouts[place].check()
        return cls(plan, context, readouts, _count(readouts.values(), context.options.num_randomizations))

    def multipliers(self) -> tuple[float, float, int]:
        """By what circuits and shots are multiplied, and the calibrations' shots."""
        circuits = shots = extra = 0
        before = sum(execution.size for execution in self.plan.executions)
        for readout in self.readouts.values():
            execution, count = readout.execution, self._own_count(readout.execution)
            each = count * execution.size * shots_each(execution.shots, count)
            circuits += count * execution.size
            shots += count * execution.size if readout.projects else each
            extra += each if readout.projects else 0
        extra += sum(self.count * self._calibration_shots(one) for one in self._calibrations.values())
        rest = [e for place, e in enumerate(self.plan.executions) if place not in self.readouts]
        circuits += sum(execution.size for execution in rest)
        shots += sum(execution.size * execution.shots for execution in rest)
        return circuits / max(1, before), shots / max(1, self.plan.total_shots), extra

    def variance(self, target: Target) -> float:
        """By what the division multiplies the variance of the term read off the worst qubits, as declared."""
        largest = 1.0
        for qubits, calibration in self._calibrations.items():
            slopes = np.array([1 - 2 * _readout_error(target, qubit) for qubit in qubits])
            for row, _ in calibration.rows.values():
                with np.errstate(divide="ignore", over="ignore"):
                    largest = max(largest, float(np.prod(slopes[row]) ** -2.0))
        return largest

    def executions(self) -> tuple[tuple[Execution, ...], tuple[BlockNote, ...]]:
        """The executions, calibrations last, and what the fold must know of each block."""
        rng, target = self.context.rng, self.context.backend.target
        notes = Notes(
            {qubits: {key: index for key, (_, index) in one.rows.items()} for qubits, one in self._calibrations.items()}
        )
        made: list[Execution] = []
        for place, execution in enumerate(self.plan.executions):
            if place not in self.readouts:
                made.append(execution)
                continue
            readout = self.readouts[place]
            wide = flipped(execution, readout.finals, self._flips(readout, rng), target)
            number, first, paulis = notes.add(readout)
            wide = attrs.evolve(wide, coords={**wide.coords, BLOCK: float(number)})
            if readout.projects:
                clbits = [final.clbit for final in readout.finals]
                reading = parities(paulis, first + np.arange(len(paulis)), clbits, wide.num_bytes)
                made.append(attrs.evolve(wide, role=PROJECTED, reading=reading))
                wide = attrs.evolve(wide, shots=1)
            made.append(wide)
        made += [self._calibrated(qubits, one) for qubits, one in self._calibrations.items()]
        return tuple(made), notes.blocks()

    def _flips(self, readout: Readout, rng: np.random.Generator) -> NDArray[np.bool_]:
        """Flips of each point; those of another pass's randomisations are balanced together."""
        execution, bits = readout.execution, len(readout.finals)
        own, others = self._own_count(execution), _randomizations(execution)
        if execution.axes[-1:] == ("randomization",):
            flips = balanced_flips(rng, execution.sweep[:-1], others * own, bits)
            return flips.reshape(*execution.sweep, own, bits)
        return balanced_flips(rng, execution.sweep, own, bits)

    def _own_count(self, execution: Execution) -> int:
        return -(-self.count // _randomizations(execution))

    @cached_property
    def _calibrations(self) -> dict[tuple[int, ...], _Calibration]:
        """By measured qubits."""
        found: dict[tuple[int, ...], _Calibration] = {}
        seen: set[tuple[int, tuple[int, ...]]] = set()
        total = 0
        for readout in self.readouts.values():
            calibration = found.setdefault(readout.qubits, _Calibration())
            calibration.users.append(readout.execution)
            if (key := (id(readout.execution.reading), readout.qubits)) in seen:
                continue
            seen.add(key)
            rows = [readout.paulis()[1], *(paulis for _, paulis, _ in readout.projectors())]
            for row in np.concatenate(rows):
                if row.any() and row.tobytes() not in calibration.rows:
                    calibration.rows[row.tobytes()] = (row, total)
                    total += 1
        return found

    def _calibration_shots(self, calibration: _Calibration) -> int:
        """Shots of each of a calibration's randomisations."""
        most = max(execution.shots * _randomizations(execution) for execution in calibration.users)
        return shots_each(math.ceil(most * self.context.options.calibration_share), self.count)

    def _calibrated(self, qubits: tuple[int, ...], calibration: _Calibration) -> Execution:
        rng, like = self.context.rng, calibration.users[0]
        flips = balanced_flips(rng, (), self.count, len(qubits))
        width = max(execution.circuit.num_qubits for execution in calibration.users)
        circuit, values = empty_circuit(qubits, flips, width, self.context.backend.target)
        rows, indices = zip(*calibration.rows.values(), strict=True)
        num_bytes = (len(qubits) + 7) // 8
        made = Execution(
            circuit=circuit,
            values=values,
            shots=self._calibration_shots(calibration),
            memory=False,
            seed=None if like.seed is None else int(rng.integers(1 << 31)),
            settings=like.settings,
            axes=(AXIS,),
            pub=-1,
            role=ROLE,
            reading=parities(np.array(rows), np.array(indices), range(len(qubits)), num_bytes),
        )
        return with_flips(made, {bit: flips[:, bit] for bit in range(len(qubits))})


def _randomizations(execution: Execution) -> int:
    """How many randomisations of each point another pass has drawn; each gets flips of its own."""
    return math.prod(
        size for axis, size in zip(execution.axes, execution.sweep, strict=True) if axis == "randomization"
    )


def _readout_error(target: Target, qubit: int) -> float:
    """Probability of a wrong bit as the target declares it, or 0."""
    if "measure" not in target.operation_names:
        return 0.0
    properties = (target["measure"] or {}).get((qubit,))
    return 0.0 if properties is None or properties.error is None else float(properties.error)


def _count(readouts: Iterable[Readout], wanted: int | str) -> int:
    """Randomisations of a point.

    Raises:
        OptionError: If a pub has fewer shots.
    """
    most: dict[int, int] = {}
    for readout in readouts:
        execution = readout.execution
        shots = execution.shots * _randomizations(execution)
        most[execution.pub] = max(most.get(execution.pub, 1), shots)
    if not isinstance(wanted, str):
        for pub, shots in most.items():
            if shots < wanted:
                raise OptionError(
                    f"trex.num_randomizations is {wanted}, but pub {pub} has {shots} shots a point.",
                    remedy=f"Ask for at most {shots} randomisations, or for more shots.",
                )
        return int(wanted)
    return min(_AUTO, 1 << (max(most.values(), default=1).bit_length() - 1))
