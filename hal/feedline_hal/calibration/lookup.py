# SPDX-License-Identifier: Apache-2.0
"""Which calibration holds for a gate: literals over parameters, named qubits over wildcards."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from qiskit.circuit import Parameter, ParameterExpression

from feedline_hal.errors import CalibrationError
from feedline_hal.pulse.value import Value, plain

from .calibration import Argument, Calibration

if TYPE_CHECKING:
    from .calibration_set import CalibrationSet

TOLERANCE = 1e-12
"""How far, relatively, a value may be from the literal that it matches; there is no reduction modulo 2 pi."""

Qubits = tuple[int, ...]


class Index:
    """Calibrations by gate and qubits, made once per set.

    Args:
        calibrations: The set's.
    """

    def __init__(self, calibrations: Iterable[Calibration]) -> None:
        self.calibrations = tuple(calibrations)
        self._named: dict[tuple[str, Qubits], list[Calibration]] = {}
        self._any: dict[tuple[str, int], list[Calibration]] = {}
        for calibration in self.calibrations:
            if None in calibration.qubits:
                self._any.setdefault((calibration.gate, len(calibration.qubits)), []).append(calibration)
            else:
                self._named.setdefault((calibration.gate, calibration.qubits), []).append(calibration)  # type: ignore[arg-type]  # no None
        self._plain: dict[tuple[str, Qubits], Calibration] = {}

    def on(self, gate: str, qubits: Qubits) -> list[Calibration]:
        """Those whose gate and qubits fit, wildcards included."""
        wild = self._any.get((gate, len(qubits)), ())
        return self._named.get((gate, qubits), []) + [
            calibration
            for calibration in wild
            if all(own is None or own == qubit for own, qubit in zip(calibration.qubits, qubits, strict=True))
        ]

    def remembered(self, gate: str, qubits: Qubits) -> Calibration | None:
        """What `remember` was told for a gate without values."""
        return self._plain.get((gate, qubits))

    def remember(self, gate: str, qubits: Qubits, calibration: Calibration) -> None:
        """Keep the answer for a gate without values; the next question costs one look-up."""
        self._plain[gate, qubits] = calibration


def find(calibrations: CalibrationSet, gate: str, qubits: Qubits, values: tuple[Value, ...] = ()) -> Calibration:
    """The calibration that holds for a gate on qubits with values.

    Of two that match, one wins if it is at least as special everywhere: a literal is more special than a
    formal parameter, a named qubit than a wildcard. A value that is an expression matches no literal, and
    is within all bounds.

    Raises:
        CalibrationError: If none matches (says why and names the nearest that exists), or two match and
            neither is the more special.

    Source: OpenQASM 3 specification, "Pulse-level descriptions of gates and measurement".
    """
    index = calibrations.index
    if not values:
        known = index.remembered(gate, qubits)
        if known is not None:
            return known
    values = tuple(value if type(value) is float else plain(value) for value in values)
    there = index.on(gate, qubits)
    matching = [calibration for calibration in there if _matches(calibration, values)]
    within = [calibration for calibration in matching if _outside(calibration, values) is None]
    if not within:
        from .missing import missing

        raise missing(index, gate, qubits, values)
    best = within[0] if len(within) == 1 else _most_special(within, gate, qubits, values)
    if not values:
        index.remember(gate, qubits, best)
    return best


def is_same_key(one: Calibration, other: Calibration) -> bool:
    """Whether two are for the same gate, qubits and arguments, so that a set can hold one of them only."""
    return (
        one.gate == other.gate
        and one.qubits == other.qubits
        and len(one.arguments) == len(other.arguments)
        and all(_is_same_argument(*pair) for pair in zip(one.arguments, other.arguments, strict=True))
    )


def coarse_key(calibration: Calibration) -> tuple[object, ...]:
    """What two with the same key have in common, for dictionaries: all but the values of literals."""
    kinds = tuple(isinstance(item, Parameter) for item in calibration.arguments)
    return calibration.gate, calibration.qubits, kinds


def outside_bounds(calibration: Calibration, values: Sequence[Value]) -> int | None:
    """The place of the first value that the calibration does not hold for, if it matches otherwise."""
    return _outside(calibration, values) if _matches(calibration, values) else None


def _matches(calibration: Calibration, values: Sequence[Value]) -> bool:
    arguments = calibration.arguments
    return len(arguments) == len(values) and all(
        isinstance(argument, Parameter) or _is_close(argument, value)
        for argument, value in zip(arguments, values, strict=True)
    )


def _outside(calibration: Calibration, values: Sequence[Value]) -> int | None:
    for place, (bound, value) in enumerate(zip(calibration.bounds, values, strict=False)):
        if bound is None or isinstance(value, ParameterExpression):
            continue
        low, high = bound
        if isinstance(value, complex) or not (low <= value <= high or _is_close(low, value) or _is_close(high, value)):
            return place
    return None


def _is_close(literal: float, value: Value) -> bool:
    if isinstance(value, ParameterExpression | complex):
        return False
    return literal == value or math.isclose(literal, value, rel_tol=TOLERANCE)


def _is_same_argument(one: Argument, other: Argument) -> bool:
    if isinstance(one, Parameter) or isinstance(other, Parameter):
        return isinstance(one, Parameter) and isinstance(other, Parameter)
    return _is_close(one, other)


def _most_special(matching: list[Calibration], gate: str, qubits: Qubits, values: Sequence[Value]) -> Calibration:
    special = {
        id(calibration): (
            *(qubit is not None for qubit in calibration.qubits),
            *(not isinstance(argument, Parameter) for argument in calibration.arguments),
        )
        for calibration in matching
    }
    best = [
        one
        for one in matching
        if not any(
            special[id(other)] != special[id(one)]
            and all(mine <= theirs for mine, theirs in zip(special[id(one)], special[id(other)], strict=True))
            for other in matching
        )
    ]
    if len(best) == 1:
        return best[0]
    from .missing import asked_for

    raise CalibrationError(
        f"The calibration of {asked_for(gate, qubits, values)} is ambiguous: "
        f"{' and '.join(calibration.label for calibration in best)} match, and neither is the more special.",
        remedy=f"Add one for {asked_for(gate, qubits, values)} itself, or remove one of them.",
    )
