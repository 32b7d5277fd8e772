# SPDX-License-Identifier: Apache-2.0
"""Terms: the products of Paulis and projectors that a set of observables is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray
from qiskit.quantum_info import SparseObservable

from feedline.errors import InputError

# Qiskit's BitTerm codes: the two low bits say the basis, the two high bits the projector's sign.
_BASIS, _SIGN, _MINUS = np.uint8(0b0011), np.uint8(0b1100), np.uint8(0b0100)

BASIS_Z, BASIS_X, BASIS_Y = 1, 2, 3
"""Codes of the single-qubit measurement bases; 0 is "not measured"."""


@attrs.frozen(slots=True, eq=False)
class TermTable:
    """Distinct terms of some observables and the coefficients that make the observables of them.

    Attributes:
        letters: BitTerm code per term and qubit, 0 for identity, shape ``(terms, qubits)``, uint8.
        coefficients: Shape ``(observables, terms)``.
        constants: Coefficient of the identity in each observable, shape ``(observables,)``.
    """

    letters: NDArray[np.uint8]
    coefficients: NDArray[np.float64]
    constants: NDArray[np.float64]

    @property
    def bases(self) -> NDArray[np.uint8]:
        """Basis code per term and qubit, shape ``(terms, qubits)``."""
        return self.letters & _BASIS

    @property
    def projects(self) -> NDArray[np.bool_]:
        """Whether a term has a projector on a qubit, shape ``(terms, qubits)``."""
        projects: NDArray[np.bool_] = np.not_equal(self.letters & _SIGN, 0)
        return projects

    @property
    def projects_on_one(self) -> NDArray[np.bool_]:
        """Whether that projector is on the outcome 1, shape ``(terms, qubits)``."""
        on_one: NDArray[np.bool_] = np.equal(self.letters & _SIGN, _MINUS)
        return on_one


def term_table(observables: Sequence[SparseObservable], num_qubits: int, layout: Sequence[int] | None) -> TermTable:
    """Collect the distinct terms of observables.

    Args:
        observables: Observables on the circuit's own qubits.
        num_qubits: Qubits of the circuit that will run.
        layout: Where the observables' qubits ended up in it, or ``None`` if they stayed.
    """
    place = np.arange(num_qubits) if layout is None else np.asarray(layout, dtype=np.intp)
    index: dict[bytes, int] = {}
    rows: list[NDArray[np.uint8]] = []
    entries: list[tuple[int, int, float]] = []
    constants = np.zeros(len(observables))
    for number, observable in enumerate(observables):
        letters, coefficients = _dense(observable, num_qubits, place)
        if not np.isfinite(coefficients).all():
            raise InputError(
                f"An observable has the coefficient {coefficients[~np.isfinite(coefficients)][0]}.",
                remedy="Coefficients must be finite.",
            )
        for row, coefficient in zip(letters, coefficients, strict=True):
            if not row.any():
                constants[number] += coefficient
                continue
            term = index.setdefault(row.tobytes(), len(rows))
            if term == len(rows):
                rows.append(row)
            entries.append((number, term, coefficient))
    matrix = np.zeros((len(observables), len(rows)))
    for number, term, coefficient in entries:
        matrix[number, term] += coefficient
    letters = np.array(rows, dtype=np.uint8).reshape(len(rows), num_qubits)
    return TermTable(letters, matrix, constants)


def observable_key(observable: SparseObservable) -> tuple[Any, ...]:
    """Hashable content of an observable."""
    return (
        observable.num_qubits,
        np.asarray(observable.coeffs).tobytes(),
        np.asarray(observable.bit_terms).tobytes(),
        np.asarray(observable.indices).tobytes(),
        np.asarray(observable.boundaries).tobytes(),
    )


def group_bases(table: TermTable) -> list[tuple[NDArray[np.uint8], NDArray[np.intp]]]:
    """Group terms that one product basis measures together (qubit-wise commuting, first fit).

    Heavier terms choose first, so that they share a basis with as many as possible.

    Returns:
        Per group the basis code of each qubit, shape ``(qubits,)``, and the indices of its terms.
    """
    patterns, member = np.unique(table.bases, axis=0, return_inverse=True)
    member = member.reshape(-1)
    weight = np.bincount(member, weights=np.abs(table.coefficients).max(axis=0, initial=0.0), minlength=len(patterns))
    order = np.lexsort((-weight, -np.count_nonzero(patterns, axis=1)))
    bases = np.zeros((len(patterns), table.letters.shape[1]), dtype=np.uint8)
    group_of = np.empty(len(patterns), dtype=np.intp)
    count = 0
    for pattern in order:
        wanted = patterns[pattern]
        support = np.flatnonzero(wanted)
        taken = bases[:count, support]
        fits = ((taken == 0) | (taken == wanted[support])).all(axis=1)
        group = int(fits.argmax()) if fits.any() else count
        count = max(count, group + 1)
        bases[group, support] = wanted[support]
        group_of[pattern] = group
    return [(bases[group], np.flatnonzero(group_of[member] == group)) for group in range(count)]


def _dense(
    observable: SparseObservable, num_qubits: int, place: NDArray[np.intp]
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Letters of each term as a dense table, and the coefficients."""
    starts = np.asarray(observable.boundaries, dtype=np.intp)
    term = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    letters = np.zeros((len(starts) - 1, num_qubits), dtype=np.uint8)
    letters[term, place[np.asarray(observable.indices, dtype=np.intp)]] = np.asarray(observable.bit_terms)
    return letters, np.asarray(observable.coeffs).real.astype(np.float64)
