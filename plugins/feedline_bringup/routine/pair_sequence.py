# SPDX-License-Identifier: Apache-2.0
"""Random sequences for the benchmarking of CZ, drawn as angles of one circuit for each length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import attrs
import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector

from feedline_bringup.experiment import Sweep, measured, measuring
from feedline_bringup.fitting import Array

from .clifford import ANGLES, CZ, SX, Matrix, cliffords, local_angles, pair_angles, quarter_turns, random_pair, turned

_FLIP: Matrix = np.array([[0, 1], [1, 0]], dtype=np.complex128)


@attrs.frozen(kw_only=True, slots=True, eq=False)
class PairSequences:
    """Sequences of one length: a random gate, layers, and the gate that undoes it all but for random flips.

    A layer is ``sx`` on both qubits, then CZ or nothing, then quarter turns of both frames.

    Attributes:
        has_cz: Whether layers have CZ; the gate in front is then a random Clifford of two qubits, else one of each.
        first, turns, last: Angles of the gate in front, of the layers and of the gate at the end, each
            ``(sequences, 2, angles)``.
        flips: Which qubits end in 1, ``(sequences, 2)``.
    """

    has_cz: bool
    first: Array
    turns: Array
    last: Array
    flips: NDArray[np.intp]

    @classmethod
    def drawn(cls, length: int, count: int, rng: np.random.Generator, *, has_cz: bool) -> Self:
        """So many sequences at random; all four flips equally often if the count is a multiple of four."""
        numbers = rng.integers(4, size=(count, 2, length))
        flips = rng.permutation(count)[:, np.newaxis] // np.array([1, 2]) % 2
        ends = _pair_ends if has_cz else _local_ends
        pieces = zip(quarter_turns(numbers) @ SX, flips, strict=True)
        first, last = zip(*(ends(layers, flip, rng) for layers, flip in pieces), strict=True)
        turns: Array = numbers.astype(np.float64) * (np.pi / 2)
        return cls(has_cz=has_cz, first=np.array(first), turns=turns, last=np.array(last), flips=flips)

    def sweep(self, num_qubits: int, pair: tuple[int, int]) -> Sweep:
        """The circuit, and the angles of all sequences."""
        circuit = measuring(num_qubits, pair)
        parts = {"first": self.first, "turn": self.turns, "last": self.last}
        vectors = {name: [ParameterVector(f"{name}_{q}", one.shape[2]) for q in pair] for name, one in parts.items()}
        _ended(circuit, pair, vectors["first"])
        for step in range(self.turns.shape[2]):
            for qubit in pair:
                circuit.sx(qubit)
            circuit.barrier(*pair)
            if self.has_cz:
                circuit.cz(*pair)
                circuit.barrier(*pair)
            for qubit, vector in zip(pair, vectors["turn"], strict=True):
                circuit.rz(vector[step], qubit)
        _ended(circuit, pair, vectors["last"])
        values = {vector: parts[name][:, k] for name, both in vectors.items() for k, vector in enumerate(both)}
        return Sweep(circuit=measured(circuit, pair), values=values)


def _ended(circuit: QuantumCircuit, pair: tuple[int, int], vectors: Sequence[ParameterVector]) -> None:
    """Append gates of both qubits, with CZ between them if there are several."""
    for begin in range(0, len(vectors[0]), ANGLES):
        if begin:
            circuit.cz(*pair)
            circuit.barrier(*pair)
        for qubit, vector in zip(pair, vectors, strict=True):
            turned(circuit, qubit, vector[begin : begin + ANGLES])
        circuit.barrier(*pair)


def _local_ends(layers: Matrix, flip: NDArray[np.intp], rng: np.random.Generator) -> tuple[Array, Array]:
    """Angles of random gates in front, and of what undoes them and layers ``(2, length, 2, 2)`` but for flips."""
    gates = cliffords()
    firsts = [gates[number] for number in rng.integers(len(gates), size=2)]
    totals = [_product([first, *own]) for first, own in zip(firsts, layers, strict=True)]
    lasts = [_flipping(one) @ total.conj().T for one, total in zip(flip, totals, strict=True)]
    return local_angles(*firsts), local_angles(*lasts)


def _pair_ends(layers: Matrix, flip: NDArray[np.intp], rng: np.random.Generator) -> tuple[Array, Array]:
    """The same for layers with CZ and a random gate of both qubits in front."""
    first = random_pair(rng)
    both = [CZ @ np.kron(upper, lower) for lower, upper in zip(*layers, strict=True)]
    total = _product([first, *both])
    return pair_angles(first), pair_angles(np.kron(_flipping(flip[1]), _flipping(flip[0])) @ total.conj().T)


def _flipping(number: int) -> Matrix:
    return _FLIP if number else np.eye(2, dtype=np.complex128)


def _product(gates: Sequence[Matrix]) -> Matrix:
    """Of gates, the first acting first."""
    total = gates[0]
    for gate in gates[1:]:
        total = gate @ total
    return total
