# SPDX-License-Identifier: Apache-2.0
"""What to say when no calibration holds for a gate: what there is instead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qiskit.circuit import ParameterExpression

from feedline.errors import nearest
from feedline_hal.errors import CalibrationError
from feedline_hal.pulse.value import Value

from .calibration import Calibration

if TYPE_CHECKING:
    from .lookup import Index, Qubits

_MOST = 6


def asked_for(gate: str, qubits: Sequence[int], values: Sequence[Value]) -> str:
    """A gate as errors name it: ``rx(0.5) q0``."""
    inside = ", ".join(str(value) if isinstance(value, ParameterExpression) else f"{value:.12g}" for value in values)
    where = " ".join(f"q{qubit}" for qubit in qubits)
    return f"{gate}{f'({inside})' if inside else ''} {where}".strip()


def missing(index: Index, gate: str, qubits: Qubits, values: tuple[Value, ...]) -> CalibrationError:
    """The error that says why nothing holds, and what is nearest to it."""
    what = f"There is no calibration for {asked_for(gate, qubits, values)}"
    there = index.on(gate, qubits)
    if there:
        return _not_for_values(what, there, values)
    same = [calibration for calibration in index.calibrations if calibration.gate == gate]
    turned = [one for one in same if one.qubits != qubits and sorted(one.qubits, key=str) == sorted(qubits, key=str)]
    if turned:
        return CalibrationError(
            f"{what}; {turned[0].label} exists.",
            remedy="Qubits are never swapped: add a calibration for this order, or write the gate in the other one.",
        )
    if same:
        return CalibrationError(
            f"{what}; on other qubits there is {_labels(same)}.",
            remedy="Map the circuit to those qubits, or add a calibration for these.",
        )
    gates = {calibration.gate for calibration in index.calibrations}
    return CalibrationError(
        f"{what}, and none for '{gate}' on any qubit.",
        remedy=nearest(gate, gates) if gates else "The calibration set is empty: add calibrations to it.",
    )


def _not_for_values(what: str, there: list[Calibration], values: tuple[Value, ...]) -> CalibrationError:
    from .lookup import outside_bounds

    for calibration in there:
        place = outside_bounds(calibration, values)
        if place is not None:
            low, high = calibration.bounds[place] or (0.0, 0.0)
            return CalibrationError(
                f"{what}: {calibration.label} holds from {low:.12g} to {high:.12g} only.",
                remedy="Use a value within these bounds, or transpile for the backend, which wraps angles.",
            )
    counts = sorted({len(calibration.arguments) for calibration in there})
    if len(values) not in counts:
        takes = " or ".join(map(str, counts))
        return CalibrationError(
            f"{what}: it takes {takes} value{'s' * (counts != [1])}, not {len(values)}.",
            remedy=f"There is {_labels(there)}.",
        )
    return CalibrationError(
        f"{what}: there is {_labels(there)} only.",
        remedy="Use one of these values, or add a calibration with a parameter in place of the value.",
    )


def _labels(calibrations: Sequence[Calibration]) -> str:
    shown = ", ".join(calibration.label for calibration in calibrations[:_MOST])
    more = len(calibrations) - _MOST
    return f"{shown} and {more} more" if more > 0 else shown
