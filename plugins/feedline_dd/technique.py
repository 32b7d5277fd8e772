# SPDX-License-Identifier: Apache-2.0
"""The pass ``dd``: pulses into idle times, once for each circuit template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
from qiskit import QuantumCircuit
from qiskit.transpiler import Target

from feedline.passes import Cost, Estimate, PassContext, Stage
from feedline.plan import Plan
from feedline.primitives.sampler_fold import Samples

from .option import DynamicalDecouplingOptions
from .schedule import Decoupled, decoupled

_MOST_KEPT = 64


class DynamicalDecoupling:
    """Fills idle times with pulses that undo what the environment, and neighbours, do meanwhile.

    Scheduling and padding are Qiskit's. The staggered sequence is context-aware: A. Seif et al.,
    arXiv:2403.06852 (2024).
    """

    name = "dd"
    options: type = DynamicalDecouplingOptions
    stage = Stage.SCHEDULE
    needs = frozenset({"durations"})
    conflicts: frozenset[str] = frozenset()

    def cost(self, plan: Plan, context: PassContext) -> Cost:
        """Nothing: circuits, shots and variance stay as they are."""
        del plan, context
        return Cost()

    def widen(self, plan: Plan, context: PassContext) -> Plan:
        """Decouple each circuit once, whatever its parameter values are.

        Raises:
            CapabilityError: If the target lacks a sequence's pulses, or its timing constraints are violated.
        """
        done: dict[int, Decoupled] = {}
        executions = []
        for execution in plan.executions:
            made = done.get(id(execution.circuit))
            if made is None:
                made = done[id(execution.circuit)] = _kept(execution.circuit, context)
            executions.append(attrs.evolve(execution, circuit=made.circuit))
        note = tuple(
            (execution.pub, done[id(execution.circuit)]) for execution in plan.executions if execution.role == "main"
        )
        return attrs.evolve(plan, executions=tuple(executions), notes={**plan.notes, self.name: note})

    def fold(self, estimate: Estimate, calibration: Mapping[str, Estimate], context: PassContext) -> Estimate:
        """Tell what was done; there is nothing to reduce."""
        del calibration
        return attrs.evolve(estimate, info={**estimate.info, self.name: _told([d for _, d in context.note], context)})

    def tell_samples(
        self, samples: Samples, calibration: Mapping[str, Estimate], context: PassContext
    ) -> dict[str, Any]:
        """Tell what was done."""
        del calibration
        return {self.name: _told([done for pub, done in context.note if pub == samples.execution.pub], context)}


def _told(done: list[Decoupled], context: PassContext) -> dict[str, Any]:
    told: dict[str, Any] = {
        "options": attrs.asdict(context.options),
        "sequence": sorted({one.sequence or "none" for one in done}),
        "gates_added": [one.added for one in {id(one): one for one in done}.values()],
    }
    if left := list(dict.fromkeys(what for one in done for what in one.left_alone)):
        told["left_alone"] = left
    if rounded := list(dict.fromkeys(what for one in done for what in one.rounded)):
        told["rounded"] = rounded
    return told


_Key = tuple[int, int, DynamicalDecouplingOptions]
_KEPT: dict[_Key, tuple[QuantumCircuit, Target, Decoupled]] = {}


def _kept(circuit: QuantumCircuit, context: PassContext) -> Decoupled:
    """A frozen circuit is decoupled once for all jobs; the oldest go first."""
    target = context.backend.target
    key = (id(circuit), id(target), context.options)
    found = _KEPT.get(key)
    if found is not None and found[0] is circuit and found[1] is target:
        return found[2]
    made = decoupled(circuit, target, context.options)
    while len(_KEPT) >= _MOST_KEPT:
        _KEPT.pop(next(iter(_KEPT)))
    _KEPT[key] = (circuit, target, made)
    return made
