# SPDX-License-Identifier: Apache-2.0
"""The pass ``readout``: each measured bit becomes the number whose mean is what the qubit was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline.capabilities import MeasLevel
from feedline.errors import PluginError
from feedline.estimation.correction import Correction
from feedline.execution import Execution
from feedline.passes import Cost, Estimate, PassContext, Stage
from feedline.plan import Plan
from feedline.primitives.sampler_fold import Samples
from feedline.rewriting import final_measures

from .calibration import ROLE, Calibrated, calibration, calibration_shots, patterns
from .option import ReadoutOptions
from .quasi import quasi_probabilities


class Readout:
    """Undoes independent readout errors of qubits, shot by shot, in linear time.

    A qubit in 0 is read with the mean sign ``m + c``, in 1 with ``m - c``; both are measured. The number
    ``(z - m) / c`` stands for a sign z that was read, and its mean is the true sign. A term's value in a shot is
    the product over its qubits, so its mean is exact where qubits are misread independently of each other.

    Source: the tensored inverse of Bravyi, Sheldon, Kandala, McKay, Gambetta, PRA 103, 042605 (2021),
    applied to the observable instead of the counts.
    """

    name = "readout"
    options: type = ReadoutOptions
    stage = Stage.READOUT
    needs: frozenset[str] = frozenset()
    conflicts = frozenset({"trex", "m3"})

    def cost(self, plan: Plan, context: PassContext) -> Cost:
        """The calibration's shots; the variance of the widest term where the target declares readout errors."""
        qubits, like = _measured(plan.executions)
        if like is None:
            return Cost()
        count = len(patterns(len(qubits)))
        shots = count * calibration_shots(_plan_shots(plan), context, count)
        variance = max((_variance(execution, context) for execution in plan.executions), default=1.0)
        return Cost(variance=variance, calibration_shots=shots)

    def widen(self, plan: Plan, context: PassContext) -> Plan:
        """Add the calibration of all qubits that any execution measures last."""
        qubits, like = _measured(plan.executions)
        if like is None:
            return plan
        added = calibration(qubits, like, context, _plan_shots(plan))
        note = Calibrated(qubits=qubits, patterns=patterns(len(qubits)), shots=added[0].shots)
        return attrs.evolve(plan, executions=(*plan.executions, *added), notes={**plan.notes, self.name: note})

    def fold_bits(self, execution: Execution, calibration: Mapping[str, Estimate], context: PassContext) -> Correction:
        """The number that stands for each bit that a final measurement wrote; other bits stay signs.

        Raises:
            PluginError: If the calibration was not measured, or a term needs a bit that no final measurement wrote.
        """
        contrast, middle = self._levels(calibration, context)
        slope = np.ones((len(contrast), execution.circuit.num_clbits))
        offset = np.zeros_like(slope)
        place = {qubit: index for index, qubit in enumerate(context.note.qubits)}
        found = [measure for measure in final_measures(execution.circuit) if measure.qubit in place]
        _check_covered(execution, {measure.clbit for measure in found})
        for measure in found:
            index = place[measure.qubit]
            if contrast[0, index] >= context.options.smallest_contrast:
                slope[:, measure.clbit] = 1 / contrast[:, index]
                offset[:, measure.clbit] = -middle[:, index] / contrast[:, index]
        return Correction(slope=slope, offset=offset)

    def fold(self, estimate: Estimate, calibration: Mapping[str, Estimate], context: PassContext) -> Estimate:
        """Tell what was measured; `fold_bits` has corrected the means."""
        return attrs.evolve(estimate, info={**estimate.info, self.name: self._info(calibration, context)})

    def tell_samples(
        self, samples: Samples, calibration: Mapping[str, Estimate], context: PassContext
    ) -> dict[str, Any]:
        """Quasi-probabilities of a Sampler's pub: its shots stay as they were read, they cannot carry weights."""
        if context.note is None or samples.words is None:
            return {self.name: {"shots": "left as they were read", "why": "no classified bits of a final measurement"}}
        written = sorted(measure.clbit for measure in final_measures(samples.execution.circuit))
        info = {"shots": "left as they were read", "clbits": written, **self._info(calibration, context)}
        correction = self.fold_bits(samples.execution, calibration, context)
        return {self.name: {**info, **quasi_probabilities(samples, correction)}}

    def _levels(
        self, calibration: Mapping[str, Estimate], context: PassContext
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        if context.note is None or ROLE not in calibration:
            raise PluginError(
                "Pass 'readout' has no calibration: no execution with the role 'readout' was measured.",
                remedy="Run the plan that its widen returned, with every execution in it.",
            )
        note: Calibrated = context.note
        return note.levels(calibration[ROLE], symmetric=context.options.symmetric)

    def _info(self, calibration: Mapping[str, Estimate], context: PassContext) -> dict[str, Any]:
        if context.note is None:
            return {"why": "no shots of a final measurement to correct"}
        contrast, middle = self._levels(calibration, context)
        note: Calibrated = context.note
        left = [qubit for qubit, c in zip(note.qubits, contrast[0], strict=True) if c < _least(context)]
        info: dict[str, Any] = {
            "options": attrs.asdict(context.options),
            "calibration_shots": note.shots * len(note.patterns),
            "qubits": list(note.qubits),
            "error_of_0": ((1 - contrast[0] - middle[0]) / 2).tolist(),
            "error_of_1": ((1 - contrast[0] + middle[0]) / 2).tolist(),
        }
        if left:
            info["left_raw"] = left
            info["warnings"] = [
                f"Qubits {left} tell 0 from 1 with a contrast below readout.smallest_contrast "
                f"({_least(context):g}); what they read was left as it was."
            ]
        return info


def _least(context: PassContext) -> float:
    return float(context.options.smallest_contrast)


def _check_covered(execution: Execution, clbits: set[int]) -> None:
    if execution.reading is None:
        return
    used = np.unpackbits(execution.reading.parity | execution.reading.mask, axis=1)[:, ::-1].any(axis=0)
    lacking = sorted(set(np.flatnonzero(used).tolist()) - clbits)
    if lacking:
        raise PluginError(
            f"Pass 'readout' cannot correct classical bits {lacking} of circuit '{execution.circuit.name}': no "
            "measurement that was calibrated writes them last.",
            remedy="A pass that widens the plan later must leave final measurements final, and on their qubits.",
        )


def _measured(executions: Iterable[Execution]) -> tuple[tuple[int, ...], Execution | None]:
    """Qubits that executions measure last, and one of these executions."""
    qubits: set[int] = set()
    like = None
    for execution in executions:
        if execution.role != "main" or execution.observables or execution.meas_level is not MeasLevel.CLASSIFIED:
            continue
        found = final_measures(execution.circuit)
        qubits.update(measure.qubit for measure in found)
        if found and (like is None or execution.circuit.num_qubits > like.circuit.num_qubits):
            like = execution
    return tuple(sorted(qubits)), like


def _plan_shots(plan: Plan) -> int:
    return max(execution.shots for execution in plan.executions if execution.role == "main")


def _variance(execution: Execution, context: PassContext) -> float:
    """By how much the widest term's variance grows with the declared errors."""
    if execution.reading is None:
        return 1.0
    target = context.backend.target
    growth = np.zeros(8 * execution.num_bytes)
    for measure in final_measures(execution.circuit):
        known = (target["measure"] or {}).get((measure.qubit,)) if "measure" in target.operation_names else None
        error = getattr(known, "error", None) or 0.0
        growth[measure.clbit] = -2 * np.log(max(1 - 2 * error, _least(context)))
    used = np.unpackbits(execution.reading.parity | execution.reading.mask, axis=1)[:, ::-1]
    return float(np.exp((used @ growth).max(initial=0.0)))
