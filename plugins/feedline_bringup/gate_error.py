# SPDX-License-Identifier: Apache-2.0
"""Errors of gates and of measurements, as a run found them, put where the target has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from feedline_hal.calibration.calibration_set import CalibrationSet

from .experiment import Finding
from .routine.limit import coherence_limit
from .run import Step
from .state import State

_HALF_TURNS = 2
"""Pulses of a Clifford gate in one-qubit benchmarking."""


def with_errors(calibrations: CalibrationSet, steps: Sequence[Step]) -> CalibrationSet:
    """The set with errors of what was measured in a run; what was not keeps what it has.

    ``sx`` and ``x`` have half of a Clifford gate's error, ``cz`` its own, ``measure`` the mean of both misreadings,
    ``id`` what decay alone makes. A fit below zero tells no error.

    Args:
        calibrations: The set.
        steps: What ran, in order; of several of a kind the last one counts.
    """
    errors: dict[tuple[str, tuple[int, ...]], float] = {}
    for step in steps:
        for finding in step.findings:
            if not finding.problem:
                errors.update(_told(step.routine.name, finding))
    if steps:
        errors |= dict(_idle(calibrations, steps[-1].after))
    made = [
        attrs.evolve(one, error=errors[one.gate, qubits]) if (one.gate, qubits) in errors else one
        for one in calibrations.calibrations
        for qubits in [tuple(qubit for qubit in one.qubits if qubit is not None)]
    ]
    return attrs.evolve(calibrations, calibrations=made)


def _told(routine: str, finding: Finding) -> Iterator[tuple[tuple[str, tuple[int, ...]], float]]:
    """What one finding says of gates."""
    if routine == "assignment":
        yield ("measure", finding.qubits), (finding.value("misread_0") + finding.value("misread_1")) / 2
    elif routine in ("rb", "rb-pairs") and 0 < finding.value("error") < 1:
        error = finding.value("error")
        if routine == "rb":
            yield from ((((gate, finding.qubits), error / _HALF_TURNS)) for gate in ("sx", "x"))
        else:
            yield from (((("cz", order), error)) for order in (finding.qubits, finding.qubits[::-1]))


def _idle(calibrations: CalibrationSet, state: State) -> Iterator[tuple[tuple[str, tuple[int, ...]], float]]:
    for one in calibrations.calibrations:
        if one.gate != "id" or len(one.qubits) != 1 or one.qubits[0] is None:
            continue
        facts = state.fact(one.qubits[0])
        if facts.t1_s and facts.t2_s:
            duration_s = float(one.schedule.duration_s)
            yield ("id", (one.qubits[0],)), coherence_limit(duration_s, [(facts.t1_s, facts.t2_s)])
