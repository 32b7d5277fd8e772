# SPDX-License-Identifier: Apache-2.0
"""Cases: what is done to all executions of one circuit, whatever basis they measure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline.errors import CapabilityError, InputError
from feedline.execution import Execution
from feedline.passes import PassContext
from feedline.plan import Plan
from feedline.reading import Reading

from .choice import Ranges
from .folding import Census, Scan, folds_for, order_of, scanned
from .inverse import Inverses
from .options import FREE, ZneOptions
from .shots import shots_of, variance_multiplier

STRETCH = "pulse.stretch"
"""Token of a backend that has its gates calibrated at several lengths."""


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Case:
    """What is done to the executions of one circuit.

    Attributes:
        factors: Realised noise factors, ascending.
        folds: How often each gate is folded, one array per factor.
        models: Extrapolators that the factors are enough for.
        degree: Of the polynomial that the first of them is where noise is weak.
        mixed, lowest: By term, its value in the fully mixed state and its lowest value.
        told: What goes into the information.
    """

    factors: tuple[float, ...]
    folds: tuple[NDArray[np.int64], ...]
    models: tuple[str, ...]
    degree: int
    told: Mapping[str, Any]
    mixed: dict[int, float] = attrs.field(factory=dict)
    lowest: dict[int, float] = attrs.field(factory=dict)

    def ranges(self, num_terms: int, points: int, asymptote: float | str | None) -> Ranges:
        """What values can be, terms repeated for each point."""
        mixed, lowest = np.zeros(num_terms), np.full(num_terms, -1.0)
        mixed[list(self.mixed)] = list(self.mixed.values())
        lowest[list(self.lowest)] = list(self.lowest.values())
        if asymptote is not None and asymptote != FREE:
            mixed[:] = float(asymptote)
        return Ranges(lowest=np.tile(lowest, points), asymptotes=np.tile(mixed, points))

    def learn_terms(self, reading: Reading) -> None:
        """Note what the terms of a basis can be: those without a parity are projectors."""
        sizes = np.bitwise_count(reading.mask).sum(axis=1)
        is_pauli = reading.parity.any(axis=1)
        self.mixed.update(zip(reading.terms.tolist(), np.where(is_pauli, 0.0, 0.5**sizes).tolist(), strict=True))
        self.lowest.update(zip(reading.terms.tolist(), np.where(is_pauli, -1.0, 0.0).tolist(), strict=True))


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Task:
    """An execution that is to be amplified.

    Attributes:
        execution: The execution.
        scan: What its circuit has to fold.
        number: Of its case.
        case: Its case.
        split: Shots of each factor.
    """

    execution: Execution
    scan: Scan
    number: int
    case: Case
    split: tuple[int, ...]

    @property
    def variance(self) -> float:
        """By how much the extrapolation multiplies the variance, where noise is weak."""
        return variance_multiplier(self.execution.shots, self.case.factors, self.case.degree, self.split)


def tasks_of(plan: Plan, context: PassContext) -> list[Task]:
    """What is to be done to the main executions of a plan.

    Raises:
        CapabilityError: If there is nothing to extrapolate, or the backend cannot amplify as asked.
        InputError: If factors cannot be told apart in a circuit, or shots are too few.
    """
    options: ZneOptions = context.options
    _check_amplifier(options, context)
    inverses, seed = Inverses(context.backend.target), int(context.rng.integers(2**63))
    cases: dict[tuple[int, int], tuple[int, Case]] = {}
    tasks = []
    for execution in plan.executions:
        if execution.role != "main":
            continue
        _check_execution(execution)
        scan, census = scanned(execution.circuit, inverses)
        key = (execution.pub, getattr(execution.tag, "block", 0))
        if key not in cases:
            rng = np.random.default_rng([seed, execution.pub])
            cases[key] = len(cases), _case(execution, census, options, rng)
        number, case = cases[key]
        assert execution.reading is not None
        case.learn_terms(execution.reading)
        split = shots_of(execution.shots, case.factors, case.degree, options.shots)
        tasks.append(Task(execution=execution, scan=scan, number=number, case=case, split=tuple(split)))
    return tasks


def _case(execution: Execution, census: Census, options: ZneOptions, rng: np.random.Generator) -> Case:
    told: dict[str, Any] = {"amplifier": options.amplifier, "requested_factors": list(options.factors)}
    warnings = []
    if census.left_alone:
        told["left_alone"] = dict(census.left_alone)
    if not census.weights:
        warnings.append("left out: the circuit has no gate on two or more qubits that could be folded")
        return Case(
            factors=(1.0,), folds=(np.zeros(0, np.int64),), models=(), degree=0, told={**told, "warnings": warnings}
        )
    realised = _realised(census, options, rng)
    factors = tuple(sorted(realised))
    models = tuple(name for name in options.extrapolator if options.degree(name) < len(factors))
    if len(factors) < 2 or not models:
        raise InputError(
            f"Pub {execution.pub}: the {len(census.weights)} gates of circuit '{execution.circuit.name}' that can be "
            f"folded realise the noise factors {options.factors} as {factors}, too few for {options.extrapolator}.",
            remedy="Ask for odd factors, which every circuit realises, or factors that are farther apart.",
        )
    if len(factors) < len(options.factors):
        warnings.append(f"noise factors that the circuit realises alike are merged: {factors}")
    warnings += [
        f"{name}: left out, the realised factors are too few" for name in options.extrapolator if name not in models
    ]
    if census.branches:
        warnings.append("gates in branches and loops of unknown length count once in the realised noise factors")
    told |= {"weighted_by": "errors of the target" if census.knows_errors else "number of gates", "warnings": warnings}
    return Case(
        factors=factors,
        folds=tuple(realised[factor] for factor in factors),
        models=models,
        degree=options.degree(models[0]),
        told=told,
    )


def _realised(census: Census, options: ZneOptions, rng: np.random.Generator) -> dict[float, NDArray[np.int64]]:
    """Folds of each gate, by the noise factor that they realise."""
    made: dict[float, NDArray[np.int64]] = {}
    for factor in options.factors:
        amplifier = "gate_folding_back" if options.amplifier == "global" else options.amplifier
        folds = folds_for(census.weights, order_of(amplifier, len(census.weights), rng), factor)
        made.setdefault(census.realised(folds), folds)
    return made


def _check_amplifier(options: ZneOptions, context: PassContext) -> None:
    if options.amplifier != "pulse_stretch":
        return
    backend = context.backend
    lacks = STRETCH not in backend.capabilities.tokens
    raise CapabilityError(
        f"zne.amplifier is 'pulse_stretch', which backend '{backend.name}' "
        + (
            f"cannot do: it does not publish {STRETCH}." if lacks else "publishes, but the pass 'zne' does not use yet."
        ),
        remedy="Set zne.amplifier to 'gate_folding'.",
    )


def _check_execution(execution: Execution) -> None:
    if not execution.shots:
        raise CapabilityError(
            f"Pub {execution.pub} asks for exact values, which pass 'zne' does not extrapolate.",
            remedy="Ask for a precision above 0, or leave the pass out.",
        )
    if execution.reading is None:
        raise CapabilityError(
            f"Pass 'zne' extrapolates expectation values; circuit '{execution.circuit.name}' asks for outcomes.",
            remedy="Use an Estimator, or leave the pass out.",
        )
