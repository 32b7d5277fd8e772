# SPDX-License-Identifier: Apache-2.0
"""The plan with randomisations, and what that costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Self

import attrs
import numpy as np
from qiskit import QuantumCircuit

from feedline.capabilities import MeasLevel
from feedline.errors import OptionError
from feedline.execution import Execution
from feedline.passes import PassContext
from feedline.plan import Plan
from feedline.rewriting import columns_of, shots_each, unused_name, with_flips
from feedline.rotation import CLIFFORDS, Floats
from feedline.structure import freeze

from .drawing import Drawn, Group, draw, framed_circuit, grouped, write_values
from .options import TwirlingOptions
from .template import Tables, Template, template

AXIS = "randomization"
"""Name of the axis of randomisations."""

_AUTO, _LEAST_AUTO = 32, 16


@attrs.define(slots=False, eq=False)
class Widening:
    """How a plan is widened.

    Attributes:
        plan: The plan as it is.
        context: Options, backend and randomness.
        templates: Of the executions that are twirled, by their index in the plan.
        left_alone: Operations that are not twirled, as in `Template`, the most of any execution.
    """

    plan: Plan
    context: PassContext
    templates: dict[int, Template]
    left_alone: Counter[str]

    @classmethod
    def of(cls, plan: Plan, context: PassContext) -> Self:
        """Look at a plan and refuse what cannot be done.

        Raises:
            OptionError: If flips of measurements cannot be undone.
            CapabilityError: If a measurement is to be twirled on a qubit that cannot be flipped.
        """
        options: TwirlingOptions = context.options
        tables = Tables(context.backend.target, len(CLIFFORDS) if options.group == "local_c1" else 4)
        with_gates = _twirls_gates(context)
        found = {
            place: template(execution, tables, with_gates=with_gates, with_flips=_twirls_bits(execution, options))
            for place, execution in enumerate(plan.executions)
            if execution.role == "main" and not execution.observables
        }
        pubs = {plan.executions[place].pub for place, one in found.items() if one.frames}
        left_alone = Counter[str]()
        for one in found.values():
            left_alone |= one.left_alone
        twirled = {place: one for place, one in found.items() if plan.executions[place].pub in pubs}
        return cls(plan, context, twirled, left_alone)

    def multipliers(self) -> tuple[float, float]:
        """By what circuits and shots are multiplied."""
        circuits = shots = before = 0
        for place, execution in enumerate(self.plan.executions):
            count, each = self._split(execution) if place in self.templates else (1, execution.shots)
            before += execution.size
            circuits += count * execution.size
            shots += count * each * execution.size
        return circuits / max(1, before), shots / max(1, self.plan.total_shots)

    def executions(self) -> tuple[tuple[Execution, ...], dict[str, Any]]:
        """The executions, and what there is to tell."""
        made = [
            self._twirled(execution, self.templates[place]) if place in self.templates else execution
            for place, execution in enumerate(self.plan.executions)
        ]
        return tuple(made), self._told()

    def _twirled(self, execution: Execution, form: Template) -> Execution:
        rng, options = self.context.rng, self.context.options
        count, shots = self._split(execution)
        groups = grouped(form.frames, Tables(self.context.backend.target, 4))
        name = unused_name("twirling", {parameter.name.split("[")[0] for parameter in execution.circuit.parameters})
        circuit = freeze(framed_circuit(form, groups, name))
        drawn = draw(form, execution.sweep, count, rng, is_balanced=options.group == "balanced_pauli")
        flips = execution.flips
        if flips is not None:
            flips = np.repeat(flips[..., None, :], count, axis=-2)
        wide = attrs.evolve(
            execution,
            circuit=circuit,
            values=_values(execution, circuit, groups, drawn),
            axes=(*execution.axes, AXIS),
            shots=shots,
            flips=flips,
        )
        return with_flips(wide, {final.clbit: drawn.flips[..., n] for n, final in enumerate(form.flipped)})

    def _split(self, execution: Execution) -> tuple[int, int]:
        """Randomisations of a point, and shots of each."""
        count = self._counts[execution.pub]
        each = self.context.options.shots_per_randomization
        both = not isinstance(each, str) and not isinstance(self.context.options.num_randomizations, str)
        return count, int(each) if both else shots_each(execution.shots, count)

    @cached_property
    def _counts(self) -> dict[int, int]:
        """Randomisations by pub."""
        shots: dict[int, list[int]] = {}
        for place in self.templates:
            execution = self.plan.executions[place]
            shots.setdefault(execution.pub, []).append(execution.shots)
        return {pub: _count(pub, mine, self.context.options) for pub, mine in shots.items()}

    def _told(self) -> dict[str, Any]:
        told: dict[str, Any] = {"enable_gates": _twirls_gates(self.context)}
        told["enable_measure"] = any(form.flipped for form in self.templates.values())
        told["twirled_gates"] = max((len(form.tables) for form in self.templates.values()), default=0)
        if self.left_alone:
            told["left_alone"] = dict(self.left_alone)
        if not told["enable_gates"] and self.context.options.enable_gates is None:
            told["note"] = "The backend declares its noise Pauli already; gates are not twirled."
        return told


def _values(execution: Execution, circuit: QuantumCircuit, groups: Sequence[Group], drawn: Drawn) -> Floats:
    """The execution's values and those of the frames, in the order of the circuit's parameters.

    The frames' parameters are one vector and stay together, so that they are written at once.
    """
    own, parameters = columns_of(execution), circuit.parameters
    count, frames = drawn.before.shape[-2], groups[-1].columns.stop if groups else 0
    made = np.empty((execution.size, count, len(parameters)))
    others = [column for column, parameter in enumerate(parameters) if parameter in own]
    first = next((place for place, column in enumerate(others) if column != place), len(others))
    write_values(groups, drawn, execution.sweep, made[..., first : first + frames])
    for column in others:
        made[..., column] = own[parameters[column]].reshape(-1, 1)
    return made.reshape(*execution.sweep, count, len(parameters))


def _twirls_gates(context: PassContext) -> bool:
    wanted = context.options.enable_gates
    return "noise.pauli" not in context.backend.capabilities.tokens if wanted is None else bool(wanted)


def _twirls_bits(execution: Execution, options: TwirlingOptions) -> bool:
    """Whether an execution's measured bits are flipped.

    Raises:
        OptionError: If that is asked for and its data are no bits.
    """
    has_bits = execution.meas_level is MeasLevel.CLASSIFIED
    if options.enable_measure and not has_bits:
        raise OptionError(
            f"twirling.enable_measure is True, but pub {execution.pub} asks for {execution.meas_level.value} data, "
            "in which no flip can be undone.",
            remedy='Set it to False, or options.execution.meas_type to "classified".',
        )
    if options.enable_measure is None:
        return has_bits and execution.reading is None
    return options.enable_measure


def _count(pub: int, shots: Sequence[int], options: TwirlingOptions) -> int:
    """Randomisations of a pub.

    Raises:
        OptionError: If it has fewer shots.
    """
    most, wanted, each = max(shots), options.num_randomizations, options.shots_per_randomization
    if not isinstance(wanted, str):
        if most < wanted and isinstance(each, str):
            raise OptionError(
                f"twirling.num_randomizations is {wanted}, but pub {pub} has {most} shots a point.",
                remedy=f"Ask for at most {most} randomisations, or for more shots.",
            )
        return int(wanted)
    if not isinstance(each, str):
        return shots_each(most, int(each))
    if len(set(shots)) == 1:  # a divisor, so that nothing is rounded up
        for count in range(min(_AUTO, most), _LEAST_AUTO - 1, -1):
            if most % count == 0:
                return count
    return min(_AUTO, most)
