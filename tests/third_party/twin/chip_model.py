# SPDX-License-Identifier: Apache-2.0
"""What a twin's chip makes of circuits, by Qiskit's and Aer's channels: none of the twin's own physics is in it.

Qubits begin in thermal equilibrium; gates are perfect, then their qubits relax with the T1 and T2 of the chip file for
as long as the gate takes; a qubit is read as what it is halfway through the readout. Left out: leakage, crosstalk,
idle ZZ, clouds of readout that overlap, and waits for the other qubit.
"""

from __future__ import annotations

import math

import numpy as np
from qiskit import QuantumCircuit, transpile
from qiskit.quantum_info import DensityMatrix
from qiskit_aer.noise import thermal_relaxation_error

from feedline_hal.twin.chip import Qubit
from feedline_rack.twin.backend import TwinBackend


def played(circuit: QuantumCircuit, twin: TwinBackend, *, is_cold: bool = False) -> DensityMatrix:
    """State after a circuit on qubits 0, 1, ...; measurements are left out.

    Args:
        circuit: Of as many qubits as the chip.
        twin: The chip and its gates.
        is_cold: Begin in the ground state, and let the environment have no temperature.
    """
    made = transpile(circuit.remove_final_measurements(inplace=False), twin, optimization_level=1, seed_transpiler=1)
    places = made.layout.final_index_layout() if made.layout else list(range(circuit.num_qubits))
    assert places == list(range(circuit.num_qubits))
    hot = [0.0 if is_cold else one.thermal_population for one in twin.chip.qubits]
    state = DensityMatrix(np.diag([1 - hot[0], hot[0]]))
    for one in hot[1:]:
        state = DensityMatrix(np.diag([1 - one, one])).tensor(state)
    for step in made.data:
        where = [made.find_bit(bit).index for bit in step.qubits]
        state = state.evolve(step.operation, where)
        duration_s = twin.target[step.operation.name][tuple(where)].duration or 0.0
        for place in where:
            state = relaxed(state, twin.chip.qubits[place], duration_s, hot[place])
    return state


def read(circuit: QuantumCircuit, twin: TwinBackend) -> DensityMatrix:
    """State that the readout after a circuit finds; its diagonal are the chances of what is read."""
    state = played(circuit, twin)
    for qubit in twin.chip.qubits:
        halfway_s = twin.target["measure"][(qubit.index,)].duration / 2
        state = relaxed(state, qubit, halfway_s, qubit.thermal_population)
    return state


def relaxed(state: DensityMatrix, qubit: Qubit, duration_s: float, hot: float) -> DensityMatrix:
    """The state after one qubit has waited."""
    if not duration_s:
        return state
    error = thermal_relaxation_error(qubit.t1_s, qubit.t2_s, duration_s, excited_state_population=hot)
    return state.evolve(error.to_quantumchannel(), [qubit.index])


def infidelity_of_waiting(qubit: Qubit, duration_s: float) -> float:
    """What relaxation alone takes of a gate's mean fidelity: 1 - F for the channel of T1 and T2, in closed form.

    Source: Pedersen, Moller, Molmer, Phys. Lett. A 367, 47 (2007), applied to amplitude and phase damping.
    """
    return 0.5 - math.exp(-duration_s / qubit.t2_s) / 3 - math.exp(-duration_s / qubit.t1_s) / 6
