# SPDX-License-Identifier: Apache-2.0
"""The pass ``trex``: readout is twirled, and each Pauli divided by the factor that the same twirl shows for it.

Twirled readout error is diagonal in Paulis: whatever its correlations, it multiplies the mean of each Pauli by a
factor that does not depend on the state (van den Berg, Minev, Temme, PRA 105, 032620 (2022)). The factor is measured
for every Pauli by itself, on qubits in their ground state, and not put together from rates of single qubits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from feedline.passes import Cost, Estimate, PassContext, Stage
from feedline.plan import Plan

from .factor import BLOCK, divided
from .flipping import AXIS
from .options import TrexOptions
from .widening import Widening


class Trex:
    """Twirled readout error extinction."""

    name = "trex"
    options: type = TrexOptions
    stage = Stage.READOUT
    needs: frozenset[str] = frozenset()
    conflicts: frozenset[str] = frozenset({"readout", "m3"})

    def cost(self, plan: Plan, context: PassContext) -> Cost:
        """Randomisations multiply circuits, the calibrations cost shots, the division costs variance."""
        widening = Widening.of(plan, context)
        if not widening.readouts:
            return Cost()
        circuits, shots, calibration_shots = widening.multipliers()
        variance = widening.variance(context.backend.target)
        return Cost(circuits=circuits, shots=shots, variance=variance, calibration_shots=calibration_shots)

    def widen(self, plan: Plan, context: PassContext) -> Plan:
        """Flip bits at random before every final measurement, and add a calibration per set of measured qubits.

        Raises:
            OptionError: If the plan has no terms to correct, or fewer shots than randomisations.
            CapabilityError: If a measured qubit cannot be flipped, or an observable projects too many qubits.
        """
        widening = Widening.of(plan, context)
        if not widening.readouts:
            return plan
        executions, note = widening.executions()
        return attrs.evolve(plan, executions=executions, notes={**plan.notes, self.name: note})

    def fold(self, estimate: Estimate, calibration: Mapping[str, Estimate], context: PassContext) -> Estimate:
        """Take the mean over flips and divide each Pauli's by its factor."""
        mean, info = divided(estimate, calibration, context.note)
        told: dict[str, Any] = {"num_randomizations": estimate.mean.shape[estimate.axis(AXIS)], **info}
        return estimate.reduced(AXIS, estimate.mean).reduced(BLOCK, mean, trex=told)
