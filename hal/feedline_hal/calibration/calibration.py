# SPDX-License-Identifier: Apache-2.0
"""One calibration: a gate, on qubits, for parameters, as a schedule; OpenPulse's ``defcal``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import attrs
from qiskit.circuit import Parameter

from feedline_hal.pulse.schedule import Schedule

Argument: TypeAlias = float | Parameter
"""A literal value that the calibration is for, or the name that stands for any value."""


def _qubits(given: Iterable[int | None]) -> tuple[int | None, ...]:
    return tuple(given)


def _arguments(given: Iterable[Argument]) -> tuple[Argument, ...]:
    return tuple(given)


def _bounds(given: Iterable[Iterable[float] | None]) -> tuple[tuple[float, float] | None, ...]:
    # Checked with the set: a pair that is none is refused there, by the calibration's label.
    return tuple(None if bound is None else tuple(bound) for bound in given)  # type: ignore[misc]


@attrs.frozen(kw_only=True, slots=True)
class Calibration:
    """What a gate is in pulses.

    Attributes:
        gate: Its name: ``sx``, ``measure``, ``reset``, or one of the user's.
        qubits: Physical qubits; ``None`` stands for any (OpenPulse's wildcard).
        arguments: Its angles and other parameters in order: a literal, or a formal parameter that the
            schedule depends on.
        schedule: The body; depends on the formal parameters only.
        num_bits: How many bits it returns (1 for ``measure``).
        bounds: Lowest and highest value of each argument that it holds for, ``None`` for no bounds; empty
            for none at all.
        error: Average gate infidelity, if known.
    """

    gate: str
    qubits: tuple[int | None, ...] = attrs.field(converter=_qubits)
    arguments: tuple[Argument, ...] = attrs.field(default=(), converter=_arguments)
    schedule: Schedule
    num_bits: int = 0
    bounds: tuple[tuple[float, float] | None, ...] = attrs.field(default=(), converter=_bounds)
    error: float | None = None

    @property
    def label(self) -> str:
        """For tables and errors: ``rx(theta) q1``."""
        inside = ", ".join(item.name if isinstance(item, Parameter) else f"{item:.12g}" for item in self.arguments)
        where = " ".join("q*" if qubit is None else f"q{qubit}" for qubit in self.qubits)
        return f"{self.gate}{f'({inside})' if inside else ''} {where}".strip()
