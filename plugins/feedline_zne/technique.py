# SPDX-License-Identifier: Apache-2.0
"""The pass ``zne``: the same circuit with more noise, and a fit to what it would give with none."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import numpy as np

from feedline.passes import Cost, Estimate, PassContext, Stage
from feedline.plan import Plan

from .case import Case, tasks_of
from .choice import chosen
from .inverse import Inverses
from .options import ZneOptions
from .whole import folded_whole

AXIS = "noise_factor"
_CASE = "zne_case"
"""Axis of length 1 by which a fold finds its case among the notes."""


class Zne:
    """Zero-noise extrapolation with folded circuits.

    Every gate G on two or more qubits becomes G (G^-1 G)^n, in gates that the target has. Nothing between
    here and the device joins or cancels gates, so no barrier is put between them, and idle qubits wait no
    longer than they must. Noise factors are those that the circuit realises. What has no inverse, such as
    pulse gates, stays as it is and counts as noise that is not amplified.

    Sources: Temme, Bravyi, Gambetta, PRL 119, 180509 (2017); Giurgica-Tiron et al., arXiv:2005.10921 (2020).
    """

    name = "zne"
    options: type = ZneOptions
    stage = Stage.AMPLIFY
    needs: frozenset[str] = frozenset()
    conflicts: frozenset[str] = frozenset({"pec", "pea"})

    def cost(self, plan: Plan, context: PassContext) -> Cost:
        """Circuits and shots as they will be; the variance is the limit of weak noise, the worst of all pubs."""
        tasks = tasks_of(plan, context)
        if not tasks:
            return Cost()
        sizes = [task.execution.size for task in tasks]
        circuits = sum(size * len(task.split) for task, size in zip(tasks, sizes, strict=True))
        shots = sum(size * sum(task.split) for task, size in zip(tasks, sizes, strict=True))
        before = sum(size * task.execution.shots for task, size in zip(tasks, sizes, strict=True))
        return Cost(circuits=circuits / sum(sizes), shots=shots / before, variance=max(task.variance for task in tasks))

    def widen(self, plan: Plan, context: PassContext) -> Plan:
        """Give each main execution siblings with more noise."""
        tasks = {id(task.execution): task for task in tasks_of(plan, context)}
        inverses = Inverses(context.backend.target)
        cases: dict[int, Case] = {}
        executions = []
        for execution in plan.executions:
            task = tasks.get(id(execution))
            if task is None:
                executions.append(execution)
                continue
            cases[task.number] = task.case
            for factor, folds, shots in zip(task.case.factors, task.case.folds, task.split, strict=True):
                circuit = execution.circuit
                if folds.any():
                    is_whole = context.options.amplifier == "global"
                    counts = folds.tolist()
                    circuit = folded_whole(task.scan, counts, inverses) if is_whole else task.scan.folded(counts)
                coords = {**execution.coords, _CASE: float(task.number), AXIS: factor}
                executions.append(attrs.evolve(execution, circuit=circuit, shots=shots, coords=coords))
        return attrs.evolve(plan, executions=tuple(executions), notes={**plan.notes, self.name: cases})

    def fold(self, estimate: Estimate, calibration: Mapping[str, Estimate], context: PassContext) -> Estimate:
        """Extrapolate every term of every point with the first acceptable model."""
        case: Case = context.note[int(estimate.coords[_CASE][0])]
        estimate = estimate.reduced(_CASE, estimate.mean.squeeze(estimate.axis(_CASE)))
        values = np.moveaxis(estimate.mean, estimate.axis(AXIS), 0)
        factors, rest = estimate.coords[AXIS], values.shape[2:]
        told = {**case.told, "noise_factors": factors.tolist()}
        if len(factors) == 1:
            return estimate.reduced(AXIS, values[0], zne=told)
        asymptote = context.options.asymptote
        ranges = case.ranges(rest[-1], int(np.prod(rest[:-1])), asymptote)
        flat = values.reshape(*values.shape[:2], -1)
        choice = chosen(factors, flat, ranges, case.models, asymptote)
        told |= {
            "values": values[:, 0].tolist(),
            "stds": choice.bars.reshape(len(factors), *rest).tolist(),
            "extrapolator": choice.names.reshape(rest).tolist(),
            "model_spread": choice.model_spread.reshape(rest).tolist(),
            "warnings": [*case.told["warnings"], *choice.warnings],
        }
        return estimate.reduced(AXIS, choice.values.reshape(values.shape[1], *rest), zne=told)
