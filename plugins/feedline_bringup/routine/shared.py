# SPDX-License-Identifier: Apache-2.0
"""What several routines need: findings of one qubit, curves, groups of qubits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs
import numpy as np

from feedline_bringup.experiment import Curve, Finding, Plan
from feedline_bringup.fitting import Array, Fit, Measured
from feedline_bringup.state import State
from feedline_hal.calibration.calibration_set import CalibrationSet
from feedline_hal.pulse.waveform import Waveform

RATE_HZ = 1e9
"""Rate at which areas of pulses are added up."""


def only_value(plan: Plan, place: int = 0) -> Array:
    """The values of a sweep over one parameter."""
    return next(iter(plan.sweeps[place].values.values()))


def evolved(state: State, calibrations: CalibrationSet) -> State:
    """The state with another set."""
    return attrs.evolve(state, calibrations=calibrations)


def found(
    qubit: int, values: Mapping[str, Measured], curves: Sequence[Curve], labels: tuple[str, str], problem: str
) -> Finding:
    """A finding of one qubit."""
    return Finding(qubits=(qubit,), values=values, curves=curves, labels=labels, problem=problem)


def curve_of(x: Array, y: Array, error: Array, fitted: Fit, *, scale: float = 1.0, label: str = "") -> Curve:
    """Data, and the fit drawn finely; x is divided by the scale."""
    fine = np.linspace(float(x.min()), float(x.max()), 400)
    return Curve(x=x / scale, y=y, error=error, line=(fine / scale, fitted(fine)), label=label)


def apart(state: State, qubits: Sequence[int]) -> list[list[int]]:
    """Groups of qubits without a two-qubit gate between any of a group."""
    pairs = {frozenset(one.qubits) for one in state.calibrations.calibrations if len(one.qubits) == 2}
    groups: list[list[int]] = []
    for qubit in qubits:
        for group in groups:
            if not any(frozenset((qubit, other)) in pairs for other in group):
                group.append(qubit)
                break
        else:
            groups.append([qubit])
    return groups


def area(waveform: Waveform) -> float:
    """The sum of a pulse's real part over time, in seconds."""
    return float(waveform.sample(RATE_HZ).real.sum()) / RATE_HZ
