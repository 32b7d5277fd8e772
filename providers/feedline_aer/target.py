# SPDX-License-Identifier: Apache-2.0
"""Targets: what circuits for Aer must be made of."""

from __future__ import annotations

from typing import Any

from qiskit.circuit import CONTROL_FLOW_OP_NAMES
from qiskit.transpiler import CouplingMap, Target
from qiskit_aer import AerSimulator

from feedline.errors import OptionError, nearest

from .settings import Settings

_INTERNAL = frozenset({"qerror_loc", "roerror"})
"""Placeholders that Aer puts into circuits itself."""

_SPELLED = {"break": "break_loop", "continue": "continue_loop"}
"""Names in some targets, and those in circuits."""


def restricted(target: Target, settings: Settings) -> Target:
    """The target with what Aer runs, narrowed to the gates, qubits and couplings asked for.

    Raises:
        OptionError: If a basis gate is unknown, or the couplings need more qubits than there are.
    """
    runs = set(AerSimulator(method=settings.method).target.operation_names) - _INTERNAL
    named = {_SPELLED.get(name, name): name for name in target.operation_names}
    names = [
        name
        for name in named
        if name in runs and not name.startswith("save_")  # saved data would be dropped in silence
    ]
    if settings.basis_gates is not None:
        for name in settings.basis_gates:
            if name not in names:
                raise OptionError(
                    f"basis_gates holds '{name}', which Aer's method '{settings.method}' does not run here.",
                    remedy=nearest(name, names),
                )
        kept = {*settings.basis_gates, "measure", "reset", "delay", *CONTROL_FLOW_OP_NAMES}
        names = [name for name in names if name in kept]
    coupling = settings.coupling()
    width = _width(target, coupling, settings)
    narrowed = _empty(target, width)
    for name in names:
        narrowed.add_instruction(
            target.operation_from_name(named[name]),
            _places(target, named[name], coupling, width),
            name=name,
        )
    return narrowed


def _width(target: Target, coupling: CouplingMap | None, settings: Settings) -> int:
    coupled = 0 if coupling is None else 1 + max((max(edge) for edge in coupling.get_edges()), default=0)
    width = settings.num_qubits or coupled or int(target.num_qubits or 0)
    if coupled > width:
        raise OptionError(
            f"num_qubits is {width}, but coupling_map couples qubit {coupled - 1}.",
            remedy=f"Ask for at least {coupled} qubits, or leave num_qubits out.",
        )
    return width


def _empty(target: Target, width: int) -> Target:
    same = width == target.num_qubits
    return Target(
        num_qubits=width,
        dt=target.dt,
        granularity=target.granularity,
        min_length=target.min_length,
        pulse_alignment=target.pulse_alignment,
        acquire_alignment=target.acquire_alignment,
        qubit_properties=target.qubit_properties if same else None,
    )


def _places(target: Target, name: str, coupling: CouplingMap | None, width: int) -> dict[Any, Any] | None:
    """Qubits that the instruction acts on, with their properties; ``None`` for any."""
    known = target[name]
    operation = target.operation_from_name(name)
    operands = None if isinstance(operation, type) else operation.num_qubits
    plain = name in ("measure", "delay") and len(known or ()) == target.num_qubits and not any(known.values())
    if known is None or None in known or plain:
        if coupling is None or operands not in (1, 2):
            return None
        if operands == 1:
            return {(qubit,): None for qubit in range(width)}
        return {tuple(edge): None for edge in coupling.get_edges()}
    places = {qubits: properties for qubits, properties in known.items() if max(qubits) < width}
    if coupling is not None and operands == 2:
        edges = {tuple(edge) for edge in coupling.get_edges()}
        places = {qubits: properties for qubits, properties in places.items() if qubits in edges}
    return places
