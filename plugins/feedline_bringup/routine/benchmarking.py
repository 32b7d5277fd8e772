# SPDX-License-Identifier: Apache-2.0
"""Randomised benchmarking of single qubits, and what decay alone would cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from qiskit.circuit import ParameterVector

from feedline_bringup.experiment import Curve, Finding, Plan, Routine, Sweep, measured, measuring, signals
from feedline_bringup.fitting import Array, Fit, Measured, fit
from feedline_bringup.state import State

from .clifford import ANGLES, Matrix, angles, cliffords, turned
from .limit import beside_limit

if TYPE_CHECKING:
    from feedline_hal.backend import PulseBackend

_CLEAR = 0.2
"""Largest error bar of a result, relative to it."""


class SingleBenchmarking(Routine):
    """Error of a Clifford gate of one qubit, all qubits at once.

    Source: Magesan et al., Phys. Rev. Lett. 106, 180504 (2011).
    """

    name = "rb"
    title = "Error of a Clifford gate, by randomised benchmarking"
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
                vector = ParameterVector(f"a{qubit}", ANGLES * (length + 1))
                for step in range(length + 1):
                    turned(circuit, qubit, vector[ANGLES * step : ANGLES * (step + 1)])
                values[vector] = np.array([_sequence(gates, known, length, rng) for _ in range(self.seeds)])
            sweeps.append(Sweep(circuit=measured(circuit, qubits), values=values))
        return [Plan(sweeps=tuple(sweeps), shots=self.shots)]

    def analyse(self, state: State, qubits: Sequence[int], plan: Plan, data: Sequence[NDArray[Any]]) -> list[Finding]:
        """``(1 + a p^m) / 2`` of staying in 0; the error is ``(1 - p) / 2``."""
        each = [signals(state, qubits, one) for one in data]
        return [self._finding(state, qubit, [1 - one[qubit][0] for one in each]) for qubit in qubits]

    def _finding(self, state: State, qubit: int, survivals: Sequence[Array]) -> Finding:
        found, curve = _decaying(self.lengths, survivals)
        error = Measured((1 - found["p"].value) / 2, found["p"].error / 2)
        duration_s = 2 * state.calibrations.find("sx", (qubit,)).schedule.duration_s
        values = {"error": error, **beside_limit(error, duration_s, [state.fact(qubit)])}
        problem = found.problem
        if not problem and error.error > _CLEAR * error.value:
            problem = f"the error of a Clifford gate is not clear: {error}"
        labels = ("Clifford gates", "share in 0")
        return Finding(qubits=(qubit,), values=values, curves=(curve,), labels=labels, problem=problem)


def _decaying(lengths: Sequence[int], survivals: Sequence[Array]) -> tuple[Fit, Curve]:
    """Fit ``(1 + a p^m) / 2`` to means over seeds."""
    x = np.array(lengths, dtype=float)
    y = np.array([one.mean() for one in survivals])
    error = np.array([max(one.std(ddof=1) / math.sqrt(len(one)), 1e-3) for one in survivals])

    def model(m: Array, a: float, p: float) -> Array:
        return (1 + a * p**m) / 2

    found = fit(model, x, y, error, {"a": 1.0, "p": 0.99}, p=(0.0, 1.001))
    fine = np.linspace(0, x.max(), 200)
    return found, Curve(x=x, y=y, error=error, line=(fine, found(fine)))


def _sequence(gates: Sequence[Matrix], known: Array, length: int, rng: np.random.Generator) -> Array:
    """Angles of random gates and of the one that undoes them."""
    drawn = rng.integers(len(gates), size=length)
    total = np.eye(2, dtype=complex)
    for number in drawn:
        total = gates[number] @ total
    return np.concatenate([known[drawn].ravel(), angles(total.conj().T)])
