# SPDX-License-Identifier: Apache-2.0
"""Randomised benchmarking of one qubit and of CZ, and what decay alone would cost."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector
from qiskit.circuit.library import CZGate
from qiskit.quantum_info import Operator
from qiskit.synthesis import OneQubitEulerDecomposer, TwoQubitBasisDecomposer

from feedline_bringup.experiment import Curve, Finding, Plan, Routine, Sweep, measured, measuring, signals
from feedline_bringup.fitting import Array, Fit, Measured, fit
from feedline_bringup.state import State

from .entangling import pairs_of

if TYPE_CHECKING:
    from feedline_hal.backend import PulseBackend

Matrix = NDArray[np.complex128]
_ANGLES = 3
"""Angles of a gate ``rz sx rz sx rz``."""


def cliffords() -> list[Matrix]:
    """The 24 Clifford gates of one qubit, up to a phase."""
    hadamard, phase = np.array([[1, 1], [1, -1]]) / math.sqrt(2), np.diag([1, 1j])
    found: list[Matrix] = []
    for word in itertools.chain.from_iterable(itertools.product((hadamard, phase), repeat=n) for n in range(8)):
        made = np.eye(2, dtype=complex)
        for one in word:
            made = one @ made
        if not any(abs(abs(np.trace(other.conj().T @ made)) - 2) < 1e-9 for other in found):
            found.append(made)
    return found


def angles(gate: Matrix) -> list[float]:
    """Angles of ``rz(a) sx rz(b) sx rz(c)``, first to last, that make a gate of one qubit up to a phase."""
    theta, phi, lam = OneQubitEulerDecomposer("U3").angles(gate)
    return [lam, theta + math.pi, phi + math.pi]


def single_limit(duration_s: float, t1_s: float, t2_s: float) -> float:
    """Average gate infidelity of waiting: ``(1 - 2/3 exp(-t/T2) - 1/3 exp(-t/T1)) / 2``."""
    return 0.5 * (1 - 2 / 3 * math.exp(-duration_s / t2_s) - 1 / 3 * math.exp(-duration_s / t1_s))


class SingleBenchmarking(Routine):
    """Error of a Clifford gate of one qubit, all qubits at once.

    Source: Magesan et al., Phys. Rev. Lett. 106, 180504 (2011).
    """

    name = "rb"
    title = "Error of a Clifford gate, by randomised benchmarking"
    is_final = True
    shots = 200
    seeds = 12
    lengths = (1, 20, 50, 90, 140, 200)

    def plan(self, state: State, qubits: Sequence[int], backend: PulseBackend) -> Sequence[Plan]:
        """A circuit for each length, its angles drawn anew for each seed; every Clifford is two ``sx``."""
        rng, gates = np.random.default_rng(), cliffords()
        known = np.array([angles(gate) for gate in gates])
        sweeps = []
        for length in self.lengths:
            circuit, values = measuring(backend.num_qubits, qubits), {}
            for qubit in qubits:
                vector = ParameterVector(f"a{qubit}", _ANGLES * (length + 1))
                for step in range(length + 1):
                    turned(circuit, qubit, vector[_ANGLES * step : _ANGLES * (step + 1)])
                values[vector] = np.array([_sequence(gates, known, length, rng) for _ in range(self.seeds)])
            sweeps.append(Sweep(circuit=measured(circuit, qubits), values=values))
        return [Plan(sweeps=tuple(sweeps), shots=self.shots)]

    def analyse(self, state: State, qubits: Sequence[int], plan: Plan, data: Sequence[NDArray[Any]]) -> list[Finding]:
        """``(1 + a p^m) / 2`` of staying in 0; the error is ``(1 - p) / 2``."""
        each = [signals(state, qubits, one) for one in data]
        return [self._finding(state, qubit, [1 - one[qubit][0] for one in each]) for qubit in qubits]

    def _finding(self, state: State, qubit: int, survivals: Sequence[Array]) -> Finding:
        found, curve = decaying(self.lengths, survivals, 0.5)
        values = {"error": Measured((1 - found["p"].value) / 2, found["p"].error / 2)}
        duration_s = 2 * state.calibrations.find("sx", (qubit,)).schedule.duration_s
        facts = state.fact(qubit)
        if facts.t1_s and facts.t2_s:
            limit = single_limit(duration_s, facts.t1_s, facts.t2_s)
            values |= {"limit": Measured(limit, 0.0), "times_limit": _over(values["error"], limit)}
        labels = ("Clifford gates", "share in 0")
        return Finding(qubits=(qubit,), values=values, curves=(curve,), labels=labels, problem=found.problem)


class PairBenchmarking(Routine):
    """Error of CZ between random gates of both qubits, compared with those gates alone.

    Source: Proctor et al., Phys. Rev. Lett. 123, 030503 (2019), for layers instead of Cliffords of two qubits;
    Magesan et al., Phys. Rev. Lett. 109, 080505 (2012), for the comparison.
    """

    name = "rb-pairs"
    title = "Error of CZ, by randomised benchmarking"
    is_final = True
    shots = 200
    seeds = 12
    lengths = (1, 8, 18, 32, 50)

    def plan(self, state: State, qubits: Sequence[int], backend: PulseBackend) -> Sequence[Plan]:
        """Layers with CZ and without, then what undoes them with three CZ."""
        rng, gates = np.random.default_rng(), cliffords()
        plans = []
        for pair in pairs_of(state, qubits):
            sweeps = [
                self._sweep(backend.num_qubits, pair, length, has_cz, (gates, rng))
                for has_cz in (True, False)
                for length in self.lengths
            ]
            plans.append(Plan(sweeps=tuple(sweeps), shots=self.shots, about={"qubits": pair}))
        return plans

    def _sweep(
        self, num_qubits: int, pair: tuple[int, int], length: int, has_cz: bool, drawn: tuple[list[Matrix], Any]
    ) -> Sweep:
        gates, rng = drawn
        circuit = measuring(num_qubits, pair)
        layers = length + 4
        vectors = [ParameterVector(f"a{qubit}", _ANGLES * layers) for qubit in pair]
        for step in range(layers):
            for qubit, vector in zip(pair, vectors, strict=True):
                turned(circuit, qubit, vector[_ANGLES * step : _ANGLES * (step + 1)])
            circuit.barrier(*pair)
            if (step < length and has_cz) or length <= step < layers - 1:
                circuit.cz(*pair)
                circuit.barrier(*pair)
        found = np.array([_pair_sequence(gates, length, has_cz, rng) for _ in range(self.seeds)])
        values = {vector: found[:, place] for place, vector in enumerate(vectors)}
        return Sweep(circuit=measured(circuit, pair), values=values)

    def analyse(self, state: State, qubits: Sequence[int], plan: Plan, data: Sequence[NDArray[Any]]) -> list[Finding]:
        """``(1 + 3 a p^m) / 4`` of staying in 00; the error of CZ is ``3/4 (1 - p / p without)``."""
        survivals = [_both_in_0(state, qubits, one) for one in data]
        count = len(self.lengths)
        with_cz, curve = decaying(self.lengths, survivals[:count], 0.25, label="layers with CZ")
        without, plain = decaying(self.lengths, survivals[count:], 0.25, label="layers without")
        p, p_without = with_cz["p"], without["p"]
        error = 0.75 * math.hypot(p.error, p_without.error)
        values = {"error": Measured(0.75 * (1 - p.value / p_without.value), error)}
        duration_s = state.calibrations.find("cz", qubits).schedule.duration_s
        facts = [state.fact(qubit) for qubit in qubits]
        if all(one.t1_s and one.t2_s for one in facts):
            limit = sum(1.2 * single_limit(duration_s, one.t1_s or 1, one.t2_s or 1) for one in facts)
            values |= {"limit": Measured(limit, 0.0), "times_limit": _over(values["error"], limit)}
        labels = ("layers", "share in 00")
        problem = with_cz.problem or without.problem
        return [Finding(qubits=tuple(qubits), values=values, curves=(curve, plain), labels=labels, problem=problem)]


def turned(circuit: QuantumCircuit, qubit: int, three: Sequence[Any]) -> None:
    """Append ``rz sx rz sx rz``."""
    circuit.rz(three[0], qubit)
    circuit.sx(qubit)
    circuit.rz(three[1], qubit)
    circuit.sx(qubit)
    circuit.rz(three[2], qubit)


def decaying(lengths: Sequence[int], survivals: Sequence[Array], floor: float, *, label: str = "") -> tuple[Fit, Curve]:
    """Fit ``floor + (1 - floor) a p^m`` to means over seeds."""
    x = np.array(lengths, dtype=float)
    y = np.array([one.mean() for one in survivals])
    error = np.array([max(one.std(ddof=1) / math.sqrt(len(one)), 1e-3) for one in survivals])

    def model(m: Array, a: float, p: float) -> Array:
        return floor + (1 - floor) * a * p**m

    found = fit(model, x, y, error, {"a": 1.0, "p": 0.99}, p=(0.0, 1.001))
    fine = np.linspace(0, x.max(), 200)
    return found, Curve(x=x, y=y, error=error, line=(fine, found(fine)), label=label)


def undoing(unitary: Matrix) -> list[list[list[float]]]:
    """Angles of four pairs of gates with CZ between them that undo a unitary of two qubits, ``(2, 4, 3)``.

    The first qubit is the lower digit, as in Qiskit.
    """
    decomposer = TwoQubitBasisDecomposer(CZGate(), euler_basis="U3")
    circuit = decomposer(Operator(unitary.conj().T), _num_basis_uses=3)
    gates = np.tile(np.eye(2, dtype=complex), (2, 4, 1, 1))
    step = 0
    for instruction in circuit.data:
        if instruction.operation.name == "cz":
            step += 1
            continue
        place = circuit.find_bit(instruction.qubits[0]).index
        gates[place, step] = instruction.operation.to_matrix() @ gates[place, step]
    return [[angles(gate) for gate in one] for one in gates]


def _sequence(gates: Sequence[Matrix], known: Array, length: int, rng: np.random.Generator) -> Array:
    """Angles of random gates and of the one that undoes them."""
    drawn = rng.integers(len(gates), size=length)
    total = np.eye(2, dtype=complex)
    for number in drawn:
        total = gates[number] @ total
    return np.concatenate([known[drawn].ravel(), angles(total.conj().T)])


def _pair_sequence(gates: Sequence[Matrix], length: int, has_cz: bool, rng: np.random.Generator) -> Array:
    """Angles of both qubits' random layers and of what undoes them, shape ``(2, 3 (length + 4))``."""
    drawn = rng.integers(len(gates), size=(2, length))
    total = np.eye(4, dtype=complex)
    for first, second in drawn.T:
        total = np.kron(gates[second], gates[first]) @ total
        if has_cz:
            total = np.diag([1, 1, 1, -1]) @ total
    made = [[angles(gates[number]) for number in row] + back for row, back in zip(drawn, undoing(total), strict=True)]
    return np.array(made).reshape(2, -1)


def _both_in_0(state: State, qubits: Sequence[int], data: NDArray[Any]) -> Array:
    """Share of 00 in data ``(points, shots, 2)``, free of reading errors as it is made of mean positions."""
    first, second = (1 - 2 * state.signal(qubit, data[..., place]) for place, qubit in enumerate(qubits))
    found: Array = (1 + first + second + first * second).mean(axis=1) / 4
    return found


def _over(error: Measured, limit: float) -> Measured:
    return Measured(error.value / limit, error.error / limit)
