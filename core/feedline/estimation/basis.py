# SPDX-License-Identifier: Apache-2.0
"""Bases: circuits that measure a group of terms, made of what the target has."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray
from qiskit import ClassicalRegister, QuantumCircuit
from qiskit.transpiler import Target, generate_preset_pass_manager

from feedline.errors import CapabilityError
from feedline.reading import Reading
from feedline.structure import freeze

from .terms import BASIS_X, BASIS_Y, TermTable

_ROTATION: dict[int, tuple[str, ...]] = {BASIS_X: ("h",), BASIS_Y: ("sdg", "h")}
"""Gates that turn a basis into Z, in order."""


@attrs.define(slots=True, eq=False)
class Rotations:
    """Basis changes in the target's own gates, made once per kind of qubit."""

    target: Target
    _made: dict[tuple[int, frozenset[str]], list[Any]] = attrs.field(factory=dict)

    def append(self, circuit: QuantumCircuit, qubit: int, basis: int) -> None:
        """Append the rotation from a basis to Z; nothing for Z, so that it costs no pulse."""
        if basis not in _ROTATION:
            return
        names = self.target.operation_names_for_qargs((qubit,)) if self.target.num_qubits else set()
        key = (basis, frozenset(names) | frozenset(self.target.operation_names if not names else ()))
        if key not in self._made:
            self._made[key] = self._make(basis, qubit, key[1])
        for operation in self._made[key]:
            circuit.append(operation, [qubit], copy=False)

    def _make(self, basis: int, qubit: int, names: frozenset[str]) -> list[Any]:
        simple = QuantumCircuit(1)
        for name in _ROTATION[basis]:
            getattr(simple, name)(0)
        if not set(_ROTATION[basis]) <= names:
            manager = generate_preset_pass_manager(optimization_level=1, target=self.target, initial_layout=[qubit])
            simple = manager.run(simple)
        return [instruction.operation for instruction in simple.data]


def measured_circuit(
    circuit: QuantumCircuit, basis: NDArray[np.uint8], rotations: Rotations
) -> tuple[QuantumCircuit, NDArray[np.intp]]:
    """The circuit with its qubits measured in a product basis, into a register of its own.

    Args:
        circuit: ISA circuit.
        basis: Basis code of each qubit; 0 leaves it unmeasured.
        rotations: Basis changes of the target.

    Returns:
        The circuit, and the classical bit that each measured qubit goes to (-1: none).
    """
    measured = np.flatnonzero(basis)
    _check_measurable(circuit, measured, rotations.target)
    out = circuit.copy()
    taken = {register.name for register in circuit.cregs}
    name = next(name for name in ("observable", *(f"observable{i}" for i in range(1, 99))) if name not in taken)
    register = ClassicalRegister(len(measured), name)
    out.add_register(register)
    for qubit in measured.tolist():
        rotations.append(out, qubit, int(basis[qubit]))
    out.measure(measured.tolist(), list(register))
    clbit = np.full(len(basis), -1, dtype=np.intp)
    clbit[measured] = circuit.num_clbits + np.arange(len(measured))
    out.name = circuit.name
    return freeze(out), clbit


def basis_reading(table: TermTable, members: NDArray[np.intp], clbit: NDArray[np.intp], num_clbits: int) -> Reading:
    """How the terms of one basis are read off the measured bits."""
    letters_at = table.letters[members] != 0
    projects, on_one = table.projects[members], table.projects_on_one[members]
    width = 8 * max(1, -(-num_clbits // 8))
    parity, mask, value = (np.zeros((len(members), width), dtype=np.uint8) for _ in range(3))
    for bits, where in (
        (parity, letters_at & ~projects),
        (mask, letters_at & projects),
        (value, letters_at & on_one),
    ):
        term, qubit = np.nonzero(where)
        bits[term, width - 1 - clbit[qubit]] = 1
    return Reading(
        terms=members,
        parity=np.packbits(parity, axis=1),
        mask=np.packbits(mask, axis=1),
        value=np.packbits(value, axis=1),
    )


def _check_measurable(circuit: QuantumCircuit, qubits: NDArray[np.intp], target: Target) -> None:
    for qubit in qubits.tolist():
        if not target.instruction_supported("measure", (qubit,)):
            raise CapabilityError(
                f"An observable of circuit '{circuit.name}' needs qubit {qubit} measured, which the target cannot.",
                remedy="Choose an observable or a layout without that qubit.",
            )
