# SPDX-License-Identifier: Apache-2.0
"""Small passes of each shape: one that stacks coordinates, one that adds an axis and a calibration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector

from feedline.execution import Execution
from feedline.passes import Cost, Estimate, PassContext, Stage
from feedline.plan import Plan
from feedline.structure import freeze


@attrs.frozen
class FoldingOptions:
    factors: tuple[int, ...] = (1, 3)


class Folding:
    """Zero-noise extrapolation by folding the whole circuit, linear in the factor."""

    name = "folding"
    options = FoldingOptions
    stage = Stage.AMPLIFY
    needs: frozenset[str] = frozenset()
    conflicts: frozenset[str] = frozenset({"other"})

    def cost(self, plan: Plan, context: PassContext) -> Cost:
        return Cost(circuits=len(context.options.factors), shots=len(context.options.factors))

    def widen(self, plan: Plan, context: PassContext) -> Plan:
        executions = [
            attrs.evolve(
                execution,
                circuit=folded(execution.circuit, factor),
                coords={**execution.coords, "noise_factor": float(factor)},
            )
            for execution in plan.executions
            for factor in context.options.factors
        ]
        return attrs.evolve(plan, executions=tuple(executions))

    def fold(self, estimate: Estimate, calibration: Mapping[str, Estimate], context: PassContext) -> Estimate:
        axis = estimate.axis("noise_factor")
        factors = estimate.coords["noise_factor"]
        weights = np.linalg.pinv(np.stack([np.ones_like(factors), factors], axis=1))[0]
        mean = np.tensordot(estimate.mean, weights, axes=(axis, 0))
        return estimate.reduced("noise_factor", mean, folding={"factors": factors.tolist()})


def folded(circuit: QuantumCircuit, factor: int) -> QuantumCircuit:
    """U (U^-1 U)^k, then the measurements."""
    body = circuit.remove_final_measurements(inplace=False)
    out = circuit.copy_empty_like()
    for turn in range(factor):
        out.barrier()
        out.compose(body.inverse() if turn % 2 else body, inplace=True)
    for instruction in circuit.get_instructions("measure"):
        out.append(instruction)
    return freeze(out)


@attrs.frozen
class FlipOptions:
    num_randomizations: int = 16


class Flip:
    """Readout twirling with a factor measured per term (van den Berg et al., PRA 105, 032620 (2022))."""

    name = "flip"
    options = FlipOptions
    stage = Stage.READOUT
    needs = frozenset({"meas.flip"})
    conflicts: frozenset[str] = frozenset()

    def cost(self, plan: Plan, context: PassContext) -> Cost:
        return Cost(calibration_shots=plan.total_shots)

    def widen(self, plan: Plan, context: PassContext) -> Plan:
        widened = []
        for execution in plan.executions:
            widened.append(flipped(execution, context))
            empty = without_gates(execution)
            widened.append(attrs.evolve(flipped(empty, context), role="flip", coords={}))
        return attrs.evolve(plan, executions=tuple(widened), notes={**plan.notes, "flip": len(widened)})

    def fold(self, estimate: Estimate, calibration: Mapping[str, Estimate], context: PassContext) -> Estimate:
        assert context.note
        factor = calibration["flip"].mean.mean(axis=calibration["flip"].axis("flip"))
        mean = estimate.mean.mean(axis=estimate.axis("flip"))
        shape = (len(factor), *[1] * (mean.ndim - 2), factor.shape[-1])
        return estimate.reduced("flip", mean / factor[:, 0].reshape(shape))


def without_gates(execution: Execution) -> Execution:
    out = execution.circuit.copy_empty_like()
    for instruction in execution.circuit.get_instructions("measure"):
        out.append(instruction)
    return attrs.evolve(execution, circuit=freeze(out), values=np.zeros((1, 0)))


def flipped(execution: Execution, context: PassContext) -> Execution:
    """Flip measured qubits at random, with an axis of randomisations behind the sweep."""
    circuit, count = execution.circuit, context.options.num_randomizations
    measures = [(m.qubits[0], circuit.find_bit(m.clbits[0]).index) for m in circuit.get_instructions("measure")]
    angles = ParameterVector("zzz_flip", len(measures))  # sorts behind the user's parameters
    out = circuit.copy_empty_like()
    for instruction in circuit.data:
        if instruction.name == "measure":
            index = [qubit for qubit, _ in measures].index(instruction.qubits[0])
            out.rx(angles[index], instruction.qubits[0])
        out.append(instruction)
    choice = context.rng.integers(0, 2, (*execution.sweep, count, len(measures)))
    values = np.broadcast_to(execution.values[..., None, :], (*execution.sweep, count, execution.values.shape[-1]))
    flips = np.zeros((*execution.sweep, count, execution.num_bytes * 8), dtype=np.uint8)
    for place, (_, clbit) in enumerate(measures):
        flips[..., execution.num_bytes * 8 - 1 - clbit] = choice[..., place]
    return attrs.evolve(
        execution,
        circuit=freeze(out),
        values=np.concatenate([values, np.pi * choice], axis=-1),
        axes=(*execution.axes, "flip"),
        flips=np.packbits(flips, axis=-1),
        shots=-(-execution.shots // count),
    )


class Broken(Folding):
    """Folds to the wrong shape."""

    name = "broken"

    def fold(self, estimate: Estimate, calibration: Mapping[str, Estimate], context: PassContext) -> Estimate:
        return estimate.reduced("noise_factor", estimate.mean)


class Other(Folding):
    name = "other"


def entry(technique: Any) -> Any:
    from feedline import PassEntry

    return PassEntry(name=technique.name, make=technique)
