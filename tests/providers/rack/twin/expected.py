# SPDX-License-Identifier: Apache-2.0
"""What a chip does to a circuit, to first order, written down without the twin: density matrices of two levels.

Qubits begin in thermal equilibrium; every gate is perfect and takes its time; relaxation and dephasing go on all
along; readout finds what a qubit is halfway through its tone. What is left out is up to a percent a qubit: leakage,
crosstalk, idle ZZ, clouds that overlap.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit, transpile
from qiskit.circuit.library import XGate
from qiskit.quantum_info import DensityMatrix, Kraus

from feedline_hal.twin.chip import Chip, Qubit

LEFT_OUT = 0.01
"""Of a probability, for each qubit."""


def expected(circuit: QuantumCircuit, backend: Any, chip: Chip) -> dict[str, float]:
    """Probabilities of what one final measurement of all qubits reads, ``{"00": 0.49, ...}``."""
    played = transpile(circuit.remove_final_measurements(inplace=False), backend, optimization_level=0)
    qubits = chip.qubits[: circuit.num_qubits]
    state = functools.reduce(lambda low, high: high.tensor(low), map(_equilibrium, qubits))
    busy_s = [0.0] * len(qubits)
    for one in played.data:
        places = [played.find_bit(bit).index for bit in one.qubits]
        if one.operation.name == "barrier":
            continue
        state = _waited(state, qubits, busy_s, places, max(busy_s[place] for place in places))
        state = state.evolve(one.operation, places)
        ends_s = busy_s[places[0]] + float(backend.target[one.operation.name][tuple(places)].duration or 0.0)
        state = _waited(state, qubits, busy_s, places, ends_s)
    halfway_s = float(backend.target["measure"][(0,)].duration) / 2
    state = _waited(state, qubits, busy_s, range(len(qubits)), max(busy_s) + halfway_s)
    return {str(key): float(value) for key, value in state.probabilities_dict().items()}


def check_counts(counts: dict[str, int], wanted: dict[str, float], sigmas: float = 5.0) -> None:
    """Each outcome as often as expected, within five standard deviations of its count and what is left out."""
    shots = sum(counts.values())
    left_out = LEFT_OUT * len(next(iter(wanted)))
    for key in counts.keys() | wanted.keys():
        chance = wanted.get(key, 0.0)
        spread = math.sqrt(max(chance * (1 - chance), 1 / shots) / shots)
        found = counts.get(key, 0) / shots
        assert abs(found - chance) < left_out + sigmas * spread, (key, found, chance, counts)


def _equilibrium(qubit: Qubit) -> DensityMatrix:
    return DensityMatrix(np.diag([1 - qubit.thermal_population, qubit.thermal_population]))


def _waited(state: DensityMatrix, qubits: Any, busy_s: list[float], places: Any, until_s: float) -> DensityMatrix:
    for place in places:
        if until_s > busy_s[place]:
            state = state.evolve(Kraus(_relaxed(qubits[place], until_s - busy_s[place])), [place])
            busy_s[place] = until_s
    return state


def _relaxed(qubit: Qubit, time_s: float) -> list[NDArray[np.float64]]:
    """Generalized amplitude damping, and the dephasing that T2 asks for beyond it."""
    lost, hot = 1 - math.exp(-time_s / qubit.t1_s), qubit.thermal_population
    down = [np.diag([1, math.sqrt(1 - lost)]), np.array([[0, math.sqrt(lost)], [0, 0]])]
    flip = XGate().to_matrix().real
    damped = [math.sqrt(1 - hot) * one for one in down] + [math.sqrt(hot) * flip @ one @ flip for one in down]
    kept = math.exp(-time_s * (1 / qubit.t2_s - 0.5 / qubit.t1_s))
    dephased = [math.sqrt((1 + kept) / 2) * np.eye(2), math.sqrt((1 - kept) / 2) * np.diag([1, -1])]
    return [one @ other for one in dephased for other in damped]
