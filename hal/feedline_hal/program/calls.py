# SPDX-License-Identifier: Apache-2.0
"""Calls of gates that only a ``defcal`` defines, and how they pass through Qiskit's importer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from feedline_hal.calibration.calibration import Calibration
from feedline_hal.openpulse.syntax import error_at

from .folding import at
from .tree import ast

STANDARD = frozenset(
    "p x y z h s sdg t tdg sx rx ry rz cx cy cz cp crx cry crz ch swap ccx cswap cu CX phase cphase id u1 u2 u3".split()
)
"""What ``stdgates.inc`` defines (OpenQASM 3 specification, "Standard library")."""
PREFIX = "_feedline_gate_"


@attrs.frozen(slots=True)
class OpaqueGate:
    """A gate without a body, as it is called.

    Attributes:
        name: Its name in the text.
        num_params, num_qubits: How it is called.
    """

    name: str
    num_params: int
    num_qubits: int

    @property
    def stand_in(self) -> str:
        """The name that Qiskit's importer knows it by."""
        return f"{PREFIX}{self.num_params}_{self.num_qubits}_{self.name}"

    def definition(self) -> Any:
        """A gate definition with an empty body."""
        parameters = [ast.Identifier(f"p{index}") for index in range(self.num_params)]
        qubits = [ast.Identifier(f"q{index}") for index in range(self.num_qubits)]
        return ast.QuantumGateDefinition(ast.Identifier(self.stand_in), parameters, qubits, [])


def opaque_gates(
    calls: Iterable[Any], calibrations: Iterable[Calibration], known: frozenset[str]
) -> dict[str, OpaqueGate]:
    """Rename calls of gates that only calibrations define to stand-ins.

    Args:
        calls: Gate calls of the program; changed in place.
        calibrations: The program's, and the device's.
        known: Names of gates that have a body.

    Returns:
        The gates by the names of their stand-ins.

    Raises:
        OpenPulseError: If a call has modifiers, or no calibration is for its number of arguments or its
            physical qubits.
    """
    by_name: dict[str, list[Calibration]] = {}
    for calibration in calibrations:
        by_name.setdefault(calibration.gate, []).append(calibration)
    made: dict[str, OpaqueGate] = {}
    for call in calls:
        name = call.name.name
        if name in known or name not in by_name:
            continue
        _check(call, by_name[name])
        gate = OpaqueGate(name, len(call.arguments), len(call.qubits))
        made[gate.stand_in] = gate
        call.name = at(ast.Identifier(gate.stand_in), call.name)
    return made


def _check(call: Any, calibrations: list[Calibration]) -> None:
    name = call.name.name
    if call.modifiers:
        modifier = call.modifiers[0].modifier.name
        raise error_at(
            call,
            f"'{modifier} @' stands before '{name}', which is only known as pulses.",
            remedy=f"Define its meaning too: gate {name} ... {{ ... }}; or calibrate what you need under another name.",
        )
    if call.duration is not None:
        raise error_at(call, f"'{name}' is called with a duration.", remedy="Its defcal says how long it takes.")
    fitting = [item for item in calibrations if len(item.arguments) == len(call.arguments)]
    if not fitting:
        raise error_at(
            call,
            f"'{name}' is called with {len(call.arguments)} arguments.",
            remedy=f"It is calibrated as {_labels(calibrations)}.",
        )
    qubits = tuple(_physical(operand) for operand in call.qubits)
    if not any(_is_for(item, qubits) for item in fitting):
        where = ", ".join("a qubit" if qubit is None else f"${qubit}" for qubit in qubits)
        raise error_at(
            call,
            f"'{name}' is called on {where}, where it has no calibration.",
            remedy=f"It is calibrated as {_labels(fitting)}.",
        )


def _is_for(calibration: Calibration, qubits: tuple[int | None, ...]) -> bool:
    return len(calibration.qubits) == len(qubits) and all(
        own is None or asked is None or own == asked for own, asked in zip(calibration.qubits, qubits, strict=True)
    )


def _physical(operand: Any) -> int | None:
    name = getattr(operand, "name", "")
    return int(name[1:]) if isinstance(name, str) and name.startswith("$") else None


def _labels(calibrations: Iterable[Calibration]) -> str:
    return ", ".join(_few(sorted({item.label for item in calibrations})))


def _few(labels: list[str]) -> Iterator[str]:
    yield from labels[:4]
    if len(labels) > 4:
        yield f"and {len(labels) - 4} more"
