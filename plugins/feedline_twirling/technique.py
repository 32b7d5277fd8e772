# SPDX-License-Identifier: Apache-2.0
"""The pass ``twirling``: random one-qubit Cliffords around Clifford gates, so that their noise is a Pauli channel.

Sources: Wallman and Emerson, PRA 94, 052325 (2016); van den Berg, Minev, Temme, PRA 105, 032620 (2022) for readout.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from feedline.passes import Cost, Estimate, PassContext, Stage
from feedline.plan import Plan

from .options import TwirlingOptions
from .widening import AXIS, Widening


class Twirling:
    """Randomised compiling of Clifford two-qubit gates, and of measurements."""

    name = "twirling"
    options: type = TwirlingOptions
    stage = Stage.RANDOMIZE
    needs: frozenset[str] = frozenset()
    conflicts: frozenset[str] = frozenset()

    def cost(self, plan: Plan, context: PassContext) -> Cost:
        """Randomisations multiply circuits; shots are rounded up to fill them."""
        circuits, shots = Widening.of(plan, context).multipliers()
        return Cost(circuits=circuits, shots=shots)

    def widen(self, plan: Plan, context: PassContext) -> Plan:
        """Put frames around gates and before measurements, with an axis of randomisations.

        Raises:
            OptionError: If there are fewer shots than randomisations, or flips cannot be undone.
            CapabilityError: If a measurement is to be twirled on a qubit that cannot be flipped.
        """
        executions, note = Widening.of(plan, context).executions()
        return attrs.evolve(plan, executions=executions, notes={**plan.notes, self.name: note})

    def fold(self, estimate: Estimate, calibration: Mapping[str, Estimate], context: PassContext) -> Estimate:
        """Take the mean over randomisations."""
        del calibration
        told: dict[str, Any] = {"group": context.options.group, **context.note}
        if AXIS not in estimate.axes:
            return attrs.evolve(estimate, info={**estimate.info, self.name: told})
        axis = estimate.axis(AXIS)
        told["num_randomizations"] = estimate.mean.shape[axis]
        return estimate.reduced(AXIS, estimate.mean.mean(axis=axis), twirling=told)
