# SPDX-License-Identifier: Apache-2.0
"""Templates: everything of an Estimator pub that does not depend on parameter values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.quantum_info import SparseObservable, SparsePauliOp

from feedline.errors import CapabilityError
from feedline.reading import Reading

from .basis import Rotations, basis_reading, measured_circuit
from .family import Family, families
from .terms import TermTable, group_bases, observable_key, term_table

_MAX_PROJECTED_QUBITS = 12
"""A projector on k qubits is 2**k Paulis; exact values stop here."""


@attrs.frozen(slots=True, eq=False)
class Basis:
    """One measured basis of a family.

    Attributes:
        circuit: What is executed.
        reading: How terms are read off its bits.
        coefficients: Of its terms in each observable, shape ``(observables, terms)``.
        norms: Sum of absolute coefficients per observable, shape ``(observables,)``: no state's
            standard deviation per shot is larger.
    """

    circuit: QuantumCircuit
    reading: Reading
    coefficients: NDArray[np.float64]
    norms: NDArray[np.float64]


@attrs.frozen(slots=True, eq=False)
class Block:
    """A family with its terms and bases."""

    family: Family
    table: TermTable
    bases: tuple[Basis, ...]
    operators: tuple[SparsePauliOp, ...]
    circuit: QuantumCircuit


@attrs.define(slots=True, eq=False)
class Templates:
    """Templates of one backend, by ISA circuit and observables; oldest go first."""

    rotations: Rotations
    size: int = 256
    _entries: dict[tuple[Any, ...], tuple[QuantumCircuit, tuple[Block, ...]]] = attrs.field(factory=dict)

    def get(
        self,
        isa: QuantumCircuit,
        layout: Sequence[int] | None,
        observables: NDArray[np.object_],
        exact: bool,
        points: tuple[int, ...],
    ) -> tuple[Block, ...]:
        """The blocks of a pub.

        Args:
            isa: The circuit that runs, frozen.
            layout: Where the observables' qubits are in it, or ``None`` if they stayed.
            observables: Array of `SparseObservable`.
            exact: Whether exact values are asked for instead of shots.
            points: Shape of the parameter sets.
        """
        content = tuple(observable_key(observable) for observable in observables.ravel())
        key = (id(isa), content, observables.shape, points, None if layout is None else tuple(layout), exact)
        found = self._entries.get(key)
        if found is not None and found[0] is isa:
            return found[1]
        blocks = tuple(
            self._block(isa, layout, family, observables.ravel(), exact)
            for family in families(points, observables.shape)
        )
        while len(self._entries) >= self.size:
            self._entries.pop(next(iter(self._entries)))
        self._entries[key] = (isa, blocks)
        return blocks

    def _block(
        self,
        isa: QuantumCircuit,
        layout: Sequence[int] | None,
        family: Family,
        observables: NDArray[np.object_],
        exact: bool,
    ) -> Block:
        chosen: list[SparseObservable] = [observables[index] for index in family.observables]
        table = term_table(chosen, isa.num_qubits, layout)
        if exact:
            return Block(family, table, (), tuple(_operators(table, isa)), isa)
        bases = []
        for basis, members in group_bases(table):
            circuit, clbit = measured_circuit(isa, basis, self.rotations)
            coefficients = table.coefficients[:, members]
            reading = basis_reading(table, members, clbit, circuit.num_clbits)
            bases.append(Basis(circuit, reading, coefficients, np.abs(coefficients).sum(axis=1)))
        return Block(family, table, tuple(bases), (), isa)


def shots_per_basis(block: Block, precision: float) -> list[int]:
    """Shots that bring every observable's standard error to the precision, whatever the state.

    The shots of an observable are split over bases in proportion to the norm measured there, which
    is the least total for the worst case; a basis takes the most that any observable asks of it.
    """
    if not block.bases:
        return []
    norms = np.array([basis.norms for basis in block.bases])
    with np.errstate(over="ignore"):  # a precision like 1e-200 is refused by its number of shots
        wanted = (norms / precision) * (norms.sum(axis=0) / precision)
    most = np.minimum(wanted.max(axis=1, initial=0.0), 2.0**62)
    return [max(1, int(np.ceil(shots * (1 - 1e-12)))) for shots in most]


def _operators(table: TermTable, isa: QuantumCircuit) -> list[SparsePauliOp]:
    """The observables as Pauli operators on the circuit's qubits, projectors expanded."""
    widest = int(table.projects.sum(axis=1).max(initial=0))
    if widest > _MAX_PROJECTED_QUBITS:
        raise CapabilityError(
            f"An observable of circuit '{isa.name}' projects {widest} qubits at once; exact values stop "
            f"at {_MAX_PROJECTED_QUBITS}.",
            remedy="Ask for a precision above 0, which samples it in one basis.",
        )
    operators = []
    for coefficients, constant in zip(table.coefficients, table.constants, strict=True):
        used = np.flatnonzero(coefficients)
        terms: list[tuple[str, list[int], complex]] = [("", [], complex(constant))] + [
            (*_sparse_term(table.letters[term]), complex(coefficients[term])) for term in used
        ]
        observable = SparseObservable.from_sparse_list(terms, num_qubits=isa.num_qubits)
        operators.append(SparsePauliOp.from_sparse_observable(observable.as_paulis()).simplify(atol=0))
    return operators


def _sparse_term(letters: NDArray[np.uint8]) -> tuple[str, list[int]]:
    names = {term.value: _LABEL[term.name] for term in SparseObservable.BitTerm}
    qubits = np.flatnonzero(letters)
    return "".join(names[int(letters[qubit])] for qubit in qubits), qubits.tolist()


_LABEL = {"X": "X", "Y": "Y", "Z": "Z"}
_LABEL |= {"PLUS": "+", "MINUS": "-", "RIGHT": "r", "LEFT": "l", "ZERO": "0", "ONE": "1"}
